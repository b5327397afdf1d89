"""Run-to-failure protocol: one life is left out, everything is fitted and frozen on the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.baseline import Baseline, learn_baseline, learning_windows, population_scale
from models.life import Life, LifeOutcome, judge_life
from models.monitor import Judgement, judge_windows
from models.release import Provenance, Release
from models.robust import Floats, Mask
from models.training import Recipe, TrainingSet, train_release
from sensors.errors import TooFewWindows


@dataclass(frozen=True, slots=True)
class LeftOutLife:
    """One life, the release fitted on the others, and what came of it."""

    life: Life
    release: Release
    judgements: tuple[Judgement, ...]
    outcome: LifeOutcome


def leave_one_life_out(
    lives: Sequence[Life],
    feature_names: tuple[str, ...],
    recipe: Recipe,
    provenance: Provenance,
) -> list[LeftOutLife]:
    """Judge each life by a release that was trained and frozen on the others.

    Raises
    ------
    TooFewWindows
        Fewer than three lives, or one too short to learn a baseline.
    """
    if len(lives) < 3:
        raise TooFewWindows(f"{len(lives)} lives; leaving one out needs at least three")
    results = []
    for held in lives:
        others = [life for life in lives if life.unit_id != held.unit_id]
        samples = training_set(others, feature_names, recipe)
        release = train_release(samples, recipe, provenance)
        judgements = tuple(judge_windows(held.vectors, release))
        results.append(LeftOutLife(held, release, judgements, judge_life(held, judgements)))
    return results


def training_set(
    lives: Sequence[Life], feature_names: tuple[str, ...], recipe: Recipe
) -> TrainingSet:
    """Label early and late windows of lives, as deviations from baselines of their own start.

    The population's scale is measured first, on early windows after learning, and the baselines are
    then learnt again with it.
    """
    taught = [_learning_count(life, recipe) for life in lives]
    healthy = [_healthy_rises(life, n, recipe) for life, n in zip(lives, taught, strict=True)]
    population = population_scale([pair for pair in healthy if len(pair[0])])
    rows = [
        (*baseline.scale(vector), vector.t0_ns >= life.late_start_ns, life.unit_id, vector.t0_ns)
        for life, count in zip(lives, taught, strict=True)
        for baseline in [_baseline(life, count, recipe, population)]
        for vector in life.vectors[count:]
        if vector.t1_ns <= life.early_end_ns or vector.t0_ns >= life.late_start_ns
    ]
    z, mask, positive, units, t0_ns = zip(*rows, strict=True)
    return TrainingSet(
        spec_id=lives[0].vectors[0].spec_id,
        feature_names=feature_names,
        z=np.array(z),
        mask=np.array(mask),
        positive=np.array(positive),
        units=np.array(units, dtype=object),
        t0_ns=np.array(t0_ns),
        population=population,
    )


def early_late_scores(left_out: Sequence[LeftOutLife]) -> tuple[Floats, list[str], list[str]]:
    """Logits of the scored windows of left-out lives, for AUROC: scores, labels, units."""
    scores, labels, units = [], [], []
    for one in left_out:
        for judgement in one.judgements:
            late = judgement.vector.t0_ns >= one.life.late_start_ns
            early = judgement.vector.t1_ns <= one.life.early_end_ns
            if judgement.triage.logit is None or not (late or early):
                continue
            scores.append(judgement.triage.logit)
            labels.append("late" if late else "early")
            units.append(one.life.unit_id)
    return np.array(scores), labels, units


def _healthy_rises(life: Life, count: int, recipe: Recipe) -> tuple[Floats, Mask]:
    baseline = _baseline(life, count, recipe, None)
    early = [v for v in life.vectors[count:] if v.t1_ns <= life.early_end_ns]
    found = [baseline.deviation(vector) for vector in early]
    return np.array([one.rise for one in found]), np.array([one.mask for one in found])


def _learning_count(life: Life, recipe: Recipe) -> int:
    rule = recipe.learning
    count = learning_windows(life.vectors, minimum=rule.minimum, span_s=rule.span_s)
    if count is None:
        raise TooFewWindows(
            f"unit {life.unit_id!r}: {len(life.vectors)} windows end before the learning period "
            f"of {rule.minimum} windows and {rule.span_s:g} s does"
        )
    return count


def _baseline(life: Life, count: int, recipe: Recipe, population: Floats | None) -> Baseline:
    return learn_baseline(
        life.vectors[:count], minimum=recipe.learning.minimum, population=population
    )
