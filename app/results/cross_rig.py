"""Train on one rig, test on another: what a learnt classifier knows of faults, and what of rigs.

Both rigs are brought to one bandwidth, each is compared with its own health, and levels are left
out because the rigs' amplitudes have no common unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from app.results.class_scores import HEALTHY, ClassScores, UnitSaid, score_splits, units_said
from app.results.labelled_windows import LabelledWindows, gather
from app.results.result import Cell, Protocol, Result, ResultTable
from app.results.stage1_scores import FOLDS, SEED
from models.intervals import Claim
from models.metrics import claim_auroc
from models.robust import Mask
from models.splits import Split, check_disjoint, split_at_random
from sensors.recordings.recording import Recording

RIGS = {"hit": "hit_sm_bearing", "uestc": "uestc_bearing", "cwru": "cwru"}
"""Short names of the data sets; each is one rig."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One rig taught, another tested.

    Attributes
    ----------
    taught, tested : str
        Short names of the rigs.
    scores : ClassScores
        Windows of the tested rig.
    leaking : ClassScores
        Windows of the taught rig under a random split.
    """

    taught: str
    tested: str
    scores: ClassScores
    leaking: ClassScores

    @property
    def units(self) -> list[UnitSaid]:
        """What each unit of the tested rig was taken for."""
        return units_said(self.scores)

    @property
    def faulty_claim(self) -> Claim:
        """AUROC of faulty against healthy units, where units allow one."""
        windows = self.scores.windows
        truth = np.where(windows.labels == HEALTHY, HEALTHY, "faulty")
        healthy = self.scores.classes.index(HEALTHY)
        return claim_auroc(
            1.0 - self.scores.probabilities[:, healthy],
            truth,
            windows.units.tolist(),
            (HEALTHY, "faulty"),
            seed=SEED,
        )


def cross(one: str, other: str, recordings: Mapping[str, Sequence[Recording]]) -> list[Crossing]:
    """Fit on each of two rigs and score the other; and each alone under a random split."""
    windows = gather([*recordings[RIGS[one]], *recordings[RIGS[other]]], gain_free=True)
    first_rigs = {recording.group for recording in recordings[RIGS[one]]}
    on_first = np.array([rig in first_rigs for rig in windows.rigs])
    return [
        Crossing(taught, tested, _across(windows, rows), _leaking(windows.take(rows)))
        for taught, tested, rows in ((one, other, on_first), (other, one, ~on_first))
    ]


def _across(windows: LabelledWindows, taught: Mask) -> ClassScores:
    sides = Split("machine", "across", np.flatnonzero(taught), np.flatnonzero(~taught))
    return score_splits(windows, [check_disjoint(sides, windows.units.tolist())])


def _leaking(windows: LabelledWindows) -> ClassScores:
    return score_splits(windows, split_at_random(len(windows.labels), folds=FOLDS, seed=SEED))


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Cross every ordered pair of rigs, with the verdicts of physics beside."""
    del folder
    crossings = [
        crossing for pair in combinations(RIGS, 2) for crossing in cross(*pair, recordings)
    ]
    figures: dict[str, Cell] = {}
    for crossing in crossings:
        figures |= _figures(crossing)
    told = [unit for crossing in crossings for unit in crossing.units]
    right = sum(unit.said == unit.label for unit in told)
    within = min(_share_right(crossing.leaking) for crossing in crossings)
    return Result(
        name="cross_rig",
        title="Across rigs: train on one, test on another",
        protocol="Multinomial logistic regression of the class on one-second windows, trained on "
        "all of one rig and applied once to another, nothing adapted. Rates are matched below the "
        "lower one; features are rises over the rig's own healthy level (the first half of its "
        "healthy windows), without levels, since amplitudes have no common unit. The unit is the "
        "physical bearing; a unit is taken for the class most of its windows are given.",
        tables=(
            _summary_table(crossings),
            _unit_table(crossings),
        ),
        figures=figures | {"units": len(told), "units_right": right},
        remarks=(
            "Each rig has one healthy unit and one to three of each fault: no AUROC and no "
            "interval is claimed across rigs.",
            f"Random windows of its own rig a classifier names right in {within:.1%} or more; of "
            f"the units of another rig {right} of {len(told)}. The difference is what it learnt of "
            "rigs and single bearings. Impulsiveness and spectral shape, all that is left without "
            "levels, do not say which race is hurt: that takes the lines, which physics reads "
            "without training, and which the results of each set count.",
        ),
        aim="what a classifier learns of faults, and what of rigs",
        outcome=f"{right} of {len(told)} units of the other rig given the right class; within a "
        f"rig, random windows {within:.1%} right",
    )


def _summary_table(crossings: Sequence[Crossing]) -> ResultTable:
    rows = []
    for crossing in crossings:
        units = crossing.units
        learnable = [unit for unit in units if unit.label in set(crossing.leaking.windows.labels)]
        healthy = [unit for unit in units if unit.label == HEALTHY]
        faulty = [unit for unit in units if unit.label != HEALTHY]
        claim = crossing.faulty_claim
        rows.append(
            (
                f"{crossing.taught} to {crossing.tested}",
                len(units),
                f"{sum(u.said == u.label for u in learnable)} of {len(learnable)}",
                f"{sum(u.said != HEALTHY for u in faulty)} of {len(faulty)}",
                f"{sum(u.said == HEALTHY for u in healthy)} of {len(healthy)}",
                None if claim.value is None else round(claim.value, 3),
                claim.reason,
                _share_right(crossing.leaking),
                _rounded(crossing.leaking.auroc),
            )
        )
    return ResultTable(
        title="Train on one, test on another; the last two columns leak and are a warning",
        columns=(
            "rigs",
            "units tested",
            "class right, of classes taught",
            "faulty told from healthy",
            "healthy left alone",
            "AUROC",
            "why no AUROC",
            "random windows within the first rig: right",
            "and their macro AUROC",
        ),
        rows=tuple(rows),
    )


def _unit_table(crossings: Sequence[Crossing]) -> ResultTable:
    return ResultTable(
        title="Every unit of the tested rig",
        columns=("rigs", "unit", "class", "windows", "share right", "taken for", "P(not healthy)"),
        rows=tuple(
            (
                f"{crossing.taught} to {crossing.tested}",
                unit.unit,
                unit.label,
                unit.windows,
                round(unit.share_right, 2),
                unit.said,
                _rounded(unit.faulty),
            )
            for crossing in crossings
            for unit in crossing.units
        ),
    )


def _figures(crossing: Crossing) -> dict[str, Cell]:
    units = crossing.units
    prefix = f"{crossing.taught}_to_{crossing.tested}_"
    return {
        f"{prefix}units": len(units),
        f"{prefix}units_right": sum(unit.said == unit.label for unit in units),
        f"{prefix}windows_right": _share_right(crossing.scores),
        f"{prefix}auroc": _rounded(crossing.faulty_claim.value),
        f"{prefix}random_within_right": _share_right(crossing.leaking),
        f"{prefix}random_within_auroc": _rounded(crossing.leaking.auroc),
    }


def _share_right(scores: ClassScores) -> float:
    return round(float((scores.said == scores.windows.labels).mean()), 3)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


PROTOCOLS = (Protocol("cross_rig", tuple(RIGS.values()), run),)
