"""One window, one decision: a hard limit and a second sense, so many windows, then a latch."""

import msgspec
from msgspec.structs import replace

from app.commands import Command
from app.interlock.config import InterlockConfig
from app.interlock.record import Decision, InterlockRecord, Quantity, Reading
from app.interlock.state import InterlockState, Run

Decided = tuple[InterlockState, InterlockRecord | None]


class Window(msgspec.Struct, frozen=True):
    """The window that readings are of, and when it was taken."""

    t0_ns: int
    t1_ns: int
    now_ns: int


def decide(
    state: InterlockState,
    readings: tuple[Reading, ...],
    window: Window,
    permissive: bool,
    config: InterlockConfig,
) -> Decided:
    """Take one window into account; a record where the decision is another than before.

    Once tripped it stays so, whatever comes: only `app.interlock.orders.obey` releases it.
    """
    if window.t0_ns == state.t0_ns:
        return state, None
    runs = _runs(state, readings, window, config)
    state = replace(
        state,
        runs=runs,
        t0_ns=window.t0_ns,
        t1_ns=window.t1_ns,
        seen_ns=window.now_ns,
        readings=readings,
        permissive=permissive,
    )
    if state.tripped:
        return state, None
    decision, over = _decision(state, config)
    if decision == "tripped":
        state = replace(state, tripped=True, initiator=over)
    if decision == state.decision:
        return state, None
    state = replace(state, decision=decision)
    return record(state, decision, _reason(decision, over, state, config), over=over, config=config)


def record(
    state: InterlockState,
    decision: Decision,
    reason: str,
    *,
    over: Quantity | None = None,
    config: InterlockConfig | None = None,
    command: Command | None = None,
) -> tuple[InterlockState, InterlockRecord]:
    """Write down a decision."""
    run = next((each for each in state.runs if each.quantity == over), None)
    agreeing = None if over is None or config is None else _agreeing(over, state.readings, config)
    written = InterlockRecord(
        motor_id=state.motor_id,
        boot_id=state.boot_id,
        seq=state.seq,
        t1_ns=state.t1_ns,
        decision=decision,
        reason=reason,
        tripped=state.tripped,
        commissioned=state.commissioned,
        permissive=state.permissive,
        over=over,
        agreeing=agreeing,
        windows=0 if run is None else run.windows,
        readings=state.readings,
        operator=None if command is None else command.operator,
        command_id=None if command is None else command.id,
    )
    return replace(state, seq=state.seq + 1), written


def is_usable(reading: Reading) -> bool:
    """Whether a reading may ask for a trip or agree with one."""
    return reading.value is not None and reading.unfit is None and not reading.still


def asks(reading: Reading, config: InterlockConfig) -> bool:
    """Whether a value is beyond its hard limit, fit or not."""
    trip = config.limits[reading.quantity].trip
    return trip is not None and reading.value is not None and reading.value > trip


def _agreeing(
    over: Quantity, readings: tuple[Reading, ...], config: InterlockConfig
) -> Quantity | None:
    """Return another sense that is beyond its own alert limit."""
    for each in readings:
        beyond = each.value is not None and each.value > config.limits[each.quantity].alert
        if each.quantity != over and is_usable(each) and beyond:
            return each.quantity
    return None


def _runs(
    state: InterlockState, readings: tuple[Reading, ...], window: Window, config: InterlockConfig
) -> tuple[Run, ...]:
    before = {run.quantity: run for run in state.runs} if _follows(state, window) else {}
    agreed = [
        each.quantity
        for each in readings
        if asks(each, config) and is_usable(each) and _agreeing(each.quantity, readings, config)
    ]
    return tuple(_longer(before.get(quantity), quantity, window) for quantity in agreed)


def _longer(run: Run | None, quantity: Quantity, window: Window) -> Run:
    if run is None:
        return Run(quantity, 1, window.t0_ns)
    return Run(quantity, run.windows + 1, run.since_ns)


def _follows(state: InterlockState, window: Window) -> bool:
    """Whether a window is the one after the last: no gap, and no clock that was set."""
    if state.t0_ns is None:
        return False
    step_ns = window.t0_ns - state.t0_ns
    return 0 < 2 * step_ns <= 3 * (window.t1_ns - window.t0_ns)


def _decision(state: InterlockState, config: InterlockConfig) -> tuple[Decision, Quantity | None]:
    due = next((run.quantity for run in state.runs if _is_due(run, state, config)), None)
    if due is not None:
        if not state.commissioned:
            return "not_commissioned", due
        return ("tripped" if state.permissive else "no_permissive"), due
    if state.runs:
        return "counting", state.runs[0].quantity
    over = [each for each in state.readings if asks(each, config)]
    sound = [each for each in over if is_usable(each)]
    if sound:
        return "one_sense", sound[0].quantity
    return ("unfit", over[0].quantity) if over else ("normal", None)


def _is_due(run: Run, state: InterlockState, config: InterlockConfig) -> bool:
    lasted_s = (state.t1_ns - run.since_ns) / 1e9
    return run.windows >= config.windows and lasted_s >= config.limits[run.quantity].for_s


WORDS: dict[Decision, str] = {
    "counting": "counting windows",
    "one_sense": "no second sense agrees, so no trip",
    "not_commissioned": "would have tripped, but is not commissioned",
    "no_permissive": "would have tripped, but the plant does not permit it",
    "tripped": "tripped",
}


def _reason(
    decision: Decision, over: Quantity | None, state: InterlockState, config: InterlockConfig
) -> str:
    if over is None:
        return "no quantity is beyond its trip limit"
    reading = next(each for each in state.readings if each.quantity == over)
    said = f"{over} {reading.value:.4g} is beyond {config.limits[over].trip:g}"
    if decision == "unfit":
        why = reading.unfit or "the motor stands still by its audit"
        return f"{said}, but {why}"[:2000]
    agreeing = _agreeing(over, state.readings, config)
    beside = "" if agreeing is None else f", {agreeing} agrees"
    return f"{said}{beside}: {WORDS[decision]}"
