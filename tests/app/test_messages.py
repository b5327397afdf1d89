import json
import math
import string
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_messages import OUTER_RACE, UNBALANCE, alarm, diagnosis, report

from app.alarms.event import AlarmEvent
from app.alarms.motor_state import MotorState, OpenAlarm
from app.commands import Command, Shelve
from app.fields import MAX_FEATURES
from app.identity import replay_boot_id
from app.interlock.record import InterlockRecord, Reading
from app.messages import (
    MAX_BYTES,
    Ack,
    Message,
    Report,
    decode,
    encode,
    kind_of,
)
from app.packing import pack, unpack, values_of, vector_of
from app.topics import KINDS, parse_topic, pattern, topic
from dsp.vector import FeatureVector
from sensors.errors import BadMessage, SignalError, StoreError

ACK = Ack(motor_id="pump-1", boot_id="boot-1", committed="diagnosis", ranges=((3, 3),))
EVENT = AlarmEvent(
    motor_id="pump-1",
    boot_id="7",
    seq=3,
    at_ns=5,
    event="raised",
    alarm_id="a1",
    key="unbalance",
    category="asset",
    severity="alert",
    priority="medium",
    state="unacknowledged_active",
    since_ns=5,
    peak=4.2,
    unit="mm/s",
    count=1,
    reasons=("1x stands out",),
)
KEPT = MotorState(
    motor_id="pump-1",
    boot_id="7",
    alarms=(
        OpenAlarm(
            alarm_id="a1",
            key="unbalance",
            category="asset",
            severity="alert",
            priority="medium",
            since_ns=5,
            seen_ns=6,
        ),
    ),
)
TRIPPED = InterlockRecord(
    motor_id="pump-1",
    boot_id="3",
    seq=1,
    t1_ns=9,
    decision="tripped",
    reason="vibration 19 is beyond 18",
    tripped=True,
    commissioned=True,
    permissive=True,
    readings=(Reading(quantity="vibration", value=19.0),),
)
SHELVE = Command(
    id="c1",
    motor_id="pump-1",
    operator="Ada",
    issued_ns=0,
    expires_ns=10,
    act=Shelve(alarm_id="a1", until_ns=99, reason="known"),
)
EVERY = [
    report(1),
    diagnosis(2, OUTER_RACE, UNBALANCE),
    alarm(3),
    alarm(3, 9),
    ACK,
    EVENT,
    KEPT,
    TRIPPED,
    SHELVE,
]


def where(message: Message) -> str:
    return topic("hall", message.motor_id, kind_of(message))


@pytest.mark.parametrize("message", EVERY, ids=lambda each: type(each).__name__)
def test_a_message_survives_the_bus(message: Message) -> None:
    assert decode(where(message), encode(message)) == message


def test_payload_is_plain_json_with_its_version() -> None:
    content = json.loads(encode(report(1)))
    assert content["version"] == 1
    assert content["values"][-1] is None
    assert content["boot_id"] == "boot-1"


float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
names = st.text(st.characters(exclude_characters="/+#\0\n", exclude_categories=["Cs"]), min_size=1)


@settings(max_examples=60, deadline=None)
@given(
    motor_id=names.filter(lambda name: len(name) <= 120),
    seq=st.integers(0, 2**63 - 1),
    t0_ns=st.integers(-(2**63), 2**63 - 1),
    values=st.lists(st.none() | float32, max_size=30).map(tuple),
    low_mid_high=st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted),
    load=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_report_within_bounds_survives(
    motor_id: str,
    seq: int,
    t0_ns: int,
    values: tuple[float | None, ...],
    low_mid_high: list[float],
    load: float | None,
) -> None:
    low, mid, high = low_mid_high
    sent = report(
        seq,
        motor_id=motor_id,
        t0_ns=t0_ns,
        t1_ns=2**63 - 1,
        values=values,
        load=load,
        probability_low=low,
        probability=mid,
        probability_high=high,
    )
    assert decode(where(sent), encode(sent)) == sent
    assert unpack(pack(values)) == values


# What a hostile or broken sender may put on the bus.

