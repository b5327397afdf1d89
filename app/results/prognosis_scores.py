"""Scores of remaining-life estimates over bearings: each bearing counts once."""

from collections.abc import Callable, Sequence

import numpy as np

from app.results.result import Cell
from models.intervals import Interval, proportion_interval
from models.life import verdict_of
from models.prognosis.score import phm08_score, phm12_accuracy, within_alpha
from models.prognosis.withheld_life import Look, WithheldLife

Estimate = Callable[[Look], float | None]


def model_median(look: Look) -> float | None:
    """Return the model's median; None where it abstained or has none."""
    return None if look.model is None else look.model[1]


def straight_line(look: Look) -> float | None:
    """Return the linear extrapolation; None without a trend."""
    return look.line_s


def mean_life(look: Look) -> float | None:
    """Return the mean life of the others less the age."""
    return look.mean_life[1]


def covers(bounds: tuple[float | None, ...], truth: float) -> bool:
    """Whether an interval holds the truth; a missing upper bound is open."""
    low, high = bounds[0], bounds[2]
    return low is not None and low <= truth and (high is None or truth <= high)


def first_word_covered(one: WithheldLife) -> bool:
    """Whether the interval at the first instant that it spoke held the truth."""
    first = one.spoken[0]
    return first.model is not None and covers(first.model, first.left_s)


def mean_life_covered(one: WithheldLife) -> bool:
    """Whether the interval of the mean life held the truth at half of the life."""
    half = look_nearest(one.looks, one.looks[-1].age_s + one.looks[-1].left_s, 0.5)
    return covers(half.mean_life, half.left_s)


def look_nearest(looks: Sequence[Look], life_s: float, share: float) -> Look:
    """Return the look nearest to a share of a life."""
    return min(looks, key=lambda look: abs(look.age_s - share * life_s))


def bearing_scores(
    one: WithheldLife, looks: Sequence[Look], estimate: Estimate
) -> tuple[float, float, float] | None:
    """Alpha share, PHM 2012 accuracy and PHM08 penalty of one bearing, means over its instants."""
    pairs = [(said, look.left_s) for look in looks if (said := estimate(look)) is not None]
    if not pairs:
        return None
    said, truth = np.array(pairs).T
    life_s = (one.life.end_ns - one.life.start_ns) / 1e9
    return (
        float(within_alpha(said, truth).mean()),
        float(phm12_accuracy(said, truth).mean()),
        float(phm08_score(said, truth, life_s).mean()),
    )


def mean_scores(
    judged: Sequence[WithheldLife], estimate: Estimate, *, where_spoken: bool
) -> tuple[float, float, float] | None:
    """Average over bearings, each counted once; None where no bearing has an estimate.

    Of the penalty it is the median: it grows exponentially, and one bearing would be the mean.
    """
    found = [
        score
        for one in judged
        if (score := bearing_scores(one, one.spoken if where_spoken else one.looks, estimate))
    ]
    if not found:
        return None
    alpha, accuracy, penalty = np.array(found).T
    return float(alpha.mean()), float(accuracy.mean()), float(np.median(penalty))


def trended(judged: Sequence[WithheldLife]) -> int:
    """Count bearings with a trend after their healthy part."""
    return sum(one.lead_s is not None for one in judged)


def coverage(hits: Sequence[bool]) -> Interval | None:
    """Return the exact interval of a coverage counted over bearings."""
    return proportion_interval(sum(hits), len(hits)) if hits else None


def prognosis_figures(judged: Sequence[WithheldLife]) -> dict[str, Cell]:
    """Return everything as flat figures."""
    spoke = [one for one in judged if one.spoken]
    hits = [first_word_covered(one) for one in spoke]
    interval = coverage(hits)
    figures: dict[str, Cell] = {
        "bearings": len(judged),
        "spoke": len(spoke),
        "trend_before_end": trended(judged),
        "predicted": sum(verdict_of(one.lead_s) == "prediction" for one in judged),
        "early_trends": sum(bool(one.early) for one in judged),
        "covered": sum(hits),
        "coverage_low": None if interval is None else round(interval.low, 3),
        "coverage_high": None if interval is None else round(interval.high, 3),
        "mean_life_covered": sum(mean_life_covered(one) for one in judged),
    }
    rivals = {"model": model_median, "line": straight_line, "mean_life": mean_life}
    for name, estimate in rivals.items():
        scores = mean_scores(judged, estimate, where_spoken=True)
        for place, score in enumerate(("alpha", "phm12", "phm08")):
            figures[f"{name}_{score}"] = None if scores is None else round(scores[place], 3)
    return figures
