"""How well scores separate classes: AUROC, confusion, and the check that labels matter.

Accuracy is no headline here. Intervals are over units; see `models.intervals`.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from models.intervals import (
    Claim,
    Interval,
    bootstrap_units,
    too_few_units,
    unit_strata,
)
from sensors.errors import BadSamples, OneClass

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.str_]


def auroc(scores: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Area under the ROC curve, ties counting one half.

    ``(R+ - n+(n+ + 1)/2) / (n+ n-)`` with R+ the rank sum of the positives (Mann and Whitney 1947).

    Parameters
    ----------
    scores : array, shape (N,)
        Higher means more positive.
    positive : bool array, shape (N,)
        Truth.

    Raises
    ------
    OneClass
        All rows are of one class.
    BadSamples
        A score is NaN, or shapes differ.
    """
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    if values.shape != truth.shape or values.ndim != 1 or np.isnan(values).any():
        raise BadSamples("AUROC needs one score a row and no NaN; leave unscored rows out")
    ups, downs = int(truth.sum()), int((~truth).sum())
    if not ups or not downs:
        raise OneClass(f"AUROC needs both classes; got {ups} positive and {downs} negative rows")
    rank_sum = float(_average_ranks(values)[truth].sum())
    return (rank_sum - ups * (ups + 1) / 2.0) / (ups * downs)


def macro_auroc(scores: npt.ArrayLike, labels: npt.ArrayLike, classes: Sequence[str]) -> float:
    """Unweighted mean over classes of one-against-rest AUROC.

    Parameters
    ----------
    scores : array, shape (N, K)
        One column a class.
    labels : array of str, shape (N,)
        True class of each row.
    classes : sequence of str, length K
        Names of the columns.
    """
    table, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if table.ndim != 2 or table.shape[1] != len(classes):
        raise BadSamples(f"scores of shape {table.shape} do not fit {len(classes)} classes")
    return float(np.mean([auroc(table[:, k], truth == name) for k, name in enumerate(classes)]))


def confusion(
    truth: Sequence[str], said: Sequence[str], classes: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Count rows by true class (rows) and class said (columns), both in the order of `classes`."""
    place = {name: number for number, name in enumerate(classes)}
    strange = sorted((set(truth) | set(said)) - set(place))
    if strange:
        raise BadSamples(f"class {strange[0]!r} is not among {list(classes)}")
    table = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(table, ([place[t] for t in truth], [place[s] for s in said]), 1)
    return table


def claim_auroc(
    scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    units: Sequence[str],
    classes: Sequence[str],
    *,
    seed: int,
    repeats: int = 1000,
) -> Claim:
    """Macro AUROC with its bootstrap interval over units, or the reason why there is none.

    Two classes may be given one column of scores for the second class.

    Parameters
    ----------
    scores : array, shape (N, K) or (N,)
        Scores by class, or of `classes[1]` alone.
    labels : array of str, shape (N,)
        True class of each row.
    units : sequence of str, length N
        Physical unit of each row.
    """
    truth = np.asarray(labels)
    count = len(set(units))
    reason = too_few_units(units, truth.tolist())
    missing = sorted(set(classes) - set(truth.tolist()))
    if missing:
        reason = f"class {missing[0]!r} has 0 units"
    if reason is not None:
        return Claim(None, None, count, reason)
    table = np.asarray(scores, dtype=np.float64)

    def statistic(rows: npt.NDArray[np.intp]) -> float:
        if table.ndim == 1:
            return auroc(table[rows], truth[rows] == classes[1])
        return macro_auroc(table[rows], truth[rows], classes)

    interval = bootstrap_units(statistic, units, truth.tolist(), seed=seed, repeats=repeats)
    return Claim(statistic(np.arange(truth.size)), interval, count)


def permute_labels(labels: npt.ArrayLike, units: Sequence[str], rng: np.random.Generator) -> Labels:
    """Shuffle labels between units, keeping each unit's rows together.

    Units of one class swap their label with one another; a unit that holds several classes (early
    and late life) has its own labels renamed by a random permutation of them.
    """
    truth = np.asarray(labels).copy()
    named = np.asarray(units, dtype=object)
    pure = [g for key, g in unit_strata(units, truth.tolist()).items() if "+" not in key]
    single = sorted(unit for group in pure for unit in group)
    given = [truth[named == unit][0] for unit in single]
    for unit, label in zip(single, rng.permutation(given), strict=True):
        truth[named == unit] = label
    for unit in sorted(set(units) - set(single)):
        rows = np.flatnonzero(named == unit)
        old, where = np.unique(truth[rows], return_inverse=True)
        truth[rows] = rng.permutation(old)[where]
    return truth


def permuted_label_interval(
    evaluate: Callable[[Labels], float],
    labels: npt.ArrayLike,
    units: Sequence[str],
    *,
    seed: int,
    repeats: int = 20,
    confidence: float = 0.95,
) -> Interval:
    """Range of an evaluation that is fitted anew on permuted unit labels; it must cover 0.5.

    Parameters
    ----------
    evaluate : callable
        The whole protocol, training included: labels in, AUROC out.
    """
    rng = np.random.default_rng(seed)
    drawn = [evaluate(permute_labels(labels, units, rng)) for _ in range(repeats)]
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    return Interval(float(low), float(high), confidence)


def _average_ranks(values: Floats) -> Floats:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2.0)[where]
    return ranks
