"""Train stage 1: baseline deviations of many motors in, a sealed release out.

Every threshold comes from healthy windows of motors that the scoring model had not seen: model
and scatter are fitted anew without each motor in turn.
"""

import math
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from models import logistic
from models.anomaly import surprise
from models.baseline import Z_LIMIT
from models.distance import Scatter, distance, fit_scatter
from models.episodes import EpisodeRule, decision_scores
from models.limits import Limit
from models.release import Learning, Provenance, Release, seal
from models.robust import Floats, Mask
from models.threshold import Threshold, choose_threshold
from sensors.errors import BadConfig, OneClass, TooFewWindows


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a release is trained.

    Attributes
    ----------
    ridge : float
        Penalty on the coefficients. 100 is a prior deviation of 0.1: one feature at its limit of
        20 moves the logit by 2 and cannot decide alone, and level features share their weight.
    alarms_per_month : float
        Budget of false alarms a motor-month, of the score and of the distance each.
    danger_share : float
        Share of that budget for ``danger``.
    alert_odds, danger_odds : float
        Least odds of failing against healthy, at equal priors, for each state: 3 is positive and
        20 strong evidence (Kass and Raftery 1995).
    distance_chance : float
        Largest chance of a healthy window for the distance to raise a state.
    rising, either : tuple of str
        Features that the score and the distance read: a fall of the first is no evidence (running
        in lowers levels), of the second it is. The others are carried along unread.
    limits : tuple of Limit
        Fixed physical limits.
    learning, rule
        As in `Release`.
    block_s : float
        Windows of one motor within this time count as one: they are not independent.
    """

    ridge: float = 100.0
    alarms_per_month: float = 1.0
    danger_share: float = 0.1
    alert_odds: float = 3.0
    danger_odds: float = 20.0
    distance_chance: float = 1e-3
    rising: tuple[str, ...]
    either: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    learning: Learning = Learning()
    rule: EpisodeRule = EpisodeRule()
    block_s: float = 600.0


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Labelled windows of many motors as deviations from their own baselines.

    Attributes
    ----------
    spec_id, feature_names : str, tuple of str
        Which features.
    z, mask : arrays, shape (N, F)
        From `Baseline.scale`; zero where masked.
    positive : bool array, shape (N,)
        True for faulty or near the end of life.
    units : object array of str, shape (N,)
        Physical unit of each row.
    t0_ns : int array, shape (N,)
        Time of each row, rising within a unit.
    population : array, shape (F,)
        Healthy scale that the baselines were shrunk to; NaN where unknown.
    """

    spec_id: str
    feature_names: tuple[str, ...]
    z: Floats
    mask: Mask
    positive: Mask
    units: npt.NDArray[np.object_]
    t0_ns: npt.NDArray[np.int64]
    population: Floats


def train_release(samples: TrainingSet, recipe: Recipe, provenance: Provenance) -> Release:
    """Fit score, scatter and thresholds, and seal them.

    Raises
    ------
    OneClass
        Only healthy or only faulty windows.
    TooFewWindows
        Fewer than two units with healthy windows, or too few of these for thresholds.
    BadConfig
        The recipe names a feature that the samples have not.
    """
    task = _prepare(samples, recipe)
    fit = task.fit_score(np.ones(len(samples.z), dtype=bool))
    logits, surprises, units = _left_out_decisions(task)
    budget, decision_s = recipe.alarms_per_month, recipe.rule.decision_s

    def choose(scores: Floats, alarms: float, least: float) -> Threshold:
        return choose_threshold(
            scores, units, alarms_per_month=alarms, least=least, decision_s=decision_s
        )

    return seal(
        Release(
            spec_id=samples.spec_id,
            feature_names=samples.feature_names,
            coefficients=fit.coefficients,
            intercept=fit.intercept,
            hessian=fit.hessian,
            least=task.least,
            most=task.most,
            spread=np.sqrt(np.mean(task.evidence**2, axis=0)),
            population=samples.population,
            scatter=task.fit_scatter(~samples.positive),
            alert=choose(logits, budget, math.log(recipe.alert_odds)),
            danger=choose(logits, budget * recipe.danger_share, math.log(recipe.danger_odds)),
            surprise=choose(surprises, budget, surprise(recipe.distance_chance)),
            limits=recipe.limits,
            learning=recipe.learning,
            rule=recipe.rule,
            provenance=provenance,
        )
    )


