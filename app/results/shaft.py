"""Shaft and bearing faults of one rig, one file each (adi_motor_vib).

Bearing geometry is not known there, so physics must not name a line. What is left: how far each
file lies from the healthy one, and which type a held-out severity is taken for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.results.held_out_severity import HeldOut, held_out_table, hold_out_severities
from app.results.labels import family_of, label_of
from app.results.reference import Measured, Reference, learn_reference, measure, strongest
from app.results.result import Cell, Protocol, Result, ResultTable
from app.vectors import vectors_of, with_progress
from dsp.features import FeatureSpec
from models.diagnosis import diagnose
from models.finding import Diagnosis
from models.window import LONGEST_S
from sensors.errors import RecordingError
from sensors.recordings.recording import Recording
from sensors.replay import whole_capture

NAME = "adi_motor_vib"
SPEC = FeatureSpec(window_s=0.4, hop_s=0.05)
"""Eight turns at 1200 rpm: the shortest window that carries shaft orders."""
LEARNT_S = 1.4
"""Of the healthy file's two seconds; the rest shows what health itself does."""
ORDER_1 = SPEC.names.index("vib_order_1_db")
RMS = SPEC.names.index("vib_rms_db")


@dataclass(frozen=True, slots=True)
class Judged:
    """One file against the healthy file of its speed."""

    recording: Recording
    measured: Measured
    reference: Reference
    said: Diagnosis

    @property
    def label(self) -> str:
        """Its condition."""
        return label_of(self.recording)

    @property
    def title(self) -> str:
        """Its name without what says the format."""
        return self.recording.title.partition(".")[0]

    @property
    def far(self) -> bool:
        """Whether most of its windows are far from health."""
        return float(self.measured.far.mean()) > 0.5


