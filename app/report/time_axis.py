"""How instants are put before people: on an axis, and in words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sensors.capture import Clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NS = 1_000_000_000
DAY_S = 86_400.0
UNITS = ((2 * DAY_S, DAY_S, "days"), (2 * 3600.0, 3600.0, "hours"), (120.0, 60.0, "minutes"))
"""From this span on, one unit is so many seconds, and is called so."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Turns instants into places on an axis.

    Attributes
    ----------
    clock : str
        ``utc`` shows dates; ``unknown`` shows time since the start.
    first_ns, last_ns : int
        What is shown.
    """

    clock: Clock
    first_ns: int
    last_ns: int

    @property
    def _unit(self) -> tuple[float, str]:
        span_s = (self.last_ns - self.first_ns) / NS
        return next(((s, name) for least, s, name in UNITS if span_s >= least), (1.0, "seconds"))

    def places(self, t_ns: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return where instants stand on the axis: days of the epoch, or units since the start."""
        # Floats: instants as far apart as an integer of nanoseconds allows must not wrap around.
        t = np.asarray(t_ns, np.float64)
        if self.clock == "utc":
            return t / (DAY_S * NS)
        return (t - self.first_ns) / (self._unit[0] * NS)

    def place(self, t_ns: int) -> float:
        """Return where one instant stands."""
        return float(self.places(t_ns))

    def dress(self, axes: "Axes") -> None:
        """Set limits, ticks and label of an axes whose x is time."""
        first, last = self.places([self.first_ns, self.last_ns])
        axes.set_xlim(first, last if last > first else first + 1.0)
        if self.clock != "utc":
            axes.set_xlabel(f"{self._unit[1]} from the start of the recording")
            return
        from matplotlib import dates

        locator = dates.AutoDateLocator(tz=UTC)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        formatter = dates.ConciseDateFormatter(locator, tz=UTC)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(formatter)
        axes.set_xlabel("time (UTC)")


def say_instant(t_ns: int, clock: Clock, first_ns: int) -> str:
    """Return an instant in words: a UTC date, or how long after the recording's start."""
    if clock == "utc":
        # Integer arithmetic: a float of seconds would round the last digits.
        moment = datetime.fromtimestamp(t_ns // NS, UTC)
        return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return say_duration((t_ns - first_ns) / NS)


def say_duration(seconds: float) -> str:
    """Return a duration as ``3 d 4 h``, ``2 h 05 min``, ``4 min 30 s`` or ``12.5 s``."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = whole // 60
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"
