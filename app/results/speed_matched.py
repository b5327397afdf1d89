"""An unbalanced load at matched speed, in the q-axis current of a brushless motor (bldc)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.results.labels import label_of
from app.results.result import Cell, Protocol, Result, ResultTable
from app.vectors import with_progress
from dsp.spectrum import tone, transform
from sensors.capture import Sense, Unit
from sensors.errors import RecordingError
from sensors.recordings.recording import Recording
from sensors.replay import whole_capture

NAME = "bldc_iq_unbalance"
SPEED_STEP_RPM = 100.0
"""Files are matched by measured speed to the nearest hundred."""
REACH = 0.04
"""Shaft frequency is looked for this far, relative, around the measured speed."""
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Turning:
    """One file of the brushless motor.

    Attributes
    ----------
    recording : Recording
    rpm : float
        Mean of the measured speed.
    once : float
        Amplitude of the q-axis current at shaft frequency, in percent of its mean.
    """

    recording: Recording
    rpm: float
    once: float

    @property
    def speed(self) -> float:
        """Matched speed."""
        return round(self.rpm / SPEED_STEP_RPM) * SPEED_STEP_RPM

    @property
    def unbalanced(self) -> bool:
        """Its label."""
        return bool(self.recording.labels)

    @property
    def mislabelled(self) -> bool:
        """Whether its name tells another speed than its tachometer, by 2 % or more."""
        return abs(self.rpm / (self.recording.speed_rpm or self.rpm) - 1) > 0.02


def evaluate(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Tell balanced from unbalanced load, each file by the others at its speed."""
    files = [_turn(file) for file in with_progress(recordings[NAME], NAME)]
    verdicts = [(file, left_out_threshold(file, files)) for file in files]
    judged = [(file, threshold) for file, threshold in verdicts if threshold is not None]
    if not judged:
        raise RecordingError(
            f"{folder / NAME}: no speed has two files of each state, so none can be left out"
        )
    return _result(files, judged)


def left_out_threshold(file: Turning, files: Sequence[Turning]) -> float | None:
    """Geometric mean of both states' geometric means among the other files at its speed."""
    logs: dict[bool, list[float]] = {False: [], True: []}
    for other in files:
        if other is not file and other.speed == file.speed:
            logs[other.unbalanced].append(np.log(other.once))
    if not (logs[False] and logs[True]):
        return None
    return float(np.exp((np.mean(logs[False]) + np.mean(logs[True])) / 2))


def _turn(file: Recording) -> Turning:
    capture = whole_capture(file, LONGEST_S)
    current = next(capture.of(Sense.POWER))
    rpm = float(next(capture.of(Sense.SPEED, Unit.RPM)).values.mean(dtype=np.float64))
    spectrum = transform(current.values, rate_hz=current.rate_hz)
    height = tone(spectrum, rpm / 60 * (1 - REACH), rpm / 60 * (1 + REACH))[1]
    return Turning(file, rpm, 100 * height / abs(float(current.values.mean(dtype=np.float64))))


def _result(files: Sequence[Turning], judged: Sequence[tuple[Turning, float]]) -> Result:
    right = sum((file.once > threshold) == file.unbalanced for file, threshold in judged)
    odd = [file for file in files if file.mislabelled]
    balanced = [file.once for file in files if not file.unbalanced]
    unbalanced = [file.once for file in files if file.unbalanced]
    thresholds = {file.recording.title: threshold for file, threshold in judged}
    return Result(
        name=NAME,
        title="Unbalanced load of a brushless motor, in its q-axis current",
        protocol=(
            "Unit: the file, all of one motor. Files are matched by their measured speed, to the "
            f"nearest {SPEED_STEP_RPM:g} rpm. Measured is the q-axis current at shaft frequency in "
            "percent of its mean. Each file is left out in turn; its threshold, half way in "
            "decibels between the two states, comes from the other files at its speed. One motor: "
            "no interval, no AUROC."
        ),
        tables=(
            ResultTable(
                title="Every file, in order of speed",
                columns=(
                    "file",
                    "label",
                    "measured rpm",
                    "matched rpm",
                    "at shaft frequency, % of mean",
                    "threshold, %",
                    "verdict",
                ),
                rows=tuple(
                    _row(file, thresholds.get(file.recording.title))
                    for file in sorted(files, key=lambda f: (f.speed, f.unbalanced))
                ),
            ),
        ),
        figures={
            "files": len(files),
            "judged": len(judged),
            "right": right,
            "balanced_largest_percent": round(max(balanced), 2),
            "unbalanced_least_percent": round(min(unbalanced), 2),
            "speed_label_wrong": len(odd),
        },
        remarks=(
            "Not an induction motor, and the rate of 1920 Hz is inferred: only what stands at "
            "shaft frequency is used.",
            *(
                f"{f.recording.title}: named {f.recording.speed_rpm:g} rpm, turned at {f.rpm:.0f}."
                for f in odd
            ),
            "One unbalance on one motor: that the two states lie far apart says nothing about "
            "smaller ones.",
        ),
        aim="balanced and unbalanced load told apart at matched speed",
        outcome=(
            f"{right} of {len(judged)} files right; shaft-frequency current at most "
            f"{max(balanced):.1f} % balanced, at least {min(unbalanced):.0f} % unbalanced"
        ),
    )


def _row(file: Turning, threshold: float | None) -> tuple[Cell, ...]:
    verdict = "not judged"
    if threshold is not None:
        said = "unbalance" if file.once > threshold else "balanced"
        verdict = f"{said}, {'right' if (said == 'unbalance') == file.unbalanced else 'wrong'}"
    return (
        file.recording.path.stem,
        label_of(file.recording),
        round(file.rpm),
        file.speed,
        round(file.once, 1),
        None if threshold is None else round(threshold, 1),
        verdict,
    )


PROTOCOLS = (Protocol(NAME, (NAME,), evaluate),)
