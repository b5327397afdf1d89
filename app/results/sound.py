"""Sound: fan states by recording, level-normalised; and the audit on clips known to be clipped.

Labels that follow a loudness threshold, or whose meaning is not documented, are not scored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.results.labels import label_of
from app.results.reference import Measured, Reference, learn_reference, measure, strongest
from app.results.result import Cell, Protocol, Result, ResultTable
from app.vectors import vectors_of, with_progress
from dsp.audit import audit
from dsp.features import FeatureSpec
from dsp.vector import FeatureVector
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.errors import RecordingError
from sensors.recordings.recording import Recording
from sensors.replay import whole_capture

FAN = "fan_state_audio"
SPEC = FeatureSpec(senses=(Sense.SOUND,))
RMS = SPEC.names.index("snd_rms_db")
LEVELS = np.array([feature.unit.startswith("dB re") for feature in SPEC.features])
AUDITED_S = 60.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One recording against the running fan, learnt without it.

    Attributes
    ----------
    recording : Recording
    measured : Measured
    reference : Reference
        Learnt from the ON recordings, leaving out this one where it is ON.
    clipping : str
        What the audit says of clipping: ``ok``, ``warning`` or ``refuse``.
    """

    recording: Recording
    measured: Measured
    reference: Reference
    clipping: str

    @property
    def label(self) -> str:
        """State by the recording's name; the vocabulary has no word for guard and tapping."""
        return self.recording.title.rsplit("_", 1)[0]


def evaluate_fan(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Measure every recording against running fans that were recorded apart from it."""
    files = recordings[FAN]
    running = [file for file in files if file.labels == frozenset()]
    if len(running) < 2:
        raise RecordingError(
            f"{folder / FAN}: needs two ON recordings or more, one to leave out; it has "
            f"{len(running)}"
        )
    vectors = {
        file.title: [level_normalised(v) for v in vectors_of(file, SPEC)]
        for file in with_progress(files, FAN)
    }
    heard = [_hear(file, running, vectors) for file in files]
    return _fan_result(heard)


def level_normalised(vector: FeatureVector) -> FeatureVector:
    """Return sound features without loudness: levels relative to the RMS, which is masked."""
    values = np.where(LEVELS, vector.values - vector.values[RMS], vector.values)
    mask = vector.mask.copy()
    mask[RMS] = True
    values[mask] = np.nan
    return replace(vector, values=values.astype(np.float32), mask=mask)


def _hear(
    file: Recording, running: Sequence[Recording], vectors: Mapping[str, list[FeatureVector]]
) -> Heard:
    learnt = [v for other in running if other is not file for v in vectors[other.title]]
    reference = learn_reference(learnt, independent=len(learnt))
    notes = audit(whole_capture(file, AUDITED_S), file.motor)
    clipping = next(note.level for note in notes if note.check == "clipping")
    return Heard(file, measure(reference, vectors[file.title]), reference, clipping)


def _fan_result(heard: Sequence[Heard]) -> Result:
    blade = frozenset({Condition.BLADE_FAULT})
    running = [one for one in heard if one.recording.labels == frozenset()]
    damaged = [one for one in heard if one.recording.labels == blade]
    unknown = frozenset({Condition.UNKNOWN})
    others = [one for one in heard if one.recording.labels == unknown]
    caught = sum(one.clipping == "refuse" for one in damaged)
    far = sum(float(one.measured.far.mean()) > 0.5 for one in others)
    false = sum(int(one.measured.far.sum()) for one in running)
    windows = sum(one.measured.far.size for one in running)
    return Result(
        name=FAN,
        title="Desk fan: running against disturbed, by sound",
        protocol=(
            "Unit: the recording. Level-normalised: every level is taken relative to the window's "
            "own RMS, and loudness itself is left out. Baseline and distance are learnt from the "
            "ON recordings; an ON recording is measured by the other ON recordings. A window of "
            "1 s is far where one healthy window in a thousand would be. FAN_GUARDS and TAPPING "
            "are disturbances without a name in the vocabulary: `unknown`. BLADE_FAULT is "
            "overdriven, so the audit has to refuse it. Fewer than five recordings a state: each "
            "is shown, no AUROC, no interval."
        ),
        tables=(_fan_table(heard),),
        figures={
            "recordings": len(heard),
            "running": len(running),
            "running_windows": windows,
            "running_windows_far": false,
            "disturbed": len(others),
            "disturbed_far": far,
            "blade_fault": len(damaged),
            "blade_fault_refused": caught,
        },
        remarks=(
            "One fan, and FAN_GUARDS comes from another session: what is far may be the session. "
            "No claim beyond these recordings.",
            "BLADE_FAULT is not counted among the disturbed: overdriven, its spectrum is the "
            "amplifier's as much as the blade's.",
            f"{windows} s of a running fan are {windows / 3600:.2f} h: no false-alarm rate.",
        ),
        aim="disturbed recordings far, running ones near, the clipped one refused by the audit",
        outcome=(
            f"{far} of {len(others)} disturbed recordings far; {false} of {windows} running "
            f"windows far; {caught} of {len(damaged)} clipped refused"
        ),
    )


def _fan_table(heard: Sequence[Heard]) -> ResultTable:
    return ResultTable(
        title="Every recording, level-normalised, against ON recordings",
        columns=(
            "recording",
            "state",
            "label",
            "windows",
            "distance, median (1 is typical)",
            "windows far, share",
            "audit: clipping",
            "deviates most",
        ),
        rows=tuple(_fan_row(one) for one in heard),
    )


def _fan_row(one: Heard) -> tuple[Cell, ...]:
    return (
        one.recording.path.stem,
        one.label,
        label_of(one.recording),
        one.measured.far.size,
        round(float(np.median(one.measured.distance)), 1),
        round(float(one.measured.far.mean()), 2),
        one.clipping,
        strongest(one.measured, one.reference, SPEC),
    )


PROTOCOLS = (Protocol(FAN, (FAN,), evaluate_fan),)
