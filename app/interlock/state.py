"""What one motor's interlock remembers: enough to go on after a restart, latch first of all."""

from pathlib import Path
from typing import Literal

import msgspec

from app.commands import Memory
from app.fields import Count, Instant, MotorId, Token
from app.interlock.record import Decision, Quantity, Reading
from sensors.errors import StoreError
from sensors.output import write_durably

MAX_BYTES = 100_000


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In how many windows, and since when, a quantity has asked for a trip and another agreed."""

    quantity: Quantity
    windows: Count
    since_ns: Instant


class InterlockState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole memory of an interlock.

    Attributes
    ----------
    motor_id, boot_id, seq
        `seq` is that of the next record.
    commissioned, tripped, initiator
        Whether it may actuate; the latch; what tripped it.
    runs
        Quantities that ask for a trip.
    decision
        The last one about a window, so that only a change of mind is recorded.
    t0_ns, t1_ns, seen_ns
        The last window by its own time, and when it was taken.
    readings, permissive
        What was seen last.
    commands
        Those received lately.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count = 0
    commissioned: bool = False
    tripped: bool = False
    initiator: Quantity | None = None
    runs: tuple[Run, ...] = ()
    decision: Decision = "normal"
    t0_ns: Instant | None = None
    t1_ns: Instant = 0
    seen_ns: Instant | None = None
    readings: tuple[Reading, ...] = ()
    permissive: bool = False
    commands: Memory = ()
    version: Literal[1] = 1


def save_state(path: Path, state: InterlockState) -> None:
    """Write a state so that it survives a power cut.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    write_durably(path, msgspec.json.encode(state))


def load_state(path: Path, motor_id: str, boot_id: str) -> InterlockState:
    """Return the state of a motor's interlock at the start of a run; a new one is not commissioned.

    Raises
    ------
    StoreError
        The file is damaged or another motor's: nobody knows if the latch was set.
    """
    try:
        raw = path.read_bytes()[: MAX_BYTES + 1]
        known = msgspec.json.decode(raw, type=InterlockState)
    except FileNotFoundError:
        return InterlockState(motor_id=motor_id, boot_id=boot_id)
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise StoreError(
            f"{path}: not the memory of an interlock ({error}); nobody knows if it had tripped: "
            "look at the motor, remove the file, and commission it anew"
        ) from error
    if known.motor_id != motor_id:
        raise StoreError(f"{path}: the interlock of motor {known.motor_id!r}, not of {motor_id!r}")
    return msgspec.structs.replace(begun_anew(known), boot_id=boot_id, seq=0)


def begun_anew(state: InterlockState) -> InterlockState:
    """Return a state to go on from after a pause, of which nobody knows what happened in it."""
    return msgspec.structs.replace(state, runs=(), t0_ns=None, seen_ns=None)
