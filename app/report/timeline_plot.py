"""The whole replay at a glance: probability with its interval, states, alarms and findings."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from app.report.canvas import new_figure, plain
from app.report.palette import LIGHT
from app.report.ribbon import Run, broken, runs
from app.report.story import OPERATION, SENSOR_STATES, STATES, Story
from app.report.time_axis import TimeAxis
from app.report.trend import TrendTable
from app.report.words import condition_words, confidence_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FARTHEST = 13.8
"""Log-odds are shown to here: one in a million."""
TICKS = (1e-6, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.999999)
MOST_FINDINGS = 5
WORDED = 0.07
"""A run at least this share of the axis is named inside it."""


def timeline_figure(story: Story) -> "Figure":
    """Draw one motor's replay over time."""
    table = story.trend
    time = TimeAxis(story.clock, int(table.t0_ns[0]), int(table.t1_ns[-1]))
    scored = bool(np.isfinite(_column(table.mean, "probability")).any())
    rows = 2 + bool(story.alarms) + min(len(story.sightings), MOST_FINDINGS)
    lane = 0.3 * rows
    figure = new_figure(11.0, (2.6 if scored else 0.0) + lane + 0.6)
    if scored:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.4, lane])
        _draw_probability(upper, story, table, time)
    else:
        lower = figure.subplots()
    _draw_lanes(lower, story, table, time)
    time.dress(lower)
    return figure


def _column(values: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    column: npt.NDArray[np.float64] = values[:, OPERATION.index(name)]
    return column


def _logit(probability: npt.ArrayLike) -> npt.NDArray[np.float64]:
    p = np.clip(np.asarray(probability, np.float64), 1e-9, 1 - 1e-9)
    return np.clip(np.log(p) - np.log1p(-p), -FARTHEST, FARTHEST)


def _draw_probability(axes: "Axes", story: Story, table: TrendTable, time: TimeAxis) -> None:
    x = time.places((table.t0_ns + table.t1_ns) // 2)
    low = _logit(_column(table.low, "probability_low"))
    high = _logit(_column(table.high, "probability_high"))
    mean = _logit(_column(table.mean, "probability"))
    x, low, high, mean = broken(table, x, low, high, mean)
    axes.fill_between(
        x, low, high, color=LIGHT["signal-soft"], alpha=0.55, linewidth=0, label="95 % interval"
    )
    axes.plot(x, mean, color=LIGHT["signal"], linewidth=1.3, label="probability of a fault")
    drawn = [low, high, mean]
    if story.thresholds is not None:
        drawn.append(_draw_thresholds(axes, story.thresholds.alert, story.thresholds.danger))
    for alarm in story.alarms:
        axes.axvline(
            time.place(alarm.opened_ns), color=LIGHT["danger"], linewidth=0.8, linestyle=":"
        )
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


def _draw_lanes(axes: "Axes", story: Story, table: TrendTable, time: TimeAxis) -> None:
    plain(axes)
    axes.tick_params(axis="x", length=3)
    axes.spines["bottom"].set_visible(True)
    names = ["asset health"]
    _draw_states(axes, table, time, 0)
    if story.alarms:
        names.append("alarms")
        _draw_alarms(axes, story, time, 1)
    for sighting in story.sightings[:MOST_FINDINGS]:
        said = confidence_words(sighting.strongest.confidence)
        _draw_sighting(axes, len(names), time.places([sighting.first_ns, sighting.last_ns]), said)
        names.append(condition_words(sighting.strongest.condition))
    _draw_sensors(axes, table, time, len(names))
    names.append("sensors")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.55)


def _draw_states(axes: "Axes", table: TrendTable, time: TimeAxis, at: int) -> None:
    for run in runs(table, _column(table.high, "state")):
        state = STATES[run.value]
        hatch = "////" if state in ("unmonitored", "learning") else None
        _bar(axes, run, time, at, 0.72, facecolor=LIGHT[state], hatch=hatch)
        dark = state in ("danger", "stopped")
        _name(axes, run, time, at, state, "#ffffff" if dark else "#10161d")


def _draw_sensors(axes: "Axes", table: TrendTable, time: TimeAxis, at: int) -> None:
    for run in runs(table, _column(table.high, "sensor")):
        fine = run.value == 0
        colour = LIGHT["sensor-normal" if fine else "sensor"]
        _bar(axes, run, time, at, 0.16 if fine else 0.42, facecolor=colour)
        if not fine:
            said = SENSOR_STATES[run.value].replace("_", " ")
            _name(axes, run, time, at, said, "#ffffff")


def _draw_alarms(axes: "Axes", story: Story, time: TimeAxis, at: int) -> None:
    for alarm in story.alarms:
        first = time.place(alarm.opened_ns)
        last = time.place(story.last_ns if alarm.closed_ns is None else alarm.closed_ns)
        colour = LIGHT["danger" if alarm.state == "danger" else "alert-line"]
        axes.plot([first, last], [at, at], color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot(first, at, marker="v", markersize=7, color=colour)


def _draw_sighting(
    axes: "Axes", at: int, places: npt.NDArray[np.float64], confidence: str
) -> None:
    face = LIGHT["found"] if confidence != "low" else LIGHT["paper"]
    axes.plot(
        places, [at, at], color=LIGHT["found"], linewidth=1.6, marker="D", markersize=5,
        markerfacecolor=face,
    )  # fmt: skip
    axes.annotate(
        confidence, (float(places[0]), at), (-7, 0), textcoords="offset points", ha="right",
        va="center", fontsize=8, color=LIGHT["found"], annotation_clip=False,
    )  # fmt: skip


def _bar(axes: "Axes", run: Run, time: TimeAxis, at: int, height: float, **look: Any) -> None:
    first, last = time.places([run.t0_ns, run.t1_ns])
    axes.barh(at, last - first, height, first, linewidth=0, edgecolor=LIGHT["paper"], **look)


def _name(axes: "Axes", run: Run, time: TimeAxis, at: int, words: str, colour: str) -> None:
    first, last = time.places([run.t0_ns, run.t1_ns])
    if run.t1_ns - run.t0_ns >= WORDED * (time.last_ns - time.first_ns):
        axes.text((first + last) / 2, at, words, ha="center", va="center", color=colour, fontsize=8)