JSON_KINDS = list(MAX_BYTES)
kinds = st.sampled_from(JSON_KINDS)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(kind=kinds, payload=st.binary(max_size=300))
def test_garbage_bytes_are_bad_messages(kind: str, payload: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(f"motorwatch/v1/hall/pump-1/{kind}", payload)


@settings(max_examples=200, deadline=None)
@given(message=st.sampled_from(EVERY), data=st.data())
def test_a_damaged_message_is_decoded_or_refused_by_name(
    message: Message, data: st.DataObject
) -> None:
    payload = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    payload = payload[: data.draw(st.integers(0, len(payload)))]
    try:
        decoded = decode(where(message), bytes(payload))
    except BadMessage:
        return
    assert encode(decoded), "what is let in must be fit to be sent on"


@settings(max_examples=200, deadline=None)
@given(message=st.sampled_from(EVERY), data=st.data(), value=json_values)
def test_a_field_of_any_other_value_is_decoded_or_refused_by_name(
    message: Message, data: st.DataObject, value: object
) -> None:
    content = json.loads(encode(message))
    content[data.draw(st.sampled_from([*content, "extra"]))] = value
    try:
        decoded = decode(where(message), json.dumps(content).encode())
    except BadMessage:
        return
    assert encode(decoded), "what is let in must be fit to be sent on"


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"diagnosis":{"extra":' + b"[" * 100_000, id="deep-in-an-unknown-field"),
        pytest.param(b'{"motor_id":"\xed\xa0\x80"}', id="invalid-utf8"),
        pytest.param(b'{"motor_id":"\\ud800"}', id="lone-surrogate"),
        pytest.param(b'{"seq":' + b"9" * 5000 + b"}", id="endless-integer"),
        pytest.param(b" " * (max(MAX_BYTES.values()) + 1), id="too-long"),
    ],
)
@pytest.mark.parametrize("kind", JSON_KINDS)
def test_hostile_payloads_are_bad_messages(kind: str, payload: bytes) -> None:
    with pytest.raises(BadMessage, match=kind):
        decode(f"motorwatch/v1/hall/pump-1/{kind}", payload)


def changed(**changes: object) -> bytes:
    return json.dumps(json.loads(encode(report(1))) | changes).encode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 2}, "version"),
        ({"seq": -1}, "seq"),
        ({"seq": 2**63}, "seq"),
        ({"t0_ns": 2**70}, "t0_ns"),
        ({"t0_ns": 5, "t1_ns": 4}, "before it begins"),
        ({"values": [1e39]}, "values"),
        ({"values": [0.0] * (MAX_FEATURES + 1)}, "values"),
        ({"probability": 1.01}, "probability"),
        ({"probability": 0.9}, "outside its own interval"),
        ({"state": "fine"}, "state"),
        ({"sensor_status": "danger"}, "sensor_status"),
        ({"boot_id": "two words"}, "boot_id"),
        ({"motor_id": "pump-2"}, "another motor"),
        ({"surprise": 1}, "surprise"),
        ({"spec_id": "a\0b"}, "NUL"),
    ],
)
def test_a_report_out_of_bounds_says_which_field(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadMessage, match=said):
        decode("motorwatch/v1/hall/pump-1/report", changed(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"load": math.nan},
        {"logit": math.inf},
        {"values": (math.nan,)},
        {"values": (np.float32(1.0),)},
        {"values": (1e300,)},
        {"motor_id": "\ud800"},
        {"t1_ns": 2**70},
        {"probability": 2.0},
    ],
)
def test_the_sender_learns_of_its_mistake(changes: dict[str, object]) -> None:
    with pytest.raises(BadMessage):
        encode(report(1, **changes))


def test_a_diagnosis_of_another_motor_is_refused() -> None:
    content = json.loads(encode(diagnosis(1))) | {"motor_id": "pump-2"}
    with pytest.raises(BadMessage, match="pump-1"):
        decode("motorwatch/v1/hall/pump-2/diagnosis", json.dumps(content).encode())


def test_a_kind_without_messages_is_refused() -> None:
    with pytest.raises(BadMessage, match="knows no message"):
        decode("motorwatch/v1/hall/pump-1/model/state", b"{}")


def test_what_a_device_may_say_is_never_the_life_of_an_alarm() -> None:
    with pytest.raises(BadMessage, match="alarm"):
        decode("motorwatch/v1/hall/pump-1/alarm", encode(EVENT))
    with pytest.raises(BadMessage, match="alarm/event"):
        decode("motorwatch/v1/hall/pump-1/alarm/event", encode(alarm(3)))


def test_bad_message_is_a_signal_error_and_a_value_error() -> None:
    assert issubclass(BadMessage, SignalError)
    assert issubclass(BadMessage, ValueError)


# Topics.