@dataclass(frozen=True, slots=True)
class _Task:
    """The samples as score and distance read them."""

    samples: TrainingSet
    recipe: Recipe
    weights: Floats
    least: Floats
    most: Floats
    evidence: Floats
    hidden: Mask

    def fit_score(self, rows: Mask) -> logistic.Fit:
        labels = self.samples.positive[rows]
        return logistic.fit(
            self.evidence[rows], labels, ridge=self.recipe.ridge, weights=self.weights[rows]
        )

    def fit_scatter(self, rows: Mask) -> Scatter:
        return fit_scatter(
            self.samples.z[rows],
            self.hidden[rows],
            self.samples.units[rows].tolist(),
            effective=float(self.weights[rows].sum()),
        )


def _prepare(samples: TrainingSet, recipe: Recipe) -> _Task:
    strange = set(recipe.rising + recipe.either) - set(samples.feature_names)
    if strange:
        raise BadConfig(f"recipe reads feature {min(strange)!r}, which the spec has not")
    rising = np.isin(samples.feature_names, recipe.rising)
    either = np.isin(samples.feature_names, recipe.either)
    most = np.where(rising | either, Z_LIMIT, 0.0)
    least = np.where(either, -Z_LIMIT, 0.0)
    return _Task(
        samples=samples,
        recipe=recipe,
        weights=block_weights(samples, recipe.block_s),
        least=least,
        most=most,
        evidence=np.clip(samples.z, least, most),
        hidden=samples.mask | ~(rising | either),
    )


def block_weights(samples: TrainingSet, block_s: float) -> Floats:
    """Weight rows so that each block of one unit and class counts as one, and classes balance.

    Windows in a row repeat one another; without this a long-lived motor drowns the others and the
    standard errors are too small. The two classes get equal totals, their mean.

    Returns
    -------
    array, shape (N,)
        Sums to the number of blocks.
    """
    block = samples.t0_ns // int(block_s * 1e9)
    keys = [*zip(samples.units.tolist(), samples.positive.tolist(), block.tolist(), strict=True)]
    _, where, counts = np.unique(
        np.array([f"{u}\0{p}\0{b}" for u, p, b in keys]), return_inverse=True, return_counts=True
    )
    weights = 1.0 / counts[where]
    total = weights.sum()
    for label in (False, True):
        rows = samples.positive == label
        if not rows.any():
            raise OneClass(
                f"training holds no {'faulty' if label else 'healthy'} window; "
                "bring labelled windows of both kinds"
            )
        weights[rows] *= total / 2.0 / weights[rows].sum()
    return weights


def _left_out_decisions(task: _Task) -> tuple[Floats, Floats, list[str]]:
    """Healthy decisions of each unit, scored by what was fitted without it."""
    samples, rule = task.samples, task.recipe.rule
    healthy = ~samples.positive
    logits, surprises, units = [], [], []
    for unit in sorted(set(samples.units[healthy].tolist())):
        own, rest = healthy & (samples.units == unit), samples.units != unit
        if not (rest & healthy).any() or not (rest & samples.positive).any():
            raise TooFewWindows(
                f"without unit {unit!r} training holds a single class; thresholds need at least "
                "two units with healthy and two with faulty windows"
            )
        score = task.fit_score(rest).logit(task.evidence[own])
        _, chance = distance(task.fit_scatter(rest & healthy), task.evidence[own], task.hidden[own])
        logits.append(decision_scores(samples.t0_ns[own], score, rule))
        far = [surprise(float(one)) for one in chance]
        surprises.append(decision_scores(samples.t0_ns[own], far, rule))
        units.extend([unit] * logits[-1].size)
    return np.concatenate(logits), np.concatenate(surprises), units
