"""A logistic regression of the fault's class on windows, scored on what it has not seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.results.labelled_windows import LabelledWindows, Names
from app.results.result import Cell, ResultTable
from models import multinomial
from models.metrics import macro_auroc
from models.robust import Floats
from models.splits import IndexArray, Split

RIDGE = 1.0
"""On features of unit variance and windows weighted to one a recording; fixed beforehand."""
HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Probabilities of classes for windows that their fit had not seen.

    Attributes
    ----------
    windows : LabelledWindows
        Those that were scored.
    classes : tuple of str
        Columns of `probabilities`.
    probabilities : array, shape (N, K)
        Zero for a class that the fit did not know.
    """

    windows: LabelledWindows
    classes: tuple[str, ...]
    probabilities: Floats

    @property
    def said(self) -> Names:
        """The likeliest class of each window, shape (N,)."""
        names: Names = np.array(self.classes, dtype=object)[self.probabilities.argmax(axis=1)]
        return names

    @property
    def auroc(self) -> float | None:
        """Macro AUROC over the classes that are there; None with fewer than two."""
        there = [k for k, name in enumerate(self.classes) if (self.windows.labels == name).any()]
        known = np.isin(self.windows.labels, [self.classes[k] for k in there])
        if len(there) < 2:
            return None
        labels = self.windows.labels[known].astype(str)
        return macro_auroc(
            self.probabilities[known][:, there], labels, [self.classes[k] for k in there]
        )


def score_splits(windows: LabelledWindows, splits: Iterable[Split]) -> ClassScores:
    """Fit on each split's training rows, score its test rows.

    Scaling is fitted on the training rows. Splits whose training holds fewer than two classes
    leave their test rows unscored.
    """
    classes = tuple(sorted(set(windows.labels.tolist())))
    table = np.full((len(windows.rises), len(classes)), np.nan)
    for split in splits:
        known = sorted(set(windows.labels[split.train].tolist()))
        if len(known) < 2:
            continue
        columns = np.array([classes.index(name) for name in known])
        table[split.test] = 0.0
        table[np.ix_(split.test, columns)] = _fit_and_score(windows, split.train, split.test, known)
    scored = np.isfinite(table).all(axis=1)
    return ClassScores(windows.take(scored), classes, table[scored])


def _fit_and_score(
    windows: LabelledWindows, train: IndexArray, test: IndexArray, classes: Sequence[str]
) -> Floats:
    rows = windows.rises[train]
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread == 0.0] = 1.0
    codes = [classes.index(label) for label in windows.labels[train]]
    fit = multinomial.fit(
        (rows - middle) / spread, codes, ridge=RIDGE, weights=_weights(windows.take(train))
    )
    chances: Floats = fit.probabilities((windows.rises[test] - middle) / spread)
    return chances


def _weights(windows: LabelledWindows) -> Floats:
    """Each class the same, each unit of a class the same; together one a recording."""
    weights = np.zeros(len(windows.labels))
    for label in set(windows.labels.tolist()):
        units = set(windows.units[windows.labels == label].tolist())
        for unit in units:
            rows = (windows.labels == label) & (windows.units == unit)
            weights[rows] = 1.0 / (len(units) * rows.sum())
    scale = len(set(windows.titles.tolist())) / float(weights.sum())
    return weights * scale


@dataclass(frozen=True, slots=True)
class UnitSaid:
    """What the windows of one unit were taken for.

    Attributes
    ----------
    unit, rig, label : str
        Which unit, and its class.
    windows : int
        How many.
    share_right : float
        Share of windows given the right class.
    said : str
        The class most windows were given.
    faulty : float or None
        Median probability of not being healthy; None where nothing healthy was taught.
    """

    unit: str
    rig: str
    label: str
    windows: int
    share_right: float
    said: str
    faulty: float | None


def units_said(scores: ClassScores) -> list[UnitSaid]:
    """Gather windows by unit and class."""
    windows, said = scores.windows, scores.said
    keys = sorted(set(zip(windows.rigs, windows.labels, windows.units, strict=True)))
    healthy = scores.classes.index(HEALTHY) if HEALTHY in scores.classes else None
    found = []
    for rig, label, unit in keys:
        rows = (windows.units == unit) & (windows.labels == label) & (windows.rigs == rig)
        names, counts = np.unique(said[rows].astype(str), return_counts=True)
        chance = scores.probabilities[rows]
        faulty = None if healthy is None else float(np.median(1.0 - chance[:, healthy]))
        share = float(np.mean(said[rows] == label))
        found.append(
            UnitSaid(unit, rig, label, int(rows.sum()), share, str(names[counts.argmax()]), faulty)
        )
    return found


def said_table(title: str, found: Sequence[UnitSaid]) -> ResultTable:
    """List every unit with what it was taken for."""
    return ResultTable(
        title=title,
        columns=("unit", "rig", "class", "windows", "share right", "taken for", "P(not healthy)"),
        rows=tuple(_said_row(one) for one in found),
    )


def _said_row(one: UnitSaid) -> tuple[Cell, ...]:
    return (
        one.unit,
        one.rig,
        one.label,
        one.windows,
        round(one.share_right, 3),
        one.said,
        None if one.faulty is None else round(one.faulty, 3),
    )
