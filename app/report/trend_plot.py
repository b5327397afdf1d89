"""The features that moved most against their baseline, one from each kind of evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.report.canvas import new_figure, plain_numbers
from app.report.columns import OPERATION, STATES
from app.report.feature_scale import GROUPS, Shown, Values, group_of, shown, smallest_change
from app.report.palette import LIGHT
from app.report.ribbon import broken
from app.report.story import Story
from app.report.time_axis import TimeAxis
from app.report.trend import TrendTable, coarsen
from sensors.capture import Sense, Unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = 6
COLUMNS = 3
FEWEST_BINS = 30
"""Fewer show the scatter of the windows, not a trend."""
CLEAR_SPREADS = 4.0
"""A change of fewer spreads is not shown as one."""
BASELINE_SHARE = 0.2
"""Share of the start that serves as baseline where no window says it was learning."""
END_SHARE = 0.1
DRAWN_BINS = 240
"""A panel is no wider than this in pixels that matter."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One feature with how far it moved, in its own unit and in spreads of its baseline."""

    column: int
    group: str
    view: Shown
    before: float
    after: float
    spreads: float


def movements(story: Story, table: TrendTable) -> tuple[Movement, ...]:
    """Return the most telling features: the greatest mover of each kind, in order of kind.

    A kind is one of `feature_scale.GROUPS`. How far a feature moved is the difference between its
    last tenth and the median of its baseline, over the baseline's spread.
    """
    if len(table) < FEWEST_BINS:
        return ()
    early, late = _baseline_bins(table), slice(-max(round(END_SHARE * len(table)), 1), None)
    units = _units(story)
    best: dict[str, Movement] = {}
    for number, feature in enumerate(story.spec.features):
        values = table.mean[:, len(OPERATION) + number]
        before, after = _finite(values[early]), _finite(values[late])
        group = group_of(feature)
        if group is None or before.size < 2 or not after.size:
            continue
        centre, end = float(np.median(before)), float(np.median(after))
        spread = 1.4826 * float(np.median(np.abs(before - centre)))
        spreads = abs(end - centre) / max(spread, smallest_change(feature))
        if group not in best or spreads > best[group].spreads:
            view = shown(feature, units)
            best[group] = Movement(number, group, view, centre, end, spreads)
    chosen = sorted(best.values(), key=lambda m: -m.spreads)[:PANELS]
    order = [name for name, _ in GROUPS]
    return tuple(sorted(chosen, key=lambda m: order.index(m.group)))


def trend_figure(story: Story) -> "Figure | None":
    """Draw the most telling features over time; None where there is too little to draw."""
    table = story.trend
    moved = movements(story, table)
    if not moved:
        return None
    drawn = coarsen(table, DRAWN_BINS)
    columns = 2 if len(moved) in (2, 4) else COLUMNS
    rows = -(-len(moved) // columns)
    figure = new_figure(11.0, 1.95 * rows + 0.25)
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    time = TimeAxis(story.clock, int(table.t0_ns[0]), int(table.t1_ns[-1]))
    for axes, movement in zip(panels, moved, strict=False):
        _draw(axes, drawn, time, movement)
    for axes in panels[len(moved) :]:
        axes.set_axis_off()
    for axes in panels[max(len(moved) - columns, 0) : len(moved)]:
        time.dress(axes)
        axes.tick_params(labelbottom=True)
    return figure


def _baseline_bins(table: TrendTable) -> Values | slice:
    learning = table.mean[:, OPERATION.index("state")] == STATES.index("learning")
    if np.count_nonzero(learning) >= 3 and not learning.all():
        return np.flatnonzero(learning)  # type: ignore[return-value]
    return slice(0, max(round(BASELINE_SHARE * len(table)), 2))


def _finite(values: Values) -> Values:
    return values[np.isfinite(values)]


def _units(story: Story) -> Mapping[Sense, tuple[Unit, ...]]:
    channels = [measured.channel for measured in story.measured]
    return {c.sense: tuple(o.unit for o in channels if o.sense is c.sense) for c in channels}


def _draw(axes: "Axes", table: TrendTable, time: TimeAxis, movement: Movement) -> None:
    at, view = len(OPERATION) + movement.column, movement.view
    if view.is_log:
        axes.set_yscale("log")
    x = time.places(table.middle_ns)
    curves = (view.values(part[:, at]) for part in (table.low, table.mean, table.high))
    x, low, mean, high = broken(table, x, *curves)
    axes.fill_between(x, low, high, color=LIGHT["signal-soft"], alpha=0.55, linewidth=0)
    axes.plot(x, mean, color=LIGHT["signal"], linewidth=1.1)
    base = float(view.values(np.array([movement.before]))[0])
    axes.axhline(base, color=LIGHT["reference"], linewidth=1.0, linestyle=(0, (5, 3)))
    _scale(axes, view, np.concatenate([low, high]), base)
    axes.set_ylabel(view.axis)
    axes.set_title(view.title, fontsize=9)
    clear = movement.spreads >= CLEAR_SPREADS
    axes.text(
        0.99, 0.97, view.change(movement.before, movement.after), transform=axes.transAxes,
        ha="right", va="top", fontsize=8.5, color=LIGHT["found" if clear else "muted"],
        fontweight="bold" if clear else "normal",
    )  # fmt: skip


def _scale(axes: "Axes", view: Shown, drawn: Values, base: float) -> None:
    """Leave room above for the change; span a factor of two, lest noise look like news."""
    seen = drawn[np.isfinite(drawn)]
    low, high = float(seen.min(initial=base)), float(seen.max(initial=base))
    if not view.is_log:
        room = max(high - low, 1e-3 * abs(base), 1e-6)
        axes.set_ylim(low - 0.08 * room, high + 0.25 * room)
        return
    low, high = min(low, base / 1.4), max(high, base * 1.4)
    axes.set_ylim(low / 1.1, high * (high / low) ** 0.25)
    plain_numbers(axes)
