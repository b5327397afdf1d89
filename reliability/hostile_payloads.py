"""Payloads of a hostile or broken sender: noise, damaged messages, sound ones with an odd value."""

from collections.abc import Iterator

import msgspec
import numpy as np

from app.alarms.event import AlarmEvent
from app.alarms.motor_state import MotorState
from app.commands import Command, RequestCapture
from app.interlock.record import InterlockRecord, Reading
from app.messages import Alarm, DiagnosisMessage, Message, Report, encode, kind_of
from app.receipts import Ack, Dropped
from app.topics import KINDS, topic
from app.transfer.capture_ack import CaptureAck, encode_ack
from app.transfer.chunk import Chunk, encode_chunk, transfer_id
from models.finding import Diagnosis, Evidence, Finding, Severity
from sensors.conditions import Condition

SITE, MOTOR = "hall", "pump-1"
NS = 1_000_000_000
FINDING = Finding(
    condition=Condition.BEARING_OUTER_RACE,
    confidence="high",
    severity=Severity(value=2.1, unit="m/s2", zone="not applicable"),
    evidence=(Evidence(text="BPFO stands out", channel="vib_de", line="BPFO", found_hz=107.3),),
)
GOOD: tuple[Message, ...] = (
    Report(
        motor_id=MOTOR,
        boot_id="boot-1",
        seq=7,
        t0_ns=7 * NS,
        t1_ns=8 * NS,
        spec_id="spec-1",
        motor_hash="hash-1",
        values=(0.5, -1.25, None),
        state="normal",
        sensor_status="normal",
        escalate=False,
        probability=0.12,
        probability_low=0.05,
        probability_high=0.25,
    ),
    DiagnosisMessage(
        motor_id=MOTOR,
        boot_id="boot-1",
        seq=7,
        t0_ns=7 * NS,
        t1_ns=8 * NS,
        diagnosis=Diagnosis(motor_id=MOTOR, findings=(FINDING,)),
        backend="cpu",
        latency_ms=3.5,
    ),
    Alarm(
        motor_id=MOTOR,
        boot_id="boot-1",
        seq=7,
        state="alert",
        opened_ns=7 * NS,
        closed_ns=9 * NS,
        peak=0.9,
        reasons=("probability 0.9 is above 0.8",),
    ),
    AlarmEvent(motor_id=MOTOR, boot_id="boot-1", seq=7, at_ns=7 * NS, event="raised", peak=0.9),
    InterlockRecord(
        motor_id=MOTOR,
        boot_id="boot-1",
        seq=7,
        t1_ns=8 * NS,
        decision="tripped",
        reason="vibration and temperature beyond their limits",
        tripped=True,
        commissioned=True,
        permissive=True,
        over="vibration",
        agreeing="temperature",
        windows=3,
        readings=(Reading(quantity="vibration", value=19.0),),
    ),
    MotorState(motor_id=MOTOR, boot_id="boot-1"),
    Command(
        id="command-1",
        motor_id=MOTOR,
        operator="anna",
        issued_ns=7 * NS,
        expires_ns=70 * NS,
        act=RequestCapture(),
    ),
    Ack(motor_id=MOTOR, boot_id="boot-1", committed="report", ranges=((1, 4), (7, 9))),
    Dropped(motor_id=MOTOR, boot_id="boot-1", seq=1, lost="report", ranges=((1, 4),)),
)
"""One of every kind of message."""
CONTENT = bytes(range(200))
TRANSFERS = (
    ("capture/chunk", encode_chunk(Chunk(transfer_id(CONTENT), 0, 2, 200, CONTENT[:100]))),
    (
        "capture/ack",
        encode_ack(
            CaptureAck(
                motor_id=MOTOR,
                transfer_id=transfer_id(CONTENT).hex(),
                verdict="receiving",
                held=((0, 1),),
            )
        ),
    ),
)
TOKENS = (
    b"null", b"NaN", b"-1", b"1e400", b"9223372036854775808", b'""', b"[]", b"{}", b"true",
    b'"\\ud800"', b"\xff", b"\x00", b'{"a":' * 40, b"[" * 200, b'"version":2', b"1e-400",
)  # fmt: skip
ODD = (None, -1, 2**64, 1e300, "", "x" * 5000, [], {}, [[0, 1]] * 2000, True, "a/b", 0.5)


def hostile_payloads(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield topics and payloads; a few of them are sound by luck.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        Of the random numbers.
    """
    random = np.random.default_rng(seed)
    sound = [(kind_of(each), encode(each)) for each in GOOD] + list(TRANSFERS)
    for turn in range(count):
        kind, payload = sound[turn % len(sound)]
        way = int(random.integers(4))
        if way == 0:
            payload = random.bytes(int(random.integers(300)))
        elif way == 1 and payload.startswith(b"{"):
            payload = with_odd_value(payload, random)
        else:
            payload = damaged(payload, random)
        if way == 3:
            kind = KINDS[int(random.integers(len(KINDS)))]
        yield topic(SITE, MOTOR, kind), payload


def damaged(payload: bytes, random: np.random.Generator) -> bytes:
    """Return a payload with some of it overwritten, cut, repeated, or another value put in."""
    held = bytearray(payload)
    for _ in range(int(random.integers(1, 4))):
        at = int(random.integers(len(held) + 1))
        to = at + int(random.integers(1, 30))
        match int(random.integers(5)):
            case 0:
                held[at : at + 1] = random.bytes(1)
            case 1:
                del held[at:to]
            case 2:
                held[at:at] = held[at:to] * int(random.integers(1, 4))
            case 3:
                held[at:to] = TOKENS[int(random.integers(len(TOKENS)))]
            case _:
                del held[at:]
    return bytes(held)


def with_odd_value(payload: bytes, random: np.random.Generator) -> bytes:
    """Return the same object with one field of another type, out of range, or of another name."""
    fields = msgspec.json.decode(payload)
    name = sorted(fields)[int(random.integers(len(fields)))]
    value = ODD[int(random.integers(len(ODD)))]
    if random.random() < 0.1:
        fields[name + "_"] = value
    elif random.random() < 0.1:
        del fields[name]
    else:
        fields[name] = value
    return msgspec.json.encode(fields)
