"""Leave one life out: level and population from the others, then this life as it came in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from models.life import Life
from models.prognosis.choice import Suitability, choose_indicator
from models.prognosis.forecast import forecast
from models.prognosis.population import Population, learn_population
from models.prognosis.rules import PrognosisRules
from models.prognosis.series import LevelSeries, blocks_of, evenly, level_series
from models.prognosis.trend import HOUR_S, find_trend
from sensors.errors import MissingChannel, TooFewWindows

Bounds = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Look:
    """What was said at one instant of a life whose end is known.

    Attributes
    ----------
    age_s, left_s : float
        Since the first window, and to the end.
    model : tuple of three or None
        Low, median and high of the time left, None beyond any bound; None where it abstained.
    line_s : float or None
        A straight line through the trend up to the mean end of the others.
    mean_life : tuple of three
        Mean life of the others less the age, with its Student interval; zero where that is past.
    rise_db : float
        Of the last median above the quiet level so far.
    abstained : str or None
        Why nothing was foretold.
    """

    age_s: float
    left_s: float
    model: Bounds | None
    line_s: float | None
    mean_life: tuple[float, float, float]
    rise_db: float
    abstained: str | None


@dataclass(frozen=True, slots=True)
class WithheldLife:
    """One life, what the others taught, and what was said as it passed."""

    life: Life
    chosen: Suitability
    population: Population
    looks: tuple[Look, ...]

    @property
    def spoken(self) -> tuple[Look, ...]:
        """The instants at which it did not abstain."""
        return tuple(look for look in self.looks if look.model is not None)

    @property
    def early(self) -> tuple[Look, ...]:
        """Those of them in the healthy part: false trends, or very early ones."""
        return tuple(one for one in self.spoken if one.age_s * 1e9 <= self._healthy_ns)

    @property
    def lead_s(self) -> float | None:
        """From the first trend after the healthy part to the end; None where there is none."""
        late = [one for one in self.spoken if one.age_s * 1e9 > self._healthy_ns]
        return late[0].left_s if late else None

    @property
    def _healthy_ns(self) -> int:
        return self.life.early_end_ns - self.life.start_ns


def withhold_each(
    lives: Sequence[Life], names: Sequence[str], rules: PrognosisRules
) -> list[WithheldLife]:
    """Judge each life by what the others taught.

    Raises
    ------
    TooFewWindows
        Fewer than four lives: the others must be three or more.
    """
    if len(lives) < 4:
        raise TooFewWindows(f"{len(lives)} lives; leaving one out needs at least four")
    measured = measured_levels(lives, names, rules)
    judged = []
    for held in lives:
        others = [life for life in lives if life.unit_id != held.unit_id]
        taught = {
            name: [levels[life.unit_id] for life in others] for name, levels in measured.items()
        }
        chosen = choose_indicator(taught, rules)
        population = learn_population(taught[chosen.indicator], rules, origin="test")
        spans_s = np.array([(life.end_ns - life.start_ns) / 1e9 for life in others])
        looks = tuple(_looks(held, names, population, spans_s, rules))
        judged.append(WithheldLife(held, chosen, population, looks))
    return judged


def measured_levels(
    lives: Sequence[Life], names: Sequence[str], rules: PrognosisRules
) -> Mapping[str, Mapping[str, LevelSeries]]:
    """Return the candidates that every life has: by indicator, then by unit."""
    found: dict[str, dict[str, LevelSeries]] = {}
    for indicator in rules.indicator.candidates:
        try:
            found[indicator] = {
                life.unit_id: level_series(
                    life.unit_id, life.vectors, names, indicator, rules.indicator
                )
                for life in lives
            }
        except MissingChannel:
            continue
    return found


def _looks(
    life: Life,
    names: Sequence[str],
    population: Population,
    spans_s: np.ndarray,
    rules: PrognosisRules,
) -> list[Look]:
    series = level_series(life.unit_id, life.vectors, names, population.indicator, rules.indicator)
    first = rules.indicator.block_windows * rules.indicator.least_blocks - 1
    instants = series.t_ns[evenly(series.t_ns)][first:].tolist()
    return [
        _look(series.until(now), life, population, spans_s, rules)
        for now in instants
        if now < life.end_ns
    ]


def _look(
    seen: LevelSeries,
    life: Life,
    population: Population,
    spans_s: np.ndarray,
    rules: PrognosisRules,
) -> Look:
    blocks = blocks_of(seen, rules.indicator)
    age_s = (blocks.now_ns - life.start_ns) / 1e9
    tail = (1.0 - rules.hours.coverage) / 2.0
    trend = find_trend(blocks, rules)
    rise_db = float(blocks.rise_db[-1])
    model = line_s = None
    if not isinstance(trend, str):
        left = forecast(blocks, trend, population)
        low, median, high = (left.quantile_s(p) for p in (tail, 0.5, 1.0 - tail))
        model = (low, median, high)
        to_end_db = max(population.end_mean_db - rise_db, 0.0)
        line_s = to_end_db / trend.slope_db_per_h * HOUR_S
    return Look(
        age_s=age_s,
        left_s=(life.end_ns - blocks.now_ns) / 1e9,
        model=model,
        line_s=line_s,
        mean_life=_mean_life(spans_s, age_s, tail),
        rise_db=rise_db,
        abstained=trend if isinstance(trend, str) else None,
    )


def _mean_life(spans_s: np.ndarray, age_s: float, tail: float) -> tuple[float, float, float]:
    """Mean of other lives less the age, with the interval of one more life of the same kind."""
    n = spans_s.size
    spread_s = float(spans_s.std(ddof=1)) * float(np.sqrt(1.0 + 1.0 / n))
    reach = float(stdtrit(n - 1, 1.0 - tail)) * spread_s
    middle = float(spans_s.mean()) - age_s
    return max(middle - reach, 0.0), max(middle, 0.0), max(middle + reach, 0.0)
