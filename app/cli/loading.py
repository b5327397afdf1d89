"""From a command's options to recordings, each of a name of its own."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from sensors.capture import Sense
from sensors.motor_file import load_motor
from sensors.recordings.library import load_recordings
from sensors.recordings.recording import Recording


def load(
    sources: Sequence[Path],
    manifest: str | None,
    motor: Path | None,
    rate_hz: float | None,
    rpm: float | None,
    bearing: str | None,
    sense: Sense | None = None,
) -> tuple[Recording, ...]:
    """Load the recordings that the shared options name."""
    recordings = load_recordings(
        sources,
        manifest=manifest,
        motor=None if motor is None else load_motor(motor),
        rate_hz=rate_hz,
        speed_rpm=rpm,
        bearing=bearing,
        sense=sense,
    )
    return tuple(_told_apart(recordings))


def _told_apart(recordings: Sequence[Recording]) -> Iterator[Recording]:
    """Put as much of its path before each title that several bear as tells them apart."""
    titles = [recording.title for recording in recordings]
    above = [recording.path.absolute().parent.parts for recording in recordings]
    for depth in range(1, max(map(len, above), default=0)):
        places: defaultdict[str, set[Path]] = defaultdict(set)
        for title, recording in zip(titles, recordings, strict=True):
            places[title].add(recording.path)
        titles = [
            title if len(places[title]) == 1 else "/".join((*parts[-depth:], recording.title))
            for title, parts, recording in zip(titles, above, recordings, strict=True)
        ]
    shared = Counter(titles)
    titles = [
        title if shared[title] == 1 else f"{title} ({_senses(recording)})"
        for title, recording in zip(titles, recordings, strict=True)
    ]
    met: Counter[str] = Counter()
    for title, recording in zip(titles, recordings, strict=True):
        met[title] += 1
        again = f" ({met[title]})" if met[title] > 1 else ""
        yield dataclasses.replace(recording, title=title + again)


def _senses(recording: Recording) -> str:
    """Say what a recording measures: of one file or series there may be one a sense."""
    return ", ".join(dict.fromkeys(channel.sense.value for channel in recording.channels))
