"""Examples from labelled recordings: one for each bearing of the motor, window by window."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from app.backbone.examples import Example, Examples, example_of, stacked
from models.stage2.spectra import SpectraSpec
from sensors.conditions import Condition
from sensors.reader import captures
from sensors.recordings.recording import Recording
from sensors.replay import ReplayReader, snapshot

WINDOW_S = 2.0
"""Holds the twenty turns that a bearing needs from 600 rpm."""
MOST_WINDOWS = 8
"""Of one recording: more of the same minute teach nothing."""
MOST_SNAPSHOTS = 12
"""Of a series of snapshots, spread evenly."""
Row = tuple[Example, frozenset[Condition]]


def recorded_examples(
    recordings: Sequence[Recording], progress: Callable[[str], None] = lambda title: None
) -> Examples:
    """See every labelled recording as stage 2 does.

    Parameters
    ----------
    recordings : sequence of Recording
        Those without labels are left out.
    progress : callable
        Told the title of every recording when it is done.

    Raises
    ------
    BadConfig
        None is labelled.
    """
    rows: list[Row] = []
    units: list[str] = []
    rigs: list[str] = []
    titles: list[str] = []
    for recording in recordings:
        if recording.labels is None:
            continue
        for example in _examples(recording):
            rows.append((example, recording.labels))
            units.append(recording.unit_id or recording.recording_id)
            rigs.append(recording.group or recording.motor.motor_id)
            titles.append(recording.title)
        progress(recording.title)
    return stacked(rows, units=units, rigs=rigs, titles=titles)


def _examples(recording: Recording) -> Iterator[Example]:
    motor = recording.motor
    bearing = motor.bearings[0] if motor.bearings else None
    count = len(recording.segments)
    if count > 1:
        step = max(count / MOST_SNAPSHOTS, 1.0)
        for turn in range(min(count, MOST_SNAPSHOTS)):
            capture = snapshot(recording, int(turn * step), WINDOW_S)
            yield example_of(capture, motor, bearing, SpectraSpec())
        return
    with recording.open() as opened:
        window_s = min(WINDOW_S, opened.duration_s or WINDOW_S)
    reader = ReplayReader(recording, window_s=window_s, hop_s=window_s)
    try:
        for capture in islice(captures(reader), MOST_WINDOWS):
            yield example_of(capture, motor, bearing, SpectraSpec())
    finally:
        reader.close()
