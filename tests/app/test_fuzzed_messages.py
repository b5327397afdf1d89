"""A hundred thousand hostile payloads: a named refusal or a sound message, nothing else."""

import resource
from collections import Counter

import msgspec
import numpy as np
from sample_messages import OUTER_RACE, alarm, diagnosis, report

from app.messages import Message, decode, encode, kind_of
from app.receipts import Ack, Dropped
from app.topics import KINDS, topic
from sensors.errors import BadMessage

TIMES = 100_000
GOOD: tuple[Message, ...] = (
    report(7),
    diagnosis(7, OUTER_RACE),
    alarm(7, closed_s=9),
    Ack(motor_id="pump-1", boot_id="boot-1", committed="report", ranges=((1, 4), (7, 9))),
    Dropped(motor_id="pump-1", boot_id="boot-1", seq=1, lost="report", ranges=((1, 4),)),
)
TOKENS = (
    b"null", b"NaN", b"-1", b"1e400", b"9223372036854775808", b'""', b"[]", b"{}", b"true",
    b'"\\ud800"', b"\xff", b"\x00", b'{"a":' * 40, b"[" * 200, b'"version":2', b"1e-400",
)  # fmt: skip


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


def with_other_value(payload: bytes, random: np.random.Generator) -> bytes:
    """Return the same object with one field of another type, out of range, or of another name."""
    fields = msgspec.json.decode(payload)
    name = sorted(fields)[int(random.integers(len(fields)))]
    odd = (None, -1, 2**64, 1e300, "", "x" * 5000, [], {}, [[0, 1]] * 2000, True, "a/b", 0.5)
    value = odd[int(random.integers(len(odd)))]
    if random.random() < 0.1:
        fields[name + "_"] = value
    elif random.random() < 0.1:
        del fields[name]
    else:
        fields[name] = value
    return msgspec.json.encode(fields)


def peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_nothing_but_sound_messages_gets_in_and_nothing_breaks() -> None:
    random = np.random.default_rng(11)
    payloads = [(topic("hall", "pump-1", kind_of(each)), encode(each)) for each in GOOD]
    topics = [topic("hall", "pump-1", kind) for kind in KINDS]
    outcomes: Counter[str] = Counter()
    started_kb = 0
    for turn in range(TIMES):
        if turn == TIMES // 10:
            started_kb = peak_kb()
        where, payload = payloads[turn % len(payloads)]
        way = int(random.integers(4))
        if way == 0:
            payload = random.bytes(int(random.integers(300)))
        elif way == 1:
            payload = with_other_value(payload, random)
        else:
            payload = damaged(payload, random)
        if way == 3:
            where = topics[int(random.integers(len(topics)))]
        try:
            message = decode(where, payload)
        except BadMessage as error:
            assert len(str(error)) < 2000, "a refusal must not repeat a hostile payload"
            outcomes["refused"] += 1
            continue
        # What is let in is a message of its topic, within all bounds, and can be sent on.
        assert kind_of(message) == where.rsplit("/", 1)[1]
        assert message.motor_id == "pump-1"
        assert decode(where, encode(message)) == message
        outcomes["taken"] += 1
    assert sum(outcomes.values()) == TIMES
    assert outcomes["refused"] > 0.7 * TIMES
    assert peak_kb() - started_kb < 20_000, "memory grows with what is refused"