def evaluate(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Measure every file against the healthy one of its speed, and hold out severities."""
    speeds = sorted({file.speed_rpm for file in recordings[NAME]}, key=str)
    judged: list[Judged] = []
    held: list[HeldOut] = []
    for speed in speeds:
        files = [file for file in recordings[NAME] if file.speed_rpm == speed]
        if not any(file.labels == frozenset() for file in files):
            continue
        group = list(_judge(files))
        judged += group
        rows = np.array([np.median(one.measured.z, axis=0) for one in group])
        held += hold_out_severities([g.title for g in group], [g.label for g in group], rows)
    if not judged:
        raise RecordingError(
            f"{folder / NAME}: no file of the sound machine (GoB_GS_BaLo_WA) is there; without it "
            "there is nothing to measure the others against"
        )
    return _result(judged, held, len(recordings[NAME]) - len(judged))


def _judge(files: Sequence[Recording]) -> Iterator[Judged]:
    """Yield the files of one speed; the first healthy one is learnt from, and shown by its rest."""
    healthy = next(file for file in files if file.labels == frozenset())
    own = list(vectors_of(healthy, SPEC))
    begin_ns = own[0].t0_ns
    early = [v for v in own if v.t1_ns - begin_ns <= LEARNT_S * 1e9]
    late = [v for v in own if v.t0_ns - begin_ns >= LEARNT_S * 1e9]
    reference = learn_reference(early, independent=LEARNT_S / SPEC.window_s)
    for file in with_progress(files, NAME):
        vectors = late if file is healthy else list(vectors_of(file, SPEC))
        said = diagnose(whole_capture(file, LONGEST_S), file.motor)
        yield Judged(file, measure(reference, vectors), reference, said)


def _result(judged: Sequence[Judged], held: Sequence[HeldOut], left_out: int) -> Result:
    faulty = [one for one in judged if one.label != "healthy"]
    health = [one.measured.far for one in judged if one.label == "healthy"]
    named = sum(bool(one.said.findings) for one in judged)
    right, family = sum(one.right for one in held), sum(one.family_right for one in held)
    parts = [one for one in held if family_of(one.label) == "bearing"]
    return Result(
        name=NAME,
        title="Shaft, balance and bearing faults on one rig",
        protocol=(
            f"Unit: the file, {len(judged)} of them, one a condition of one rig; speeds are kept "
            f"apart, and those without a healthy file left out ({left_out} files). Windows of "
            f"{SPEC.window_s:g} s, {SPEC.hop_s:g} s apart. Baseline and distance are learnt from "
            f"the first {LEARNT_S:g} s of the healthy file and frozen; its rest "
            "and every other file are then measured; a window is far where one healthy window in "
            "a thousand would be. Types: each file whose type has another severity is left out in "
            "turn, and named by a multinomial logistic regression of all others (ridge 1, one row "
            "a file). One file a severity: no interval, no AUROC."
        ),
        tables=(_file_table(judged), held_out_table(held)),
        figures={
            "files": len(judged),
            "files_at_speeds_without_health": left_out,
            "faulty": len(faulty),
            "faulty_far": sum(one.far for one in faulty),
            "healthy_rest_windows": sum(far.size for far in health),
            "healthy_rest_far": sum(int(far.sum()) for far in health),
            "named_without_geometry": named,
            "held_out": len(held),
            "type_right": right,
            "family_right": family,
            "bearing_parts_held_out": len(parts),
            "bearing_parts_right": sum(one.right for one in parts),
        },
        remarks=_remarks(judged, held, parts),
        aim="no line-based bearing name without geometry; types of held-out severities",
        outcome=(
            f"{named} of {len(judged)} named without geometry; of {len(held)} held-out severities "
            f"{right} types right, {family} right as bearing fault or not"
        ),
    )


def _file_table(judged: Sequence[Judged]) -> ResultTable:
    return ResultTable(
        title="Every file against the healthy one of its speed",
        columns=(
            "file",
            "label",
            "distance, median (1 is typical health)",
            "windows far from health, share",
            "rise at shaft frequency, dB",
            "deviates most",
            "physics rules",
        ),
        rows=tuple(_file_row(one) for one in judged),
    )


def _file_row(one: Judged) -> tuple[Cell, ...]:
    rise = one.measured.typical_rise(ORDER_1)
    return (
        f"{one.title} (after {LEARNT_S:g} s)" if one.label == "healthy" else one.title,
        one.label,
        round(float(np.median(one.measured.distance)), 1),
        round(float(one.measured.far.mean()), 2),
        None if rise is None else round(rise, 1),
        strongest(one.measured, one.reference, SPEC),
        _verdict(one.said),
    )


def _verdict(said: Diagnosis) -> str:
    if said.findings:
        return "named: " + ", ".join(f.condition.value for f in said.findings)
    if said.provisional:
        return f"abstains; impacts at {said.provisional[0].order:.2f} orders, provisional"
    return "abstains" if said.abstained else "nothing found"


def _remarks(
    judged: Sequence[Judged], held: Sequence[HeldOut], parts: Sequence[HeldOut]
) -> tuple[str, ...]:
    quiet = [
        one.title
        for one in judged
        if one.far and (one.measured.typical_rise(RMS) or 0.0) <= 0.0 and one.label != "healthy"
    ]
    lower = f" Far although no louder than health: {', '.join(quiet)}." if quiet else ""
    shafts = [one for one in held if one not in parts]
    return (
        "One healthy assembly a speed: between files parts were changed, so distance shows "
        "another assembly as well as a fault, and no false-alarm rate can be read from this."
        + lower,
        f"Shaft faults are known from another grade of the same in {_share(shafts)}, the parts of "
        f"a bearing in {_share(parts)}. A second bearing damaged at the same part need not "
        "resemble the first in levels and bands; the lines would tell, and they need geometry.",
        "A type with one file (bent shaft, misalignment) has nothing to hold out.",
        "Probabilities near 1 from one row a file say nothing about certainty.",
    )


def _share(held: Sequence[HeldOut]) -> str:
    return f"{sum(one.right for one in held)} of {len(held)}"


PROTOCOLS = (Protocol(NAME, (NAME,), evaluate),)