@pytest.mark.parametrize("kind", KINDS)
def test_topics_are_taken_apart_as_they_were_made(kind: str) -> None:
    made = topic("hall", "pump 1", kind)  # type: ignore[arg-type]
    assert made == f"motorwatch/v1/hall/pump 1/{kind}"
    assert parse_topic(made) == ("hall", "pump 1", kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "motorwatch/v1/hall/pump-1",
        "motorwatch/v2/hall/pump-1/report",
        "other/v1/hall/pump-1/report",
        "motorwatch/v1/hall/pump-1/reports",
        "motorwatch/v1/hall/pump-1/report/",
        "motorwatch/v1//pump-1/report",
        "motorwatch/v1/hall//report",
        "motorwatch/v1/hall/+/report",
        "motorwatch/v1/hall/" + "x" * 121 + "/report",
    ],
)
def test_a_foreign_topic_is_a_bad_message(text: str) -> None:
    with pytest.raises(BadMessage):
        parse_topic(text)


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.sampled_from("motorwatch/v1" + string.printable), max_size=60))
def test_any_text_is_a_topic_or_a_bad_message(text: str) -> None:
    try:
        address = parse_topic(text)
    except BadMessage:
        return
    assert topic(*address) == text


def test_wildcards_cannot_be_smuggled_into_a_topic() -> None:
    with pytest.raises(BadMessage):
        topic("hall", "+", "report")
    assert pattern("report") == "motorwatch/v1/+/+/report"


# Feature values in their three forms, and the identity of a replay.


def vector(values: list[float], mask: list[bool]) -> FeatureVector:
    return FeatureVector(
        spec_id="spec-1",
        motor_id="pump-1",
        motor_hash="hash-1",
        t0_ns=0,
        t1_ns=1,
        seq=0,
        values=np.array(values, dtype=np.float32),
        mask=np.array(mask),
        speed_rpm=1470.0,
    )


def test_masked_and_non_finite_features_are_none() -> None:
    sent = vector([1.5, math.nan, math.inf, 7.0], [False, True, False, True])
    assert values_of(sent) == (1.5, None, None, None)


def test_a_vector_comes_back_from_its_report_bit_for_bit() -> None:
    sent = vector([0.1, math.nan, 3e38, 1e-42], [False, True, False, False])
    message = report(0, values=values_of(sent), t0_ns=0, t1_ns=1, load=None)
    back = vector_of(decode(where(message), encode(message)))  # type: ignore[arg-type]
    np.testing.assert_array_equal(back.values, sent.values)
    np.testing.assert_array_equal(back.mask, sent.mask)
    assert (back.spec_id, back.motor_hash, back.speed_rpm) == ("spec-1", "hash-1", 1470.0)


def test_damaged_features_are_named() -> None:
    with pytest.raises(StoreError, match="7 bytes"):
        unpack(b"1234567")


@dataclass(frozen=True)
class Facts:
    source: str = "abc"
    release: str | None = "r1"
    window_s: float = 1.0


def test_a_replay_has_the_same_identity_again_and_another_by_any_fact() -> None:
    def identity(facts: Facts) -> str:
        return replay_boot_id(facts.source, facts.release, facts.window_s)

    assert identity(Facts()) == identity(Facts())
    others = [Facts(source="abd"), Facts(release=None), Facts(release="r2"), Facts(window_s=2.0)]
    assert len({identity(each) for each in [Facts(), *others]}) == 5
    assert isinstance(report(0, boot_id=identity(Facts())), Report)
    encode(report(0, boot_id=identity(Facts())))


def test_a_receiver_that_knows_no_left_out_takes_records_that_left_none_out() -> None:
    fields = msgspec.structs.fields(InterlockRecord)
    before = msgspec.defstruct(
        "Before",
        [(each.name, each.type) for each in fields if each.required]
        + [
            (each.name, each.type, each.default)
            for each in fields
            if not each.required and each.name not in ("left_out", "version")
        ]
        + [("version", Literal[1], 1)],
        kw_only=True,
        forbid_unknown_fields=True,
    )
    assert msgspec.json.decode(encode(TRIPPED), type=before).seq == TRIPPED.seq  # type: ignore[attr-defined]
    assert json.loads(encode(TRIPPED))["version"] == 1
    told = msgspec.structs.replace(TRIPPED, left_out=3)
    with pytest.raises(msgspec.ValidationError, match="left_out"):
        msgspec.json.decode(encode(told), type=before)
    assert decode(where(told), encode(told)) == told
