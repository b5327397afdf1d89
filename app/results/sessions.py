"""A ceiling fan session by session: what a coin does, and what moving the sensor does.

Both lie far from health. Shown side by side, they say what a distance alone is worth.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.results.labels import label_of
from app.results.reference import Measured, Reference, learn_reference, measure, strongest
from app.results.result import Cell, Protocol, Result, ResultTable
from app.vectors import vectors_of, with_progress
from dsp.features import FeatureSpec
from sensors.capture import Sense
from sensors.errors import RecordingError
from sensors.recordings.recording import Recording

NAME = "ceiling_fan_accel"
SPEC = FeatureSpec(senses=(Sense.VIBRATION,))
RMS = SPEC.names.index("vib_rms_db")
LEARNT = 20
"""Of the thirty snapshots of a session; the rest shows what health itself does."""
SETTING = re.compile(r"_(off|low|med|high)")


@dataclass(frozen=True, slots=True)
class Session:
    """One session against the healthy one of its speed setting.

    Attributes
    ----------
    recording : Recording
    setting : str
        ``low``, ``med`` or ``high``: the speed itself is not stated.
    reference : Reference
        Learnt from the first snapshots of the healthy session.
    measured : Measured
        All its snapshots; of the healthy session those after learning.
    """

    recording: Recording
    setting: str
    reference: Reference
    measured: Measured

    @property
    def kind(self) -> str:
        """``healthy``, ``unbalance``, or ``other session`` where sensor or day changed."""
        label = label_of(self.recording)
        return "other session" if label == "unlabelled" else label


def evaluate(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Measure every running session by the healthy one at its speed setting."""
    files = {file.title: file for file in recordings[NAME]}
    running = [f for f in files.values() if label_of(f) != "stopped" and SETTING.search(f.title)]
    vectors = {f.title: list(vectors_of(f, SPEC)) for f in with_progress(running, NAME)}
    sessions = []
    for setting in sorted({_setting(file) for file in running}):
        alike = [file for file in running if _setting(file) == setting]
        healthy = next((file for file in alike if file.labels == frozenset()), None)
        if healthy is None:
            continue
        reference = learn_reference(vectors[healthy.title][:LEARNT], independent=LEARNT)
        for file in alike:
            shown = vectors[file.title][LEARNT if file is healthy else 0 :]
            sessions.append(Session(file, setting, reference, measure(reference, shown)))
    if not sessions:
        raise RecordingError(f"{folder / NAME}: no speed setting has a session without weight")
    return _result(sessions)


def _setting(file: Recording) -> str:
    found = SETTING.search(file.title)
    return found[1] if found else ""


def _result(sessions: Sequence[Session]) -> Result:
    coin = [s for s in sessions if s.kind == "unbalance"]
    moved = [s for s in sessions if s.kind == "other session"]
    rest = [s for s in sessions if s.kind == "healthy"]
    false = sum(int(s.measured.far.sum()) for s in rest)
    windows = sum(s.measured.far.size for s in rest)
    far_coin, far_moved = (sum(_is_far(s) for s in group) for group in (coin, moved))
    quieter = sum((s.measured.typical_rise(RMS) or 0.0) < 0.0 for s in coin)
    return Result(
        name=NAME,
        title="Ceiling fan with a coin on its blade, session by session",
        protocol=(
            "Unit: the session, all of one fan. At each speed setting baseline and distance are "
            f"learnt from the first {LEARNT} snapshots of one second without the coin and frozen; "
            "the rest of that session and every other session at that setting are then measured. "
            "A snapshot is far where one healthy snapshot in a thousand would be. One session a "
            "state and setting: each is shown, no AUROC, no interval."
        ),
        tables=(
            ResultTable(
                title="Every session against the healthy one at its setting",
                columns=(
                    "session",
                    "setting",
                    "state",
                    "snapshots",
                    "distance, median (1 is typical)",
                    "far, share",
                    "level rise, dB",
                    "deviates most",
                ),
                rows=tuple(_row(session) for session in sessions),
            ),
        ),
        figures={
            "sessions": len(sessions),
            "unbalanced": len(coin),
            "unbalanced_far": far_coin,
            "unbalanced_quieter": quieter,
            "other_sessions": len(moved),
            "other_sessions_far": far_moved,
            "healthy_rest_windows": windows,
            "healthy_rest_far": false,
        },
        remarks=(
            f"Far: {far_coin} of {len(coin)} sessions with the coin, and {far_moved} of "
            f"{len(moved)} in which the sensor was moved or the day was another. What is far in "
            "both shows change, not unbalance: no detection is claimed.",
            f"With the coin the fan is quieter in {quieter} of {len(coin)} sessions. Its blades "
            "turn at a few hertz, below the lowest band of 10 Hz, and the speed is not stated: "
            "what unbalance raises is not among the features.",
            f"{false} of {windows} healthy snapshots after learning are far: twenty seconds do not "
            "show what health does in the next ten.",
        ),
        aim="unbalance told from other sessions of the same fan",
        outcome=(
            f"far: {far_coin} of {len(coin)} with the coin, but also {far_moved} of {len(moved)} "
            "other sessions; no detection claimed"
        ),
    )


def _is_far(session: Session) -> bool:
    return float(session.measured.far.mean()) > 0.5


def _row(session: Session) -> tuple[Cell, ...]:
    rise = session.measured.typical_rise(RMS)
    return (
        session.recording.title.partition(".")[0],
        session.setting,
        session.kind,
        session.measured.far.size,
        round(float(np.median(session.measured.distance)), 1),
        round(float(session.measured.far.mean()), 2),
        None if rise is None else round(rise, 1),
        strongest(session.measured, session.reference, SPEC),
    )


PROTOCOLS = (Protocol(NAME, (NAME,), evaluate),)
