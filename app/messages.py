"""What travels between the tiers: typed, versioned, bounded messages, as JSON on every bus.

JSON because an operator can read it off the broker, it cannot carry NaN, and evidence is
stored in the same form. A device sends `Report`s, `Alarm`s and what its interlock decides, the
gateway `DiagnosisMessage`s, the life of alarms and each motor's state, an operator `Command`s; the
platform answers what it records with an `Ack` once its database has committed (`app.receipts`).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.alarms.event import AlarmEvent
from app.alarms.motor_state import MotorState
from app.commands import Command
from app.fields import (
    Count,
    Instant,
    Magnitude,
    MotorId,
    Probability,
    SensorStatus,
    State,
    Text,
    Token,
    Values,
)
from app.interlock.record import InterlockRecord
from app.receipts import LOSS_OF, Ack, Committed, Dropped, Held
from app.topics import Kind, parse_topic
from models.finding import Diagnosis
from models.stage2.verdict import Stage2Verdict
from sensors.capture import Clock
from sensors.errors import BadMessage

__all__ = ["SensorStatus", "State"]
RecordedKind = Literal["report", "diagnosis", "alarm", "alarm/event", "interlock", "dropped"]


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One window of one motor as stage 1 saw it. Identity: (motor_id, boot_id, seq).

    Attributes
    ----------
    motor_id, boot_id, seq
        `boot_id` changes with every start of a device; a replay derives it (`app.identity`).
    t0_ns, t1_ns, clock
        The window, half open; ``unknown`` clocks start at epoch 0.
    spec_id, release_id, motor_hash
        Which features, which model (None: no model scored it), which nameplate facts.
    values : tuple of float or None, length F
        Features in the order of the spec as float32; None is a masked one.
    speed_rpm, load
        Operating point where known.
    logit, probability, probability_low, probability_high
        Stage 1's score and its interval; None where nothing was scored.
    distance
        Distance from the motor's own baseline; None without a baseline.
    state
        Health of the asset.
    sensor_status
        Health of the instrument (NAMUR NE 107): never to be shown as the asset's.
    escalate
        Stage 1 asks for stage 2.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count
    t0_ns: Instant
    t1_ns: Instant
    spec_id: Token
    motor_hash: Token
    values: Values
    state: State
    sensor_status: SensorStatus
    escalate: bool
    clock: Clock = "utc"
    release_id: Token | None = None
    speed_rpm: Magnitude | None = None
    load: float | None = None
    logit: float | None = None
    probability: Probability | None = None
    probability_low: Probability | None = None
    probability_high: Probability | None = None
    distance: Magnitude | None = None
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        _check_window(self.t0_ns, self.t1_ns)
        interval = (self.probability_low, self.probability, self.probability_high)
        known = [bound for bound in interval if bound is not None]
        if known != sorted(known):
            raise BadMessage(
                f"report: probability {self.probability} lies outside its own interval "
                f"{self.probability_low} to {self.probability_high}"
            )


class DiagnosisMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the physics rules say of the window of one report, and stage 2 beside them.

    Attributes
    ----------
    motor_id, boot_id, seq, t0_ns, t1_ns
        Those of the report.
    diagnosis : Diagnosis
        Findings with their evidence, or why it abstained.
    backend
        Where the network of stage 2 ran, else where the rules did.
    latency_ms
        Of all of it.
    stage2
        The second opinion; None where stage 2 does not run.
    release_id
        Of stage 2; None where only physics rules spoke.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count
    t0_ns: Instant
    t1_ns: Instant
    diagnosis: Diagnosis
    backend: Literal["cpu", "edgetpu"]
    latency_ms: Magnitude
    stage2: Stage2Verdict | None = None
    release_id: Token | None = None
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        _check_window(self.t0_ns, self.t1_ns)
        if self.diagnosis.motor_id != self.motor_id:
            raise BadMessage(
                f"diagnosis of motor {self.diagnosis.motor_id!r} in a message about "
                f"{self.motor_id!r}"
            )


class Alarm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One episode of alarm, sent when it opens and again, with `closed_ns`, when it ends.

    Attributes
    ----------
    motor_id, boot_id, seq
        Those of the report that opened it.
    state
        The worst it came to.
    opened_ns, closed_ns
        First window, and last raised one; None while it is open.
    peak
        Highest score.
    reasons
        Why, in order of first appearance.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count
    state: Literal["alert", "danger"]
    opened_ns: Instant
    closed_ns: Instant | None = None
    peak: float
    reasons: Annotated[tuple[Text, ...], Meta(max_length=100)]
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        if self.closed_ns is not None:
            _check_window(self.opened_ns, self.closed_ns)


Recorded = Report | DiagnosisMessage | Alarm | AlarmEvent | InterlockRecord | Dropped
Message = Recorded | Ack | MotorState | Command
MAX_BYTES = {
    "report": 131_072,
    "diagnosis": 262_144,
    "alarm": 32_768,
    "alarm/event": 32_768,
    "interlock": 16_384,
    "dropped": 65_536,
    "ack": 65_536,
    "state": 524_288,
    "cmd": 16_384,
}
MAX_REASON = 300
_COMMITTED: dict[type[Recorded], Held] = {
    Report: "report",
    DiagnosisMessage: "diagnosis",
    AlarmEvent: "alarm/event",
    InterlockRecord: "interlock",
}
_RECORDED: dict[type[Recorded], RecordedKind] = {
    Report: "report",
    DiagnosisMessage: "diagnosis",
    Alarm: "alarm",
    AlarmEvent: "alarm/event",
    InterlockRecord: "interlock",
    Dropped: "dropped",
}
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Message]] = {
    "report": msgspec.json.Decoder(Report),
    "diagnosis": msgspec.json.Decoder(DiagnosisMessage),
    "alarm": msgspec.json.Decoder(Alarm),
    "dropped": msgspec.json.Decoder(Dropped),
    "ack": msgspec.json.Decoder(Ack),
    "alarm/event": msgspec.json.Decoder(AlarmEvent),
    "state": msgspec.json.Decoder(MotorState),
    "interlock": msgspec.json.Decoder(InterlockRecord),
    "cmd": msgspec.json.Decoder(Command),
}


def recorded_kind(message: Recorded) -> RecordedKind:
    """Return the kind of a message that the platform records."""
    return _RECORDED[type(message)]


def committed_kind(message: Recorded) -> Committed:
    """Return what an acknowledgement calls a message."""
    if isinstance(message, Alarm):
        return "alarm opened" if message.closed_ns is None else "alarm closed"
    if isinstance(message, Dropped):
        return LOSS_OF[message.lost]
    return _COMMITTED[type(message)]


def kind_of(message: Message) -> Kind:
    """Return the kind of topic that carries a message."""
    match message:
        case Ack():
            return "ack"
        case MotorState():
            return "state"
        case Command():
            return "cmd"
        case _:
            return recorded_kind(message)


def encode(message: Message) -> bytes:
    """Return the bytes of a message, read back once so that its sender learns of a mistake.

    Raises
    ------
    BadMessage
        A value out of bounds, of the wrong type or not finite, or a message too long.
    """
    kind = kind_of(message)
    try:
        payload = _ENCODER.encode(message)
    except (UnicodeEncodeError, TypeError, OverflowError) as error:
        raise BadMessage(f"{kind} cannot be sent: {error}") from error
    if _decode(kind, payload) != message:
        raise BadMessage(f"{kind} cannot be sent: NaN, infinity or a type that JSON does not keep")
    return payload


def decode(topic: str, payload: bytes) -> Message:
    """Return the message that arrived on a topic.

    Raises
    ------
    BadMessage
        The topic is not ours, or the bytes are not a message of its kind, version and motor.
    """
    address = parse_topic(topic)
    message = _decode(address.kind, payload)
    if message.motor_id != address.motor_id:
        raise BadMessage(f"{topic}: a message about another motor, {message.motor_id!r}; refused")
    return message


def _decode(kind: Kind, payload: bytes) -> Message:
    if kind not in _DECODERS:
        raise BadMessage(f"{kind}: this version knows no message of that kind")
    if len(payload) > MAX_BYTES[kind]:
        raise BadMessage(f"{kind}: {len(payload)} bytes; the most is {MAX_BYTES[kind]}")
    # PostgreSQL's text cannot hold NUL; one such message would block its batch for ever.
    if b"\\u0000" in payload:
        raise BadMessage(f"{kind}: text with a NUL character")
    try:
        return _DECODERS[kind].decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # The reason may repeat what was sent: neither its length nor its line breaks reach a log.
        reason = ascii(str(error)[:MAX_REASON])[1:-1]
        raise BadMessage(f"{kind}: not a message of version 1: {reason}") from error


def _check_window(t0_ns: int, t1_ns: int) -> None:
    if t1_ns < t0_ns:
        raise BadMessage(f"a window that ends ({t1_ns} ns) before it begins ({t0_ns} ns)")
