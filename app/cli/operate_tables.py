"""Motors and alarms of a plant as an operator reads them, in a terminal or as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from app.alarms.event import AlarmEvent
from app.alarms.motor_state import MotorState, OpenAlarm
from app.cli.console import escape, state_text, table

PRIORITIES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
SHOWN = (
    "motor_id",
    "asset",
    "sensor",
    "operating",
    "online",
    "alarms",
    "maintenance",
    "interlock",
    "updated_ns",
)
"""What of a state is an operator's; the rest is its gateway's memory."""


def state_json(state: MotorState) -> dict[str, Any]:
    """Return a motor's state for a program."""
    return {name: getattr(state, name) for name in SHOWN}


def motor_table(states: Iterable[MotorState]) -> Table:
    """Return a row for each motor."""
    columns = ["motor", "health", "sensor", "operating", "heard", "maintenance", "trip", "alarms"]
    rows = table(None, columns)
    for state in states:
        rows.add_row(
            escape(state.motor_id),
            state_text(state.asset),
            state.sensor,
            state.operating,
            "yes" if state.online else "[bold red]no[/]",
            _maintenance(state),
            _latch(state),
            str(len(state.alarms)),
        )
    return rows


def alarm_table(states: Iterable[MotorState]) -> Table:
    """Return a row for each open alarm."""
    columns = ["alarm", "motor", "what", "priority", "state", "since", "shelved until"]
    rows = table(None, columns)
    for state in states:
        for alarm in state.alarms:
            rows.add_row(
                escape(alarm.alarm_id),
                escape(state.motor_id),
                escape(what_of(alarm)),
                f"[{PRIORITIES[alarm.priority]}]{alarm.priority}[/]",
                alarm.state.replace("_", " "),
                when(alarm.since_ns),
                "" if alarm.shelved_until_ns is None else when(alarm.shelved_until_ns),
            )
    return rows


def event_line(event: AlarmEvent) -> str:
    """Return one line, for rich, that says what happened."""
    style = PRIORITIES.get(event.priority or "", "white")
    about = event.key if event.condition is None else event.condition.value
    who = "" if event.operator is None else f" by {event.operator}"
    why = f": {'; '.join(event.reasons)}" if event.reasons else ""
    said = f"{event.motor_id} {about or 'motor'} {event.event}{who}{why}"
    which = "" if event.alarm_id is None else f" ({event.alarm_id})"
    return f"{when(event.at_ns)} [{style}]{event.priority or '-':8}[/] {escape(said + which)}"


def what_of(alarm: OpenAlarm) -> str:
    """Return what an alarm is about."""
    return alarm.key if alarm.condition is None else alarm.condition.value


def when(ns: int) -> str:
    """Return an instant as UTC, for people."""
    try:
        return f"{datetime.fromtimestamp(ns / 1e9, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError, OSError):
        return f"{ns} ns"


def _maintenance(state: MotorState) -> str:
    known = state.maintenance
    if known is None:
        return ""
    return escape(f"until {when(known.until_ns)}, {known.operator}: {known.reason}")


def _latch(state: MotorState) -> str:
    latch = state.interlock
    if latch is None:
        return ""
    armed = "" if latch.commissioned else ", not commissioned"
    return f"[bold red]TRIPPED[/]{armed}" if latch.tripped else f"released{armed}"
