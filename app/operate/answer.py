"""What became of a command: the event, decision or capture that carries its identity."""

import hashlib
from typing import Literal

import msgspec

from app.alarms.event import AlarmEvent
from app.capture_message import decode_capture, why_of
from app.commands import Command, RequestCapture
from app.interlock.record import InterlockRecord
from app.messages import Message

Outcome = Literal["done", "refused"]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway or a device says of one command.

    Attributes
    ----------
    command_id, motor_id
        Of the command.
    outcome
        Whether it was obeyed.
    what
        What happened: the event of the alarm, the interlock's decision, or ``captured``.
    at_ns
        When, by the clock of who answers.
    alarm_id, alarm, state
        Which alarm, what it is about, and what it is now; None for what concerns the motor.
    capture
        Digest of the capture, by which the platform's archive lists it.
    reasons
        Why, a line each.
    """

    command_id: str
    motor_id: str
    outcome: Outcome
    what: str
    at_ns: int
    alarm_id: str | None = None
    alarm: str | None = None
    state: str | None = None
    capture: str | None = None
    reasons: tuple[str, ...] = ()


def answer_of(command: Command, message: Message) -> Answer | None:
    """Return what a message says of a command; None where it says nothing of it."""
    if message.motor_id != command.motor_id:
        return None
    match message:
        case AlarmEvent() if message.command_id == command.id:
            return _of_event(command, message)
        case InterlockRecord() if message.command_id == command.id:
            return Answer(
                command_id=command.id,
                motor_id=command.motor_id,
                outcome="refused" if message.decision == "refused" else "done",
                what=message.decision,
                at_ns=message.t1_ns,
                reasons=(message.reason,),
            )
    return None


def capture_answer(command: Command, motor_id: str, payload: bytes) -> Answer | None:
    """Return what a whole raw capture says of a request for one; None where it answers others.

    Raises
    ------
    BadMessage
        It is no capture.
    """
    wanted = isinstance(command.act, RequestCapture) and motor_id == command.motor_id
    if not wanted or command.id not in why_of(payload).command_ids:
        return None
    capture, _ = decode_capture(payload)
    return Answer(
        command_id=command.id,
        motor_id=motor_id,
        outcome="done",
        what="captured",
        at_ns=capture.t1_ns,
        capture=hashlib.sha256(payload).hexdigest(),
        reasons=(f"{capture.duration_s:.1f} s of {len(capture.blocks)} channels",),
    )


def _of_event(command: Command, event: AlarmEvent) -> Answer:
    about = event.key if event.condition is None else event.condition.value
    return Answer(
        command_id=command.id,
        motor_id=command.motor_id,
        outcome="refused" if event.event == "refused" else "done",
        what=event.event,
        at_ns=event.at_ns,
        alarm_id=event.alarm_id,
        alarm=about,
        state=event.state,
        reasons=event.reasons,
    )
