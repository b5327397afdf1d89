"""When a raw capture goes up: on escalation, on request, and one random healthy one an hour.

The healthy one lies at a moment of each hour that a seed, the motor and the hour decide, so that
it is a fair sample (never "always at full load, five past the hour") and yet the same after a
restart: restarting a device neither adds a capture nor moves one.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache

from app.capture_message import MOST_ANSWERED, Reason

SECOND = 1_000_000_000
HOUR_NS = 3600 * SECOND


@dataclass(frozen=True, slots=True)
class CaptureSchedule:
    """The rule, which never changes.

    Attributes
    ----------
    motor_id, seed : str
        Two motors, and two seeds, have other moments.
    escalation_every_s : float
        A motor that goes on escalating sends no more than one capture in this time.
    """

    motor_id: str
    seed: str = ""
    escalation_every_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """What is remembered between windows.

    Attributes
    ----------
    escalated_ns : int or None
        When a capture last went up on escalation.
    wanted : tuple of str
        Commands that want one which has not gone up, by their identities.
    seen_ns : int or None
        The window before this one.
    owed_hour, sent_hour : int or None
        The hour, counted from epoch 0, whose moment came and whose capture waits for a healthy
        window; and the last one whose capture went up.
    """

    escalated_ns: int | None = None
    wanted: tuple[str, ...] = ()
    seen_ns: int | None = None
    owed_hour: int | None = None
    sent_hour: int | None = None


def request(state: ScheduleState, command_id: str) -> ScheduleState:
    """Note that a command wants a capture; several before it goes up are answered by one."""
    if command_id in state.wanted or len(state.wanted) == MOST_ANSWERED:
        return state
    return replace(state, wanted=(*state.wanted, command_id))


def due(
    schedule: CaptureSchedule, state: ScheduleState, t_ns: int, *, escalate: bool, healthy: bool
) -> tuple[ScheduleState, Reason | None]:
    """Return whether a raw capture goes up with the window at `t_ns`, and why.

    Parameters
    ----------
    t_ns : int
        Time of the window, by the clock of the data; it may jump.
    escalate, healthy : bool
        What stage 1 says of it; learning, stopped or alarmed motors are neither.
    """
    state = _with_moment(schedule, state, t_ns)
    if escalate and _long_ago(state.escalated_ns, t_ns, schedule.escalation_every_s):
        return replace(state, escalated_ns=t_ns, wanted=()), "escalation"
    if state.wanted:
        return replace(state, wanted=()), "request"
    hour = t_ns // HOUR_NS
    if healthy and not escalate and state.owed_hour == hour:
        return replace(state, owed_hour=None, sent_hour=hour), "healthy"
    return state, None


@lru_cache(maxsize=1024)
def healthy_moment_ns(schedule: CaptureSchedule, hour: int) -> int:
    """Return the moment of an hour, counted from epoch 0, at which its healthy capture is due."""
    text = f"{schedule.seed}\0{schedule.motor_id}\0{hour}".encode()
    drawn = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
    return hour * HOUR_NS + drawn * HOUR_NS // 2**64


def _with_moment(schedule: CaptureSchedule, state: ScheduleState, t_ns: int) -> ScheduleState:
    """Note whether this hour's moment came with this window.

    A device that starts after it owes nothing: another run may have sent that hour's capture.
    """
    hour = t_ns // HOUR_NS
    moment = healthy_moment_ns(schedule, hour)
    came = state.seen_ns is not None and state.seen_ns < moment <= t_ns
    owed = hour if came and state.sent_hour != hour else state.owed_hour
    return replace(state, seen_ns=t_ns, owed_hour=owed)


def _long_ago(before_ns: int | None, t_ns: int, every_s: float) -> bool:
    # Backwards is a clock that was set, not a reason to be silent for hours.
    return before_ns is None or not 0 <= t_ns - before_ns < every_s * SECOND
