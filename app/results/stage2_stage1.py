"""Stage 1 alone on the bearings that stage 2 names: faulty or not, by the template release."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from app.backbone.head_rows import HeadRows
from app.results.labelled_windows import MOST_WINDOWS, at_rates, matched_rates
from app.results.result import Cell, ResultTable
from app.template import template_release
from dsp.demodulation import DemodulationBands, refresh_bands
from dsp.features import FeatureSpec, extract
from dsp.vector import FeatureVector
from models.anomaly import logistic_score
from models.baseline import learn_baseline
from models.metrics import auroc
from models.stage2.release import HEALTHY
from sensors.capture import Sense
from sensors.errors import OneClass
from sensors.reader import captures
from sensors.recordings.recording import Recording
from sensors.replay import ReplayReader

Floats = npt.NDArray[np.float64]
HOP_S = 0.25
"""Windows overlap, because recordings of health are a few seconds long."""
FEWEST_HEALTHY = 8
"""Healthy windows of a rig: the first half is its baseline, the rest is tested."""
ABOVE = 0.95
"""A unit counts as told where its middle window is above this share of the healthy ones."""


@dataclass(frozen=True, slots=True)
class Stage1Said:
    """What stage 1 says of one rig.

    Attributes
    ----------
    rig : str
        Which.
    scores : float64 array, shape (n,)
        Log odds of a fault, window by window.
    faulty : bool array, shape (n,)
        Truth.
    units : str array, shape (n,)
        Physical unit of each window.
    """

    rig: str
    scores: Floats
    faulty: npt.NDArray[np.bool_]
    units: npt.NDArray[np.str_]

    @property
    def auroc(self) -> float:
        """Of faulty against healthy windows."""
        return auroc(self.scores, self.faulty)

    @property
    def told(self) -> tuple[int, int]:
        """Faulty units whose middle window stands above `ABOVE` of the healthy, and all."""
        bar = np.quantile(self.scores[~self.faulty], ABOVE)
        faulty = sorted(set(self.units[self.faulty].tolist()))
        middles = [float(np.median(self.scores[self.units == unit])) for unit in faulty]
        return int(np.sum(np.array(middles) > bar)), len(faulty)


def judge_rigs(recordings: Sequence[Recording]) -> tuple[list[Stage1Said], list[str]]:
    """Score every rig that has healthy windows to compare with; return the others' names too."""
    by_rig: dict[str, list[Recording]] = {}
    for one in recordings:
        if one.labels is not None:
            by_rig.setdefault(one.group or one.motor.motor_id, []).append(one)
    said, without = [], []
    for rig, some in by_rig.items():
        try:
            said.append(_judge(rig, some))
        except OneClass:
            without.append(rig)
    return said, without


def _judge(rig: str, recordings: Sequence[Recording]) -> Stage1Said:
    """Raise OneClass where a rig has no health to compare with, or nothing but health."""
    rates = matched_rates(recordings)
    pairs = [(one, vector) for one in recordings for vector in _vectors(one, rig, rates)]
    healthy = [vector for one, vector in pairs if not one.labels]
    if len(healthy) < FEWEST_HEALTHY or len(healthy) == len(pairs):
        raise OneClass(f"{rig}: too few windows of health, or of faults")
    release, taught = template_release(), healthy[: len(healthy) // 2]
    baseline = learn_baseline(taught, minimum=len(taught), population=release.population)
    known = {id(vector) for vector in taught}
    tested = [(one, vector) for one, vector in pairs if id(vector) not in known]
    return Stage1Said(
        rig,
        np.array([logistic_score(release, *baseline.scale(vector))[0] for _, vector in tested]),
        np.array([bool(one.labels) for one, _ in tested]),
        np.array([one.unit_id or one.recording_id for one, _ in tested]),
    )


def _vectors(
    recording: Recording, rig: str, rates: Mapping[Sense, float]
) -> Iterator[FeatureVector]:
    """Yield the template's features of overlapping windows, all under the rig's name."""
    spec, bands = FeatureSpec(), DemodulationBands({})
    reader = ReplayReader(recording, window_s=spec.window_s, hop_s=HOP_S)
    try:
        for capture in islice(captures(reader), MOST_WINDOWS):
            matched = at_rates(capture, rates)
            bands = refresh_bands(bands, matched)
            vector = extract(matched, recording.motor, spec, bands=bands.bands)
            # One baseline serves the rig, whose motors differ by the bearing that was put in.
            yield replace(vector, motor_id=rig, motor_hash="rig")
    finally:
        reader.close()


def stage1_table(
    said: Sequence[Stage1Said], without: Sequence[str], rows: HeadRows, healthy: Floats
) -> ResultTable:
    """Set stage 1 beside what stage 2's shipped head makes of the same rigs.

    Parameters
    ----------
    said, without
        Of `judge_rigs`.
    rows : HeadRows
        Windows as stage 2 sees them.
    healthy : float64 array, shape (n,)
        The head's probability of health of each.
    """
    table: list[tuple[Cell, ...]] = []
    for one in said:
        told, units = one.told
        table.append(
            (
                one.rig,
                units,
                len(one.scores),
                round(one.auroc, 3),
                f"{told} of {units}",
                _stage2_auroc(one.rig, rows, healthy),
            )
        )
    table += [
        (
            rig,
            None,
            None,
            None,
            "too little health to compare with",
            _stage2_auroc(rig, rows, healthy),
        )
        for rig in without
    ]
    return ResultTable(
        title="Faulty or not: stage 1 alone, and stage 2's probability of health",
        columns=(
            "rig",
            "faulty units",
            "stage 1 windows",
            "stage 1 AUROC over windows",
            f"faulty units whose middle window is above {ABOVE:.0%} of the healthy",
            "stage 2 AUROC over windows",
        ),
        rows=tuple(table),
    )


def _stage2_auroc(rig: str, rows: HeadRows, healthy: Floats) -> float | None:
    here = np.array([one == rig for one in rows.rigs])
    faulty = np.array([label != HEALTHY for label in rows.labels])[here]
    if not faulty.any() or faulty.all():
        return None
    return round(auroc(1.0 - healthy[here], faulty), 3)
