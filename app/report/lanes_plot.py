"""States, alarms and findings over time as lanes; the sensors' own state apart from them."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.messages import Alarm
from app.report.canvas import plain
from app.report.columns import SENSOR_STATES, STATES, column
from app.report.palette import LIGHT
from app.report.ribbon import Run, runs
from app.report.story import Story
from app.report.time_axis import TimeAxis
from app.report.trend import TrendTable
from app.report.words import condition_words, confidence_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_FINDINGS = 5
WORDED = 0.07
"""A run at least this share of the axis is named inside it."""


def count_lanes(story: Story) -> int:
    """Return how many lanes a story needs."""
    return 2 + bool(story.alarms) + min(len(story.sightings), MOST_FINDINGS)


def draw_lanes(axes: "Axes", story: Story, table: TrendTable, time: TimeAxis) -> None:
    """Draw one lane each for state, alarms, findings and, apart from these, the sensors."""
    plain(axes)
    axes.tick_params(axis="x", length=3)
    axes.tick_params(axis="y", pad=9)
    axes.spines["bottom"].set_visible(True)
    names = ["asset health"]
    _draw_states(axes, table, time, 0)
    if story.alarms:
        names.append("alarms")
        _draw_alarms(axes, story, time, 1)
    for sighting in story.sightings[:MOST_FINDINGS]:
        said = confidence_words(sighting.strongest.confidence)
        seen_ns = np.clip([sighting.first_ns, sighting.last_ns], time.first_ns, time.last_ns)
        _draw_sighting(axes, len(names), time.places(seen_ns), said)
        names.append(condition_words(sighting.strongest.condition))
    _draw_sensors(axes, table, time, len(names))
    names.append("sensors")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.55)


def _draw_states(axes: "Axes", table: TrendTable, time: TimeAxis, at: int) -> None:
    for run in runs(table, column(table.high, "state")):
        state = STATES[run.value]
        hatch = "////" if state in ("unmonitored", "learning") else None
        _bar(axes, run, time, at, 0.72, LIGHT[state], hatch)
        _name(axes, run, time, at, state, LIGHT[f"on-{state}"])


def _draw_sensors(axes: "Axes", table: TrendTable, time: TimeAxis, at: int) -> None:
    for run in runs(table, column(table.high, "sensor")):
        fine = run.value == 0
        colour = LIGHT["sensor-normal" if fine else "sensor"]
        _bar(axes, run, time, at, 0.16 if fine else 0.42, colour)
        if not fine:
            said = SENSOR_STATES[run.value].replace("_", " ")
            axes.annotate(
                said, (time.place(run.t1_ns), at), (4, 0), textcoords="offset points", ha="left",
                va="center", fontsize=8, color=LIGHT["sensor"],
                bbox={"facecolor": LIGHT["paper"], "edgecolor": "none", "pad": 1.0},
            )  # fmt: skip


def alarm_colour(alarm: Alarm) -> str:
    """Return the colour of an alarm's marks."""
    return LIGHT["danger" if alarm.state == "danger" else "alert-line"]


def _draw_alarms(axes: "Axes", story: Story, time: TimeAxis, at: int) -> None:
    for alarm in story.alarms:
        first = time.place(alarm.opened_ns)
        last = time.place(story.last_ns if alarm.closed_ns is None else alarm.closed_ns)
        colour = alarm_colour(alarm)
        axes.plot([first, last], [at, at], color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot(first, at, marker="v", markersize=7, color=colour)


def _draw_sighting(axes: "Axes", at: int, places: npt.NDArray[np.float64], confidence: str) -> None:
    face = LIGHT["found"] if confidence != "low" else LIGHT["paper"]
    axes.plot(
        places, [at, at], color=LIGHT["found"], linewidth=1.6, marker="D", markersize=5,
        markerfacecolor=face, clip_on=False,
    )  # fmt: skip
    middle = float(places.mean())
    axes.annotate(
        confidence, (middle, at), (0, 2), textcoords="offset points", ha="center", va="bottom",
        fontsize=8, color=LIGHT["found"],
    )  # fmt: skip


def _bar(
    axes: "Axes",
    run: Run,
    time: TimeAxis,
    at: int,
    height: float,
    colour: str,
    hatch: str | None = None,
) -> None:
    first, last = time.places([run.t0_ns, run.t1_ns])
    axes.barh(
        at, last - first, height, first, linewidth=0, edgecolor=LIGHT["paper"], facecolor=colour,
        hatch=hatch,
    )  # fmt: skip


def _name(axes: "Axes", run: Run, time: TimeAxis, at: int, words: str, colour: str) -> None:
    first, last = time.places([run.t0_ns, run.t1_ns])
    if run.t1_ns - run.t0_ns >= WORDED * (time.last_ns - time.first_ns):
        axes.text((first + last) / 2, at, words, ha="center", va="center", color=colour, fontsize=8)
