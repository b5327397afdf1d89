"""The bytes, read by protobuf's own decoder; and the rules of order, without a broker."""

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_messages import report
from sparkplug_schema import payload_class

from app.sparkplug.edge_node import EdgeNode, birth, death, lose, next_session, update
from app.sparkplug.report_metrics import report_metrics
from app.sparkplug.wire import DataType, Metric, encode_payload, read_commands
from sensors.errors import BadConfig, BadMessage

VALUES = {
    DataType.INT64: (st.integers(-(2**63), 2**63 - 1), "long_value"),
    DataType.DOUBLE: (st.floats(), "double_value"),
    DataType.BOOLEAN: (st.booleans(), "boolean_value"),
    DataType.STRING: (st.text(st.characters(codec="utf-8"), max_size=300), "string_value"),
}


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    datatype = draw(st.sampled_from(list(DataType)))
    value = draw(st.none() | VALUES[datatype][0])
    name = draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
    return Metric(name, datatype, value, draw(st.integers(0, 2**63)))


@settings(deadline=None, max_examples=150)
@given(st.lists(metrics(), max_size=5), st.integers(0, 2**63), st.none() | st.integers(0, 255))
def test_an_independent_decoder_reads_what_was_written(
    sent: list[Metric], timestamp_ms: int, seq: int | None
) -> None:
    raw = encode_payload(tuple(sent), timestamp_ms=timestamp_ms, seq=seq)
    read = payload_class().FromString(raw)
    assert (read.timestamp, read.HasField("seq")) == (timestamp_ms, seq is not None)
    assert seq is None or read.seq == seq
    assert len(read.metrics) == len(sent)
    for got, metric in zip(read.metrics, sent, strict=True):
        assert (got.name, got.timestamp, got.datatype) == (
            metric.name,
            metric.timestamp_ms,
            metric.datatype,
        )
        assert got.is_null == (metric.value is None)
        if metric.value is None:
            assert got.WhichOneof("value") is None
            continue
        assert got.WhichOneof("value") == VALUES[metric.datatype][1]
        value = getattr(got, VALUES[metric.datatype][1])
        if metric.datatype is DataType.INT64:
            value -= 2**64 * (value >= 2**63)
        both_nan = isinstance(value, float) and math.isnan(value) and math.isnan(metric.value)
        assert value == metric.value or both_nan


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=20), st.booleans()))
def test_commands_written_by_protobuf_are_read(said: dict[str, bool]) -> None:
    payload = payload_class()(timestamp=5)
    for name, value in said.items():
        payload.metrics.add(name=name, timestamp=5, datatype=11, boolean_value=value)
    payload.metrics.add(name="other", double_value=1.5, timestamp=1)
    assert read_commands(payload.SerializeToString()) == said


@settings(deadline=None, max_examples=400)
@given(st.binary(max_size=120))
def test_no_command_breaks_the_reader(payload: bytes) -> None:
    with contextlib.suppress(BadMessage):
        read_commands(payload)


@pytest.mark.parametrize(
    "payload", [b"\x12\xff\xff\xff\xff\x0f", b"\x08" + b"\xff" * 20, b"\x0b", bytes(70_000)]
)
def test_what_is_cut_endless_or_too_long_is_refused(payload: bytes) -> None:
    with pytest.raises(BadMessage):
        read_commands(payload)


# --- the order of messages ------------------------------------------------------------------------


def kinds(messages: tuple) -> list[str]:
    return [message.topic.split("/")[2] for message in messages]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["update", "lose", "birth"]), st.sampled_from("ab"))
        | st.tuples(st.just("update"), st.sampled_from("abc")),
        min_size=1,
        max_size=400,
    )
)
def test_numbers_rise_by_one_and_no_device_speaks_before_its_birth(
    acts: list[tuple[str, str]],
) -> None:
    node, out = birth(EdgeNode("g", "n"), 0)
    said = list(out)
    for step, (act, device) in enumerate(acts):
        if act == "birth":
            node, out = birth(node, step)
        elif act == "lose":
            node, out = lose(node, device, step)
        else:
            node, out = update(node, device, (Metric("x", DataType.INT64, step, step),), step)
        said += out
    alive: set[str] = set()
    expected = 0
    for message in said:
        kind, *_, device = message.topic.split("/")[2:]
        seq = payload_class().FromString(message.payload).seq
        if kind == "NBIRTH":
            expected, alive = 0, set()
        assert seq == expected
        expected = (expected + 1) % 256
        if kind == "DBIRTH":
            alive.add(device)
        elif kind in ("DDATA", "DDEATH"):
            assert device in alive
            alive -= {device} if kind == "DDEATH" else set()


def test_sessions_are_numbered_up_to_255_and_from_0_again() -> None:
    node = EdgeNode("g", "n")
    numbers = []
    for _ in range(300):
        born = payload_class().FromString(birth(node, 0)[1][0].payload)
        died = payload_class().FromString(death(node, 0).payload)
        assert born.metrics[0].long_value == died.metrics[0].long_value
        numbers.append(born.metrics[0].long_value)
        node = next_session(node)
    assert numbers == [number % 256 for number in range(300)]


def test_only_what_changed_is_said() -> None:
    node, _ = birth(EdgeNode("g", "n"), 0)
    node, first = update(node, "pump", report_metrics(report(1), 0), 0)
    assert kinds(first) == ["DBIRTH"]
    node, same = update(node, "pump", report_metrics(report(2), 0), 1)
    assert same == ()
    changed = report(3, state="alert", distance=9.0)
    node, third = update(node, "pump", report_metrics(changed, 0), 2)
    names = [metric.name for metric in payload_class().FromString(third[0].payload).metrics]
    assert (kinds(third), names) == (["DDATA"], ["Asset/Health", "Asset/Distance From Baseline"])
    _, again = update(node, "pump", (Metric("new", DataType.STRING, "x", 0),), 3)
    assert kinds(again) == ["DBIRTH"]


def test_a_report_always_has_the_same_metrics() -> None:
    nothing = {"probability": None, "probability_low": None, "probability_high": None}
    full = report(1, clock="utc")
    blank = report(1, speed_rpm=None, distance=None, **nothing)
    names = [[m.name for m in report_metrics(r, 7)] for r in (full, blank)]
    assert names[0] == names[1]
    assert {m.timestamp_ms for m in report_metrics(full, 7)} == {2000}
    assert {m.timestamp_ms for m in report_metrics(blank, 7)} == {7}


@pytest.mark.parametrize("name", ["", "a/b", "a+", "#"])
@pytest.mark.parametrize(
    "tck_id",
    [
        "tck-id-topic-structure-namespace-valid-group-id",
        "tck-id-topic-structure-namespace-valid-edge-node-id",
        "tck-id-topic-structure-namespace-valid-device-id",
    ],
)
def test_names_that_no_topic_can_hold_are_refused(tck_id: str, name: str) -> None:
    place = tck_id.rsplit("-valid-", 1)[1]
    group, node = (name if place == which else "ok" for which in ("group-id", "edge-node-id"))
    with pytest.raises(BadConfig):
        update(EdgeNode(group, node), name if place == "device-id" else "ok", (), 0)
