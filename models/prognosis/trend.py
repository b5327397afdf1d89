"""Whether an indicator rises now, how fast, and whether ever faster.

Spans that end now are looked at: all of the history, its last half, the last quarter and so on.
The shortest that rises is reported, since damage accelerates and the latest pace is what counts;
the false rate is divided among the spans that a look tests (Bonferroni).
"""

from collections.abc import Iterator
from typing import Literal

import msgspec
import numpy as np

from models.prognosis.mann_kendall import inflation_of, mann_kendall
from models.prognosis.rules import PrognosisRules
from models.prognosis.series import Blocks

Pace = Literal["accelerating", "steady", "slowing"]
HOUR_S = 3600.0
SURE = 2.0
"""Standard errors from which a curvature is one."""


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """A significant rise that ends now.

    Attributes
    ----------
    blocks : int
        Of how many medians.
    span_s : float
        From the first to the last of them.
    p_value : float
        Chance of such a rise without a trend, times the number of spans that were tested.
    slope_db_per_h : float
        Sen's slope.
    acceleration_db_per_h2, acceleration_error : float
        Second derivative of a fitted parabola, and its standard error.
    pace : str
        ``accelerating``, ``steady`` or ``slowing``: whether that is beyond two standard errors.
    """

    blocks: int
    span_s: float
    p_value: float
    slope_db_per_h: float
    acceleration_db_per_h2: float
    acceleration_error: float
    pace: Pace


def spans(count: int, least: int) -> Iterator[int]:
    """Yield lengths of spans, the shortest first: count, its half, its quarter, none below least.

    Nothing is yielded where even the whole is shorter than `least`.
    """
    lengths = []
    while count >= least:
        lengths.append(count)
        count //= 2
    yield from reversed(lengths)


def find_trend(blocks: Blocks, rules: PrognosisRules) -> Trend | str:
    """Return the latest significant rise, or the reason why there is none.

    Parameters
    ----------
    blocks : Blocks
        Medians above the quiet level.
    rules : PrognosisRules
        False rate and least rise.
    """
    above_db, least_db = float(blocks.rise_db[-1]), rules.trend.least_rise_db
    lengths = list(spans(blocks.rise_db.size, rules.indicator.least_blocks))
    best, highest_db = 1.0, -np.inf
    for length in lengths:
        part = blocks.last(length)
        found = mann_kendall(part.t_s, part.rise_db)
        p_value = min(1.0, found.p_value * len(lengths))
        best = min(best, p_value)
        if p_value > rules.trend.false_rate:
            continue
        risen_db = found.slope * float(part.t_s[-1] - part.t_s[0])
        if min(risen_db, above_db) >= least_db:
            return _trend(part, p_value, found.slope)
        highest_db = max(highest_db, risen_db)
    if best > rules.trend.false_rate:
        return f"no significant rise: chance alone does as much with probability {best:.2g}"
    return (
        f"a rise of {highest_db:.1f} dB to {above_db:.1f} dB above the quiet level is significant "
        f"but small: both must be {least_db:g} dB"
    )


def _trend(part: Blocks, p_value: float, slope_per_s: float) -> Trend:
    acceleration, error = _curvature(part)
    pace: Pace = "steady"
    if abs(acceleration) > SURE * error:
        pace = "accelerating" if acceleration > 0.0 else "slowing"
    return Trend(
        blocks=part.t_s.size,
        span_s=float(part.t_s[-1] - part.t_s[0]),
        p_value=p_value,
        slope_db_per_h=slope_per_s * HOUR_S,
        acceleration_db_per_h2=acceleration,
        acceleration_error=error,
        pace=pace,
    )


def _curvature(part: Blocks) -> tuple[float, float]:
    """Twice the quadratic coefficient in dB/h2, and its error with autocorrelated residuals."""
    hours = part.t_s / HOUR_S
    # About the middle and in units of the span: else the normal equations are ill conditioned.
    span = float(hours[-1] - hours[0])
    u = (hours - hours.mean()) / span
    X = np.column_stack([np.ones_like(u), u, u**2])
    solution, *_ = np.linalg.lstsq(X, part.rise_db, rcond=None)
    residual = part.rise_db - X @ solution
    variance = float(residual @ residual) / (u.size - 3) * inflation_of(residual)
    error = float(np.sqrt(variance * np.linalg.inv(X.T @ X)[2, 2]))
    return 2.0 * float(solution[2]) / span**2, 2.0 * error / span**2
