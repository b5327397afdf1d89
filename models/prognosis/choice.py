"""Which level to trend: chosen on lives that ended, never on the motor that is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.prognosis.population import end_rise_db
from models.prognosis.rules import PrognosisRules
from models.prognosis.series import LevelSeries, blocks_of
from models.robust import Floats
from sensors.errors import MissingChannel, TooFewWindows

SURE = 2.0
"""Standard errors from which a rival is better than the level that physics prefers."""


@dataclass(frozen=True, slots=True)
class Suitability:
    """How well a level tells the way to failure on known lives.

    Attributes
    ----------
    indicator : str
        Which level.
    monotonicity : float
        Mean over lives of Kendall's tau with time in the second half of the life, -1 to 1.
    prognosability : float
        ``exp(-sd / mean)`` of the rises at the end: 1 where all lives end at one level.
    without : array, shape (N,)
        The sum of both with each of N lives left out.
    """

    indicator: str
    monotonicity: float
    prognosability: float
    without: Floats

    @property
    def score(self) -> float:
        """Sum of both."""
        return self.monotonicity + self.prognosability

    def clearly_better(self, other: "Suitability") -> bool:
        """Whether it leads by more than two standard errors of the difference (jackknife)."""
        lead = self.without - other.without
        error = float(np.sqrt((lead.size - 1) * lead.var()))
        return self.score - other.score > SURE * error


def suitability(lives: Sequence[LevelSeries], rules: PrognosisRules) -> Suitability:
    """Measure one level on lives up to their ends.

    Source: J. Coble and J. W. Hines, Identifying optimal prognostic parameters from data, PHM 2009;
    Kendall's tau in place of their count of signs, which noise decides.

    Parameters
    ----------
    lives : sequence of LevelSeries
        Two or more.
    rules : PrognosisRules
        For the medians.

    Raises
    ------
    TooFewWindows
        A life is too short, or there are fewer than two.
    """
    if len(lives) < 2:
        raise TooFewWindows(f"{len(lives)} lives; to compare levels needs two or more")
    taus = np.array([_tau(blocks_of(life, rules.indicator).rise_db) for life in lives])
    ends = np.array([end_rise_db(life, rules) for life in lives])
    without = [
        float(np.delete(taus, at).mean()) + _prognosability(np.delete(ends, at))
        for at in range(len(lives))
    ]
    return Suitability(
        lives[0].indicator, float(taus.mean()), _prognosability(ends), np.array(without)
    )


def choose_indicator(
    candidates: Mapping[str, Sequence[LevelSeries]], rules: PrognosisRules
) -> Suitability:
    """Return the preferred of several levels, unless another is clearly better.

    Few lives cannot tell close rivals apart, and most of them rise at their very end only: what
    physics prefers stands until lives speak against it.

    Parameters
    ----------
    candidates : mapping of str to sequence of LevelSeries
        In order of preference, each measured on the same lives.
    rules : PrognosisRules
        For the medians.

    Raises
    ------
    MissingChannel
        No level was measured in every life.
    """
    if not candidates:
        raise MissingChannel("no level was measured in every life; prognosis needs vibration")
    preferred, *rivals = (suitability(lives, rules) for lives in candidates.values())
    better = [rival for rival in rivals if rival.clearly_better(preferred)]
    return max(better, key=lambda one: one.score, default=preferred)


def _prognosability(ends: Floats) -> float:
    mean = float(ends.mean())
    return float(np.exp(-ends.std() / mean)) if mean > 0.0 else 0.0


def _tau(values: Floats) -> float:
    late = values[values.size // 2 :]
    first, second = np.triu_indices(late.size, 1)
    return float(np.sign(late[second] - late[first]).mean())
