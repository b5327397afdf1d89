"""Sampling rate from a column of times, where a table has one."""

import math
import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from sensors.recordings.fields import parse_number

MIN_STEP_S = 1e-9
FEW = 0.02
"""Share of equal neighbours beyond which times were rounded to more than their step."""
SURE = 1e-3
"""Share of the whole span that times may be rounded to, where neighbours are equal."""
ROUNDING = 1.1
"""Spread about a line in units of the last digit: one by rounding, and the slope's own error."""
_UNITS_S = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_NAME = re.compile(
    r"(t|time|datetime|date_time|timestamp|seconds)"
    r"(?:[ _]*[\[(]?(s|sec|seconds|ms|us|µs|ns)[\])]?)?"
)


def is_time(name: str) -> bool:
    """Whether a column's name says that it holds times."""
    return _NAME.fullmatch(name.strip().lower()) is not None


def rate_from_times(name: str, texts: Sequence[str], decimal: str) -> float | None:
    """Return samples a second by the median step, None where the column does not tell.

    Parameters
    ----------
    name : str
        Name of the column, which may carry a unit (``time_ms``, ``t [us]``); else seconds.
    texts : sequence of str
        Its first values: numbers, or dates in ISO 8601.
    decimal : str
        Decimal mark.
    """
    match = _NAME.fullmatch(name.strip().lower())
    if match is None:
        return None
    numbers = [parse_number(text, decimal) for text in texts]
    if any(number is None for number in numbers):
        return rate_of([_epoch_s(text) for text in texts])
    return rate_of(np.array(numbers, np.float64) * _UNITS_S[match[2] or "s"])


def rate_of(times_s: Sequence[float] | npt.NDArray[np.float64]) -> float | None:
    """Return the rate of times in seconds, None unless they rise.

    The mean of the steps within half of the median step: gaps do not count, and rounded times
    even out. Where rounding makes neighbours equal, all of them must lie on a line but for it, and
    tell its slope well: else None.
    """
    times = np.asarray(times_s, np.float64)
    steps_s = np.diff(times)
    if steps_s.size == 0 or not np.all(np.isfinite(steps_s)):
        return None
    if np.any(steps_s == 0.0) and np.all(steps_s >= 0.0):
        even = _rounded_rate(times, steps_s)
        if even is not None:
            return even
    median_s = np.median(steps_s)
    if median_s < MIN_STEP_S:
        return None
    if np.mean(steps_s <= 0.0) > FEW:
        return None
    usual_s = np.mean(steps_s[np.abs(steps_s - median_s) <= median_s / 2])
    return float(f"{1.0 / usual_s:.9g}")


def _rounded_rate(
    times_s: npt.NDArray[np.float64], steps_s: npt.NDArray[np.float64]
) -> float | None:
    """Return the rate of times that are even but for coarse rounding; None where they are not."""
    span_s = float(times_s[-1] - times_s[0])
    if span_s < MIN_STEP_S:
        return None
    index = np.arange(times_s.size) - (times_s.size - 1) / 2
    step_s = float(index @ (times_s - times_s[0]) / (index @ index))
    # What rounding leaves spreads over one unit of the last digit, which no step is below.
    spread_s = float(np.ptp(times_s - times_s[0] - index * step_s))
    if spread_s > ROUNDING * steps_s[steps_s > 0.0].min() or spread_s > SURE * span_s:
        return None
    digits = 2 - math.floor(math.log10(spread_s / span_s))
    return float(f"{1.0 / step_s:.{digits}g}")


def _epoch_s(text: str) -> float:
    try:
        # Dates are compared with one another only, so their time zone does not matter.
        stamp = datetime.fromisoformat(text.strip().strip('"')).replace(tzinfo=None)
    except ValueError:
        return float("nan")
    return (stamp - datetime(1970, 1, 1)).total_seconds()
