"""All alarms of one operator position: `step(board, given, now_ns, rules) -> (board, events)`.

Pure: what comes in is one message or the passing of time, what comes out is the next board and
what is to be told. `now_ns` is the gateway's clock at receipt; it never runs backwards here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from msgspec import structs

from app.alarms.event import AlarmEvent
from app.alarms.flood import Recent, flood_due_ns, group
from app.alarms.hear import hear_diagnosis, hear_episode, hear_interlock, hear_report
from app.alarms.ledger import Said, together
from app.alarms.memory import resumed, stamped
from app.alarms.motor_state import MotorState
from app.alarms.obey import obey
from app.alarms.rules import AlarmRules
from app.alarms.timers import due_ns, pass_time
from app.commands import Command
from app.interlock.record import InterlockRecord
from app.messages import Alarm, DiagnosisMessage, Report
from sensors.errors import BadConfig, BadMessage


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing arrived; time has passed."""


Given = Report | DiagnosisMessage | Alarm | InterlockRecord | Command | Tick
Events = tuple[AlarmEvent, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """What one operator position watches.

    Attributes
    ----------
    position : str
        Its name, in the place of a motor's in topics and commands.
    motors : mapping of str to MotorState
        By motor_id, the position itself among them.
    now_ns : int
        The latest time it was given.
    recent : tuple of int
        When alarms were announced lately.
    """

    position: str
    motors: Mapping[str, MotorState]
    now_ns: int
    recent: Recent = ()


def new_board(
    position: str,
    boot_id: str,
    periods_s: Mapping[str, float],
    now_ns: int,
    *,
    retained: Iterable[MotorState] = (),
) -> Board:
    """Return a board, going on from retained states where there are any.

    Parameters
    ----------
    position : str
        Name of the operator position.
    boot_id : str
        Of this run of the gateway, never used before: identities of alarms stand on it.
    periods_s : mapping of str to float
        How often each motor reports.
    now_ns : int
        Every motor has two periods from now to be heard.
    retained : iterable of MotorState
        What the broker kept; those of other motors are left alone.

    Raises
    ------
    BadConfig
        A motor has the position's name.
    """
    if position in periods_s:
        raise BadConfig(f"operator position {position!r} has the name of a motor; rename it")
    known = {state.motor_id: state for state in retained}
    motors = {
        motor_id: resumed(known.get(motor_id), motor_id, boot_id, period_s, now_ns)
        for motor_id, period_s in periods_s.items()
    }
    motors[position] = resumed(known.get(position), position, boot_id, None, now_ns)
    return Board(position, motors, now_ns)


def step(
    board: Board, given: Given, now_ns: int, rules: AlarmRules, *, clock_is_set: bool = True
) -> tuple[Board, Events]:
    """Take one message, or the passing of time, into account.

    Parameters
    ----------
    clock_is_set : bool
        Whether `now_ns` is UTC; where it is not, commands that are dangerous late are refused.

    Raises
    ------
    BadMessage
        It is about a motor that is not watched.
    """
    now_ns = max(now_ns, board.now_ns)
    board = replace(board, now_ns=now_ns)
    if isinstance(given, Tick):
        return _settle(board, *_all_pass_time(board, rules), rules)
    motor = board.motors.get(given.motor_id)
    if motor is None:
        raise BadMessage(
            f"{type(given).__name__} about motor {given.motor_id[:200]!r}, which is not watched; "
            "add it to the gateway's configuration"
        )
    # Taken first: a report that comes just in time breaks the silence.
    motor, events = together(
        motor,
        lambda state: _take(state, given, now_ns, rules, clock_is_set),
        lambda state: pass_time(state, now_ns, rules),
    )
    return _settle(board, {motor.motor_id: motor}, events, rules)


def leap(board: Board, by_ns: int) -> Board:
    """Return the board after a clock was set forward: no silence and no delay lasted that long."""
    motors = {name: _moved(motor, by_ns) for name, motor in board.motors.items()}
    return replace(board, motors=motors, now_ns=board.now_ns + by_ns)


def _moved(motor: MotorState, by_ns: int) -> MotorState:
    since = ("heard_ns", "started_ns", "suspect_ns", "raised_ns")
    known = {name: at_ns for name in since if (at_ns := getattr(motor, name)) is not None}
    return structs.replace(motor, **{name: at + by_ns for name, at in known.items()})


def next_due_ns(board: Board, rules: AlarmRules) -> int | None:
    """Return when the next tick is needed at the latest, if one is."""
    position = board.motors[board.position]
    times = [due_ns(motor, rules) for motor in board.motors.values()]
    times.append(flood_due_ns(position, board.recent, rules))
    return min((each for each in times if each is not None), default=None)


def _take(
    motor: MotorState, given: Given, now_ns: int, rules: AlarmRules, clock_is_set: bool
) -> Said:
    match given:
        case Report():
            return hear_report(motor, given, now_ns, rules)
        case DiagnosisMessage():
            return hear_diagnosis(motor, given, now_ns, rules)
        case Alarm():
            return hear_episode(motor, given, now_ns, rules)
        case InterlockRecord():
            return hear_interlock(motor, given, now_ns, rules)
        case Command():
            return obey(motor, given, now_ns, rules, clock_is_set=clock_is_set)
        case Tick():
            return motor, ()


def _all_pass_time(board: Board, rules: AlarmRules) -> tuple[dict[str, MotorState], Events]:
    changed: dict[str, MotorState] = {}
    events: Events = ()
    for motor_id, motor in board.motors.items():
        changed[motor_id], said = pass_time(motor, board.now_ns, rules)
        events += said
    return changed, events


def _settle(
    board: Board, changed: Mapping[str, MotorState], events: Events, rules: AlarmRules
) -> tuple[Board, Events]:
    """Group what is told, and stamp every motor that is another than before."""
    motors = {**board.motors, **changed}
    position, recent, events = group(
        motors[board.position], board.recent, events, board.now_ns, rules
    )
    motors[board.position] = position
    for motor_id in (*changed, board.position):
        if motors[motor_id] is not board.motors[motor_id]:
            motors[motor_id] = stamped(motors[motor_id], board.now_ns)
    return replace(board, motors=motors, recent=recent), events
