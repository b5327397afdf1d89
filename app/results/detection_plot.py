"""The picture of detection curves: the share named right at falling level, a panel a kind."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.report.canvas import house_style, new_figure, write_figure
from app.report.palette import LIGHT
from app.results.detection_settings import BEARINGS, SETTINGS, SHAFT
from app.results.detection_tables import CURVES
from app.results.result import Cell, Result
from sensors.conditions import Condition
from sensors.simulator.fault import CURRENT_CONDITIONS, LEVELLESS_CONDITIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEN, REFERENCED, SECOND = (setting.name for setting in SETTINGS)
PANELS: tuple[tuple[str, str, Sequence[Condition], str], ...] = (
    ("bearings, 10 s", TEN, BEARINGS, "level, dB"),
    ("bearings, 1 s with a gear's tone", SECOND, BEARINGS, "level, dB"),
    ("shaft and foot, 10 s", TEN, SHAFT, "level, dB"),
    ("shaft and foot, beside a capture in health", REFERENCED, SHAFT, "level, dB"),
    ("rotor, stator and supply, 10 s", TEN, tuple(CURRENT_CONDITIONS), "level, dB"),
    ("without a level, 10 s", TEN, tuple(LEVELLESS_CONDITIONS), "severity (1 is severe)"),
)
INKS = tuple(LIGHT[role] for role in ("signal", "found", "normal", "sensor", "alert", "danger"))
MARKS = ("o", "s", "^", "D", "v", "P")
Row = tuple[Cell, ...]


def draw(result: Result, path: Path) -> None:
    """Write the picture of a result of `detection`.

    Raises
    ------
    MissingDependency
        matplotlib is not installed.
    OutputError
        The file cannot be written.
    """
    rows = next(table.rows for table in result.tables if table.title == CURVES)
    with house_style():
        figure = new_figure(10.0, 10.5)
        panels = figure.subplots(3, 2, sharey=True)
        for axes, (title, setting, conditions, unit) in zip(panels.flat, PANELS, strict=True):
            axes.set(title=title, xlabel=f"{unit}, falling", ylim=(-0.04, 1.04))
            some = {one: [r for r in rows if r[:2] == (setting, one.value)] for one in conditions}
            _curves(axes, some)
        for axes in panels[:, 0]:
            axes.set_ylabel("share named right")
        figure.suptitle(
            "SYNTHETIC: simulated faults named right at falling level "
            "(solid: speed declared right; dotted: wrong by 2 or 5 %)"
        )
        write_figure(figure, path)


def _curves(axes: "Axes", some: Mapping[Condition, Sequence[Row]]) -> None:
    for (condition, rows), ink, mark in zip(some.items(), INKS, MARKS, strict=False):
        if rows:
            levels, shares, off = zip(*((row[2], row[3], row[5]) for row in rows), strict=True)
            axes.plot(levels, shares, mark, ls="-", ms=4, color=ink, label=condition.value)
            axes.plot(levels, off, mark, ls=":", ms=2.5, lw=0.9, color=ink)
    axes.axhline(0.95, color=LIGHT["muted"], lw=0.6, ls="--")
    axes.invert_xaxis()
    if axes.lines[1:]:
        axes.legend(loc="best", framealpha=0.8)
