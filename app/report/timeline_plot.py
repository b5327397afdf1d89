"""The whole replay at a glance: probability, operating point, and lanes of what was decided."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from app.report.canvas import new_figure
from app.report.columns import column
from app.report.lanes_plot import count_lanes, draw_lanes
from app.report.palette import LIGHT
from app.report.probability_plot import draw_probability
from app.report.ribbon import broken
from app.report.story import Story
from app.report.time_axis import TimeAxis
from app.report.trend import TrendTable, coarsen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Draw = Callable[["Axes", Story, TrendTable, TimeAxis], None]

DRAWN_BINS = 500
LANE_IN = 0.3
LOAD_MOVES = 0.05
"""The load is drawn where it moves by more of the rated load."""
SPEED_MOVES = 0.01
"""Else the speed, where it moves by more, relative."""


def timeline_figure(story: Story) -> "Figure":
    """Draw one motor's replay over time."""
    table = coarsen(story.trend, DRAWN_BINS)
    time = TimeAxis(story.clock, int(table.t0_ns[0]), int(table.t1_ns[-1]))
    panels: list[tuple[float, Draw]] = []
    if np.isfinite(column(table.mean, "probability")).any():
        panels.append((2.4, draw_probability))
    if _moves(table, "load", LOAD_MOVES):
        panels.append((0.7, _draw_load))
    elif _moves(table, "speed_rpm", SPEED_MOVES, relative=True):
        panels.append((0.7, _draw_speed))
    panels.append((LANE_IN * count_lanes(story), draw_lanes))
    heights = [height for height, _ in panels]
    figure = new_figure(11.0, sum(heights) + 0.6)
    axes = figure.subplots(len(panels), 1, sharex=True, height_ratios=heights, squeeze=False)
    for place, (_, draw) in zip(axes.ravel(), panels, strict=True):
        draw(place, story, table, time)
    time.dress(axes[-1, 0])
    return figure


def _moves(table: TrendTable, name: str, least: float, *, relative: bool = False) -> bool:
    low, high = column(table.low, name), column(table.high, name)
    known = np.isfinite(low)
    if not known.any():
        return False
    lowest, highest = float(low[known].min()), float(high[known].max())
    return highest - lowest > (least * abs(highest) if relative else least)


def _draw_load(axes: "Axes", story: Story, table: TrendTable, time: TimeAxis) -> None:
    del story
    _draw_point(axes, table, time, "load", 100.0)
    axes.set_ylabel("load (%)")


def _draw_speed(axes: "Axes", story: Story, table: TrendTable, time: TimeAxis) -> None:
    del story
    _draw_point(axes, table, time, "speed_rpm", 1.0)
    axes.set_ylabel("speed (rpm)")


def _draw_point(axes: "Axes", table: TrendTable, time: TimeAxis, name: str, scale: float) -> None:
    x = time.places(table.middle_ns)
    x, mean = broken(table, x, column(table.mean, name))
    axes.plot(x, scale * mean, color=LIGHT["other"], linewidth=1.1)
    axes.margins(y=0.2)
