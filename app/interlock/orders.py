"""What operators may order of an interlock: commission it, forbid it again, release its latch."""

from msgspec.structs import replace

from app.commands import Command, CommissionActuator, ResetTrip, is_known, remember, why_refused
from app.interlock.config import InterlockConfig
from app.interlock.decide import Decided, asks, is_usable, record
from app.interlock.state import InterlockState

FRESH_S = 10.0
"""A reset stands on a window of the last seconds."""
NOT_AT_WORK = (
    "nothing watches the motor just now: it is being begun anew, or its signals have ended; see "
    "the device's log, then give it anew"
)
DEMANDS = ("counting", "not_commissioned", "no_permissive")


def obey(
    state: InterlockState,
    command: Command,
    now_ns: int,
    config: InterlockConfig,
    *,
    clock_is_set: bool,
    at_work: bool = True,
) -> Decided:
    """Do what a command says, once, and record it or why it is refused; all, where none works.

    Commands that are not for the interlock change nothing. Forbidding actuation does not release
    a trip: only a reset does, and only when what tripped it is gone.
    """
    if not isinstance(command.act, ResetTrip | CommissionActuator):
        return state, None
    if is_known(state.commands, command):
        return state, None
    state = replace(state, commands=remember(state.commands, command))
    why = why_refused(command, now_ns if clock_is_set else None)
    why = why or (_why_not(state, command, now_ns, config) if at_work else NOT_AT_WORK)
    if why is not None:
        return record(state, "refused", why, command=command)
    if isinstance(command.act, ResetTrip):
        state = replace(state, tripped=False, initiator=None, runs=(), decision="normal")
        return record(state, "reset", f"reset: {command.act.reason}", command=command)
    return _commission(state, command, command.act)


def _commission(state: InterlockState, command: Command, act: CommissionActuator) -> Decided:
    state = replace(state, commissioned=act.on)
    decision = "commissioned" if act.on else "decommissioned"
    return record(
        state,
        "commissioned" if act.on else "decommissioned",
        f"{decision}: {act.reason}",
        command=command,
    )


def _why_not(
    state: InterlockState, command: Command, now_ns: int, config: InterlockConfig
) -> str | None:
    if isinstance(command.act, ResetTrip):
        return _why_no_reset(state, now_ns, config)
    assert isinstance(command.act, CommissionActuator)
    if command.act.on == state.commissioned:
        return f"it is {'commissioned already' if state.commissioned else 'not commissioned'}"
    if command.act.on and state.decision in DEMANDS:
        return "a limit is exceeded now, it would trip at once; look at the motor first"
    return None


def _why_no_reset(state: InterlockState, now_ns: int, config: InterlockConfig) -> str | None:
    if not state.tripped:
        return "it has not tripped"
    if state.seen_ns is None or not 0 <= now_ns - state.seen_ns <= FRESH_S * 1e9:
        return f"nothing was measured in the last {FRESH_S:g} s; nobody knows if it is gone"
    for each in state.readings:
        if asks(each, config) and (is_usable(each) or each.still):
            return f"{each.quantity} {each.value:.4g} is still beyond its trip limit"
    cause = next((each for each in state.readings if each.quantity == state.initiator), None)
    if cause is None or cause.value is None or cause.unfit is not None:
        why = "it is not measured" if cause is None else cause.unfit
        return f"{state.initiator} tripped it, and its sensor cannot tell that it is gone: {why}"
    alert = config.limits[cause.quantity].alert
    if cause.value > alert:
        return f"{cause.quantity} {cause.value:.4g} is still beyond its alert limit {alert:g}"
    return None
