"""UTC for those who watch for silence: it never goes back, never stands still, and says of leaps.

A clock that is set back an hour would otherwise hide every silent sensor for that hour, and one
that is set forward would take every motor for silent at once.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

LEAP_NS = 2_000_000_000
"""More than this is no correction of a clock's rate: the clock was set, or the machine slept."""


class Moment(NamedTuple):
    """The time, and by how much it leapt forward since it was last asked for."""

    now_ns: int
    leapt_ns: int


class SteadyClock:
    """Goes on at its own pace while UTC lags behind it, and follows UTC forward.

    Parameters
    ----------
    utc_ns, steady_ns : callable
        Wall clock, and one that never goes back.
    """

    def __init__(
        self,
        utc_ns: Callable[[], int] = time.time_ns,
        steady_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._utc_ns, self._steady_ns = utc_ns, steady_ns
        self._now_ns, self._asked_ns = utc_ns(), steady_ns()

    def moment(self) -> Moment:
        """Return the time."""
        asked_ns = self._steady_ns()
        expected_ns = self._now_ns + asked_ns - self._asked_ns
        self._asked_ns, self._now_ns = asked_ns, max(expected_ns, self._utc_ns())
        leapt_ns = self._now_ns - expected_ns
        return Moment(self._now_ns, leapt_ns if leapt_ns > LEAP_NS else 0)
