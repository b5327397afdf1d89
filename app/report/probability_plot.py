"""The probability of a fault over time, on an axis of log-odds named in percent."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.report.columns import column
from app.report.lanes_plot import alarm_colour
from app.report.palette import LIGHT
from app.report.ribbon import broken
from app.report.story import Story
from app.report.time_axis import TimeAxis
from app.report.trend import TrendTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FARTHEST = 13.8
"""Log-odds are shown to here: one in a million."""
TICKS = (1e-6, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.999999)


def _logit(probability: npt.ArrayLike) -> npt.NDArray[np.float64]:
    p = np.clip(np.asarray(probability, np.float64), 1e-9, 1 - 1e-9)
    odds: npt.NDArray[np.float64] = np.log(p) - np.log1p(-p)
    return odds.clip(-FARTHEST, FARTHEST)


def draw_probability(axes: "Axes", story: Story, table: TrendTable, time: TimeAxis) -> None:
    """Draw the probability of a fault with its interval and the release's thresholds."""
    x = time.places(table.middle_ns)
    low = _logit(column(table.low, "probability_low"))
    high = _logit(column(table.high, "probability_high"))
    mean = _logit(column(table.mean, "probability"))
    x, low, high, mean = broken(table, x, low, high, mean)
    axes.fill_between(
        x, low, high, color=LIGHT["signal-soft"], alpha=0.55, linewidth=0, label="95 % interval"
    )
    axes.plot(x, mean, color=LIGHT["signal"], linewidth=1.3, label="probability of a fault")
    drawn = [low, high, mean]
    if story.thresholds is not None:
        drawn.append(_draw_thresholds(axes, story.thresholds.alert, story.thresholds.danger))
    for alarm in story.alarms:
        colour = alarm_colour(alarm)
        axes.axvline(time.place(alarm.opened_ns), color=colour, linewidth=0.8, linestyle=":")
    _dress_odds(axes, np.concatenate(drawn))
    axes.set_ylabel("probability of a fault")
    axes.set_title("Stage 1: probability of a fault, with its 95 % interval", pad=16)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.1)


def _draw_thresholds(axes: "Axes", alert: float, danger: float) -> npt.NDArray[np.float64]:
    placed = np.clip([alert, danger], -FARTHEST, FARTHEST)
    for at, name, colour in zip(
        placed, ("alert", "danger"), (LIGHT["alert-line"], LIGHT["danger"]), strict=True
    ):
        axes.axhline(at, color=colour, linewidth=1.0, linestyle=(0, (5, 3)))
        axes.text(
            1.004, at, name, transform=axes.get_yaxis_transform(), color=colour, va="center",
            fontsize=8,
        )  # fmt: skip
    return placed


def _dress_odds(axes: "Axes", drawn: npt.NDArray[np.float64]) -> None:
    """Scale the axis by log-odds, so that 99 % and 99.99 % are not the same; name it in percent."""
    seen = drawn[np.isfinite(drawn)]
    low, high = float(seen.min()) - 0.6, float(seen.max()) + 0.6
    axes.set_ylim(low, high)
    ticks = [p for p in TICKS if low <= _logit(p) <= high]
    if len(ticks) < 2:
        middle = 1 / (1 + np.exp(-(low + high) / 2))
        ticks = sorted({*ticks, float(f"{middle:.2g}")})
    axes.set_yticks([float(_logit(p)) for p in ticks], [_percent(p) for p in ticks])


def _percent(p: float) -> str:
    return f"{100 * p:.10g} %"
