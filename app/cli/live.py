"""The live table of a replay: one row a recording, redrawn as its windows pass."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from app.cli.console import err, escape, out, state_text
from app.session import Window
from models.stage2.verdict import Stage2Verdict
from sensors.recordings.recording import Recording

REDRAW_S = 0.1
SHOWN = 12
"""Rows shown while running; the full table is printed at the end."""
UNBROKEN = 0.5
"""Share of its span that the windows of an unbroken recording cover at least."""


@dataclass(slots=True)
class Progress:
    """What is known of one recording's replay so far."""

    title: str
    duration_s: float | None
    started: float = field(default_factory=time.monotonic)
    windows: int = 0
    covered_s: float = 0.0
    state: str = "unmonitored"
    states: dict[str, int] = field(default_factory=dict)
    probability: str = ""
    verdict: str = ""
    sensor: str = "normal"
    alarms: int = 0
    first_ns: int | None = None
    span_s: float = 0.0
    wall_s: float = 0.0

    def take(self, window: Window) -> None:
        """Bring the row up to date with one window."""
        report = window.report
        self.windows += 1
        self.covered_s += (report.t1_ns - report.t0_ns) / 1e9
        self.state, self.sensor = window.state, report.sensor_status
        self.states[window.state] = self.states.get(window.state, 0) + 1
        if report.probability is not None:
            low, high = report.probability_low or 0.0, report.probability_high or 0.0
            self.probability = f"{report.probability:.2f} [{low:.2f}, {high:.2f}]"
        if window.alarm is not None and window.alarm.closed_ns is None:
            self.alarms += 1
        if window.fresh:
            self.verdict = verdict_text(window)
        self.first_ns = report.t0_ns if self.first_ns is None else self.first_ns
        self.span_s = (report.t1_ns - self.first_ns) / 1e9
        self.wall_s = time.monotonic() - self.started


def pace_text(rows: Sequence[Progress], wall_s: float) -> str:
    """Return how fast recordings pass: against real time, where no pauses between snapshots count.

    Snapshots of 0.1 s every ten seconds have no one real time to compare with.
    """
    wall_s = max(wall_s, 1e-3)
    if sum(row.covered_s for row in rows) < UNBROKEN * sum(row.span_s for row in rows):
        return f"{sum(row.windows for row in rows) / wall_s:.0f} windows/s"
    # The span, not the sum of the windows, which may overlap.
    return f"{sum(row.span_s for row in rows) / wall_s:.0f} x real time"


def verdict_text(window: Window) -> str:
    """Return the latest diagnosis as one line: the fault with its evidence, or why none."""
    said = window.diagnosis
    if said is None:
        return ""
    second = "" if window.stage2 is None else f" [dim]| {escape(stage2_text(window.stage2))}[/]"
    if said.findings:
        first = said.findings[0]
        return (
            f"[red]{first.condition.value}[/] ({first.confidence}): "
            f"{escape(first.evidence[0].text)}{second}"
        )
    if said.abstained:
        return f"[dim]{escape(said.abstained)}[/]{second}"
    return f"nothing found{second}"


def stage2_text(second: Stage2Verdict) -> str:
    """Return the second opinion as one line: what, how likely, where it was computed."""
    if second.abstained is not None:
        return f"stage 2 says nothing: {second.abstained}"
    where = f"{second.backend}, {second.latency_ms:.2f} ms, release {second.release_id[:8]}"
    if second.unknown:
        return f"stage 2 ({where}): unlike everything it has learnt"
    name = max(second.probabilities, key=second.probabilities.__getitem__)
    cause = second.explained.get(name)
    but = f", which {cause} explains" if cause else ""
    chance = second.probabilities[name]
    return f"stage 2, learnt from simulation ({where}): {name} {chance:.2f}{but}"


class LiveTable:
    """Draws the table on standard error while running, and prints it once at the end."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._rows: list[Progress] = []
        self._live = Live(console=err, auto_refresh=False, transient=True)
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()
        if self._rows:
            out.print(self._picture(self._rows, final=True))
            out.print(self._summary())

    def begin(self, recording: Recording) -> None:
        """Add a row for a recording whose windows come next."""
        with recording.open() as opened:
            duration_s = opened.duration_s
        self._rows.append(Progress(recording.title, duration_s))

    def window(self, window: Window) -> None:
        """Take one window of the current recording."""
        self._rows[-1].take(window)
        if time.monotonic() - self._drawn > REDRAW_S:
            self._live.update(self._picture(self._rows[-SHOWN:], final=False), refresh=True)
            self._drawn = time.monotonic()

    def _picture(self, rows: list[Progress], *, final: bool) -> Group:
        verdicts = [
            f"[bold]{escape(row.title)}[/]: {row.verdict or 'no diagnosis yet'}" for row in rows
        ]
        # While running, the latest says enough: the picture must fit the screen.
        return Group(self._table(rows, final=final), *(verdicts if final else verdicts[-1:]))

    def _table(self, rows: list[Progress], *, final: bool) -> Table:
        made = Table(
            title=f"replay {len(self._rows)} of {self._total}",
            title_justify="left",
            header_style="bold",
        )
        for column in ("recording", "progress", "pace", "state", "P(fault) [95 %]"):
            made.add_column(column, overflow="fold", min_width=min(len(column), 9))
        made.add_column("alarms", justify="right")
        for row in rows:
            done = 1.0 if final else row.covered_s / (row.duration_s or float("inf"))
            sensor = "" if row.sensor == "normal" else f" / sensor {row.sensor}"
            made.add_row(
                escape(row.title),
                f"{row.windows} windows" if final else ProgressBar(1.0, min(done, 1.0), width=14),
                pace_text([row], row.wall_s),
                state_text(row.state) + sensor,
                row.probability,
                str(row.alarms),
            )
        return made

    def _summary(self) -> str:
        windows = sum(row.windows for row in self._rows)
        covered = sum(row.covered_s for row in self._rows)
        # Until the last window: what is written afterwards, a report, is no replay.
        wall = self._rows[-1].started + self._rows[-1].wall_s - self._rows[0].started
        states: dict[str, int] = {}
        for row in self._rows:
            for state, count in row.states.items():
                states[state] = states.get(state, 0) + count
        spread = ", ".join(f"{count} {state_text(state)}" for state, count in states.items())
        return (
            f"{len(self._rows)} recording(s), {windows} windows, {covered:.0f} s of signal in "
            f"{wall:.1f} s ({pace_text(self._rows, wall)}): {spread}; "
            f"{sum(row.alarms for row in self._rows)} alarm(s)"
        )
