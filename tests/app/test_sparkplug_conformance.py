"""A recorded session over a real broker, held to the Sparkplug 3.0 specification.

Each test bears the identifier of the assertion that it checks, as the specification gives it
(https://sparkplug.eclipse.org/specification/version/3.0/documents/sparkplug-specification-3.0.0.pdf).
docs/INTEGRATION.md lists those that are not satisfied.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from mosquitto_process import Broker, plain_broker
from sample_messages import report
from sparkplug_schema import payload_class

GROUP, NODE = "Plant 1", "Gateway"
TYPES = {4: "long_value", 10: "double_value", 11: "boolean_value", 12: "string_value"}
GARBAGE = b"\xff garbage"
BIRTHS_DATA = ("NBIRTH", "DBIRTH", "DDATA", "DDEATH")


@dataclass(frozen=True)
class Heard:
    """One message as a host receives it."""

    kind: str
    topic: str
    qos: int
    retain: bool
    payload: Any

    def metric(self, name: str) -> Any:
        return next(one for one in self.payload.metrics if one.name == name)


@dataclass(frozen=True)
class Session:
    """Everything a host heard, and the broker's own log."""

    heard: tuple[Heard, ...]
    log: str

    def of(self, *kinds: str) -> list[Heard]:
        found = [one for one in self.heard if one.kind in kinds]
        assert found, f"no {kinds} in the session"
        return found


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not come about within a minute"
        time.sleep(0.02)


def host(broker: Broker, heard: list[Heard]) -> Any:
    """A host application that records all it hears, with the flags it was published with."""
    paho = pytest.importorskip("paho.mqtt.client", reason="needs the extra live: paho-mqtt")
    from paho.mqtt.subscribeoptions import SubscribeOptions

    read = payload_class().FromString

    def on_message(client: Any, data: Any, message: Any) -> None:
        kind = message.topic.split("/")[2]
        payload = read(b"" if message.payload == GARBAGE else message.payload)
        heard.append(Heard(kind, message.topic, message.qos, message.retain, payload))

    ready: list[int] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.on_message = on_message
    client.on_subscribe = lambda *_: ready.append(1)
    client.connect(broker.host, broker.port)
    client.loop_start()
    client.subscribe("spBv1.0/#", options=SubscribeOptions(qos=2, retainAsPublished=True))
    until(lambda: bool(ready))
    return client


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """Birth, data, a lost device, a rebirth, a lost connection, a new session, and the end."""
    publisher = pytest.importorskip("app.sparkplug.publisher", reason="needs the extra live")
    from app.bus.mqtt import Broker as Place

    with tempfile.TemporaryDirectory(prefix="motorwatch-broker-") as folder:
        broker = plain_broker(Path(folder))
        heard: list[Heard] = []
        try:
            broker.start()
            client = host(broker, heard)
            place = Place(broker.host, broker.port)
            node = publisher.SparkplugPublisher(place, GROUP, NODE, now_ms=now_ms)
            record(client, node, broker, heard)
            client.disconnect()
            client.loop_stop()
            yield Session(tuple(heard), broker.log())
        finally:
            broker.kill()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def record(client: Any, node: Any, broker: Broker, heard: list[Heard]) -> None:
    def count(kind: str) -> int:
        return sum(one.kind == kind for one in heard)

    def command(**value: object) -> None:
        payload = payload_class()(timestamp=now_ms())
        payload.metrics.add(name="Node Control/Rebirth", timestamp=1, datatype=11, **value)
        client.publish(f"spBv1.0/{GROUP}/NCMD/{NODE}", payload.SerializeToString(), 0)

    node.report(report(0, "pump-1"))
    node.start()
    until(lambda: count("DBIRTH") == 1)
    node.report(report(1, "fan"))
    for seq in range(300):
        node.report(report(seq, "pump-1", distance=float(seq)))
    node.lose("fan")
    until(lambda: count("DDEATH") == 1)
    client.publish(f"spBv1.0/{GROUP}/NCMD/{NODE}", GARBAGE, 0)
    command(boolean_value=False)
    command(boolean_value=True)
    until(lambda: count("NBIRTH") == 2 and count("DBIRTH") == 3)
    node.report(report(1, "pump-1", state="danger"))
    until(lambda: heard[-1].kind == "DDATA")
    # Another client of the same name ends the connection without a goodbye.
    paho = pytest.importorskip("paho.mqtt.client")
    thief = paho.Client(
        paho.CallbackAPIVersion.VERSION2, f"sparkplug-{GROUP}-{NODE}", protocol=paho.MQTTv5
    )
    thief.connect(broker.host, broker.port)
    thief.loop_start()
    until(lambda: count("NDEATH") == 1)
    thief.disconnect()
    thief.loop_stop()
    until(lambda: count("NBIRTH") >= 3 and node.born)
    node.report(report(2, "pump-1", state="normal"))
    until(lambda: heard[-1].kind == "DDATA")
    node.stop()
    until(lambda: [one.kind for one in heard[-2:]] == ["NDEATH", "NDEATH"])


CHECKS: dict[str, Callable[[Session], None]] = {}


def checks(*tck_ids: str) -> Callable[[Callable[[Session], None]], Callable[[Session], None]]:
    def keep(check: Callable[[Session], None]) -> Callable[[Session], None]:
        CHECKS.update(dict.fromkeys(tck_ids, check))
        return check

    return keep


@checks(
    "tck-id-topic-structure",
    "tck-id-topic-structure-namespace-a",
    "tck-id-topics-nbirth-topic",
    "tck-id-topics-dbirth-topic",
    "tck-id-topics-ddata-topic",
    "tck-id-topics-ddeath-topic",
    "tck-id-topics-ndeath-topic",
    "tck-id-topic-structure-namespace-device-id-associated-message-types",
    "tck-id-topic-structure-namespace-device-id-non-associated-message-types",
    "tck-id-message-flow-edge-node-birth-publish-nbirth-topic",
    "tck-id-message-flow-device-birth-publish-dbirth-topic",
    "tck-id-message-flow-device-birth-publish-dbirth-match-edge-node-topic",
)
def topics(session: Session) -> None:
    for one in session.of(*BIRTHS_DATA, "NDEATH"):
        device = r"/(pump-1|fan)" if one.kind[0] == "D" else ""
        assert re.fullmatch(rf"spBv1\.0/{GROUP}/{one.kind}/{NODE}{device}", one.topic)


@checks(
    "tck-id-topics-nbirth-mqtt",
    "tck-id-topics-dbirth-mqtt",
    "tck-id-topics-ddata-mqtt",
    "tck-id-topics-ddeath-mqtt",
    "tck-id-payloads-nbirth-qos",
    "tck-id-payloads-nbirth-retain",
    "tck-id-payloads-dbirth-qos",
    "tck-id-payloads-dbirth-retain",
    "tck-id-payloads-ddata-qos",
    "tck-id-payloads-ddata-retain",
    "tck-id-message-flow-edge-node-birth-publish-nbirth-qos",
    "tck-id-message-flow-edge-node-birth-publish-nbirth-retained",
    "tck-id-message-flow-device-birth-publish-dbirth-qos",
    "tck-id-message-flow-device-birth-publish-dbirth-retained",
)
def quality_0_and_not_retained(session: Session) -> None:
    assert {(one.qos, one.retain) for one in session.of(*BIRTHS_DATA)} == {(0, False)}


@checks(
    "tck-id-topics-nbirth-seq-num",
    "tck-id-payloads-nbirth-seq",
    "tck-id-payloads-sequence-num-req-nbirth",
    "tck-id-message-flow-edge-node-birth-publish-nbirth-payload-seq",
)
def a_node_is_born_with_0(session: Session) -> None:
    assert all(one.payload.HasField("seq") for one in session.of("NBIRTH"))
    assert {one.payload.seq for one in session.of("NBIRTH")} == {0}


@checks(
    "tck-id-payloads-sequence-num-incrementing",
    "tck-id-payloads-dbirth-seq",
    "tck-id-payloads-dbirth-seq-inc",
    "tck-id-payloads-ddata-seq",
    "tck-id-payloads-ddata-seq-inc",
    "tck-id-payloads-ddeath-seq",
    "tck-id-payloads-ddeath-seq-inc",
    "tck-id-payloads-ddeath-seq-number",
    "tck-id-payloads-sequence-num-always-included",
    "tck-id-message-flow-device-birth-publish-dbirth-payload-seq",
    "tck-id-topics-dbirth-seq",
    "tck-id-topics-ddata-seq-num",
    "tck-id-topics-ddeath-seq-num",
)
def numbers_rise_by_one_through_255(session: Session) -> None:
    messages = session.of(*BIRTHS_DATA)
    assert len(messages) > 300
    for before, after in pairwise(messages):
        expected = 0 if after.kind == "NBIRTH" else (before.payload.seq + 1) % 256
        assert after.payload.HasField("seq") and after.payload.seq == expected


@checks(
    "tck-id-topics-nbirth-timestamp",
    "tck-id-topics-dbirth-timestamp",
    "tck-id-topics-ddata-timestamp",
    "tck-id-payloads-nbirth-timestamp",
    "tck-id-payloads-dbirth-timestamp",
    "tck-id-payloads-ddata-timestamp",
    "tck-id-payloads-ddeath-timestamp",
    "tck-id-payloads-timestamp-in-UTC",
)
def payloads_say_when_they_were_sent(session: Session) -> None:
    now = now_ms()
    stamps = [one.payload.timestamp for one in session.of(*BIRTHS_DATA)]
    assert stamps == sorted(stamps)
    assert all(now - 600_000 < stamp <= now for stamp in stamps)


@checks(
    "tck-id-topics-nbirth-metrics",
    "tck-id-topics-dbirth-metrics",
    "tck-id-payloads-name-requirement",
    "tck-id-payloads-name-birth-data-requirement",
    "tck-id-payloads-metric-datatype-req",
    "tck-id-payloads-metric-datatype-value",
    "tck-id-payloads-metric-datatype-value-type",
    "tck-id-message-flow-edge-node-birth-publish-nbirth-payload",
    "tck-id-message-flow-device-birth-publish-dbirth-payload",
    "tck-id-operational-behavior-data-publish-nbirth-values",
    "tck-id-operational-behavior-data-publish-dbirth-values",
)
def births_name_every_metric_with_type_time_and_value(session: Session) -> None:
    for one in session.of("NBIRTH", "DBIRTH"):
        assert one.payload.metrics
        for metric in one.payload.metrics:
            assert metric.name and metric.HasField("timestamp")
            # Never a value beside is_null, and the value always of the stated type.
            said = None if metric.is_null else TYPES[metric.datatype]
            assert metric.datatype in TYPES and metric.WhichOneof("value") == said


@checks("tck-id-payloads-metric-datatype-not-req")
def data_leave_the_type_to_the_birth(session: Session) -> None:
    metrics = [metric for one in session.of("DDATA") for metric in one.payload.metrics]
    assert metrics and not any(metric.HasField("datatype") for metric in metrics)


@checks(
    "tck-id-operational-behavior-data-publish-nbirth-order",
    "tck-id-operational-behavior-data-publish-dbirth-order",
    "tck-id-payloads-metric-timestamp-in-UTC",
)
def metrics_are_in_order_of_time(session: Session) -> None:
    for one in session.of("NBIRTH", "DBIRTH", "DDATA"):
        stamps = [metric.timestamp for metric in one.payload.metrics]
        assert stamps == sorted(stamps) and stamps[-1] <= now_ms()


@checks("tck-id-case-sensitivity-metric-names")
def names_differ_by_more_than_case(session: Session) -> None:
    for one in session.of("NBIRTH", "DBIRTH"):
        names = [metric.name.lower() for metric in one.payload.metrics]
        assert len(names) == len(set(names))


@checks(
    "tck-id-topics-nbirth-metric-reqs",
    "tck-id-operational-behavior-data-publish-nbirth",
    "tck-id-operational-behavior-data-publish-nbirth-change",
)
def the_node_itself_says_nothing_beyond_its_birth(session: Session) -> None:
    assert not [one for one in session.heard if one.kind == "NDATA"]
    names = [[metric.name for metric in one.payload.metrics] for one in session.of("NBIRTH")]
    assert names == [["bdSeq", "Node Control/Rebirth"]] * len(names)


@checks("tck-id-topics-dbirth-metric-reqs", "tck-id-operational-behavior-data-publish-dbirth")
def data_holds_nothing_that_no_birth_named(session: Session) -> None:
    named: dict[str, set[str]] = {}
    for one in session.of("DBIRTH", "DDATA"):
        device = one.topic.rsplit("/", 1)[1]
        names = {metric.name for metric in one.payload.metrics}
        if one.kind == "DBIRTH":
            named[device] = names
        assert names <= named[device]


@checks("tck-id-topics-ddata-payload", "tck-id-operational-behavior-data-publish-dbirth-change")
def data_holds_what_changed(session: Session) -> None:
    known: dict[tuple[str, str], object] = {}
    for one in session.of("DBIRTH", "DDATA"):
        for metric in one.payload.metrics:
            kind = metric.WhichOneof("value")
            value = getattr(metric, kind) if kind else None
            place = (one.topic.rsplit("/", 1)[1], metric.name)
            assert one.kind == "DBIRTH" or known[place] != value
            known[place] = value


@checks(
    "tck-id-payloads-dbirth-order",
    "tck-id-payloads-ddata-order",
    "tck-id-message-flow-device-birth-publish-nbirth-wait",
)
def births_come_before_data(session: Session) -> None:
    born: set[str] = set()
    for one in session.of(*BIRTHS_DATA, "NDEATH"):
        if one.kind in ("NBIRTH", "NDEATH"):
            born = {"node"} if one.kind == "NBIRTH" else set()
        elif one.kind == "DBIRTH":
            assert "node" in born
            born.add(one.topic)
        else:
            assert one.topic.replace(one.kind, "DBIRTH") in born


@checks(
    "tck-id-topics-nbirth-bdseq-included",
    "tck-id-payloads-nbirth-bdseq",
    "tck-id-topics-nbirth-bdseq-increment",
    "tck-id-payloads-nbirth-bdseq-repeat",
    "tck-id-message-flow-edge-node-birth-publish-nbirth-payload-bdSeq",
    "tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq",
)
def sessions_are_numbered_from_0(session: Session) -> None:
    metrics = [one.metric("bdSeq") for one in session.of("NBIRTH")]
    assert {metric.datatype for metric in metrics} == {4}
    # Twice in the first session, for a rebirth is none of its own.
    assert [metric.long_value for metric in metrics[:3]] == [0, 0, 1]


@checks(
    "tck-id-topics-nbirth-bdseq-matching",
    "tck-id-payloads-ndeath-bdseq",
    "tck-id-message-flow-edge-node-birth-publish-will-message-payload",
)
def a_death_bears_the_number_of_the_birth_before_it(session: Session) -> None:
    born = None
    for one in session.of("NBIRTH", "NDEATH"):
        if one.kind == "NBIRTH":
            born = one.metric("bdSeq").long_value
        else:
            assert one.metric("bdSeq").long_value == born


@checks(
    "tck-id-topics-nbirth-rebirth-metric",
    "tck-id-payloads-nbirth-rebirth-req",
    "tck-id-operational-behavior-data-commands-rebirth-name",
    "tck-id-operational-behavior-data-commands-rebirth-datatype",
    "tck-id-operational-behavior-data-commands-rebirth-value",
    "tck-id-operational-behavior-data-commands-rebirth-name-aliases",
)
def births_offer_rebirth(session: Session) -> None:
    for one in session.of("NBIRTH"):
        metric = one.metric("Node Control/Rebirth")
        assert (metric.datatype, metric.WhichOneof("value")) == (11, "boolean_value")
        assert metric.boolean_value is False
        assert not metric.HasField("alias")


@checks(
    "tck-id-operational-behavior-data-commands-rebirth-action-1",
    "tck-id-operational-behavior-data-commands-rebirth-action-2",
    "tck-id-operational-behavior-data-commands-rebirth-action-3",
)
def a_rebirth_is_a_whole_sequence_in_the_same_session(session: Session) -> None:
    kinds = [one.kind for one in session.heard]
    asked = [i for i, one in enumerate(session.heard) if one.kind == "NCMD"]
    true = next(
        i
        for i in asked
        if session.heard[i].payload.metrics and session.heard[i].payload.metrics[0].boolean_value
    )
    answer = session.heard[true + 1 :]
    assert [one.kind for one in answer[:2]] == ["NBIRTH", "DBIRTH"]
    assert [one.payload.seq for one in answer[:2]] == [0, 1]
    assert answer[1].topic.endswith("/pump-1")  # the fan is dead and stays so
    first = session.of("NBIRTH")[0]
    assert answer[0].metric("bdSeq").long_value == first.metric("bdSeq").long_value
    # Asked with false and with garbage, it says nothing.
    assert "NBIRTH" not in kinds[asked[0] : true]


@checks(
    "tck-id-topics-ndeath-payload",
    "tck-id-topics-ndeath-seq",
    "tck-id-payloads-ndeath-seq",
)
def a_death_holds_its_number_alone(session: Session) -> None:
    for one in session.of("NDEATH"):
        assert [metric.name for metric in one.payload.metrics] == ["bdSeq"]
        assert not one.payload.HasField("seq")


@checks(
    "tck-id-payloads-ndeath-will-message",
    "tck-id-payloads-ndeath-will-message-qos",
    "tck-id-payloads-ndeath-will-message-retain",
    "tck-id-message-flow-edge-node-birth-publish-will-message",
    "tck-id-message-flow-edge-node-birth-publish-will-message-topic",
    "tck-id-message-flow-edge-node-birth-publish-will-message-qos",
    "tck-id-message-flow-edge-node-birth-publish-will-message-will-retained",
    "tck-id-message-flow-edge-node-birth-publish-connect",
)
def every_connection_registers_its_death(session: Session) -> None:
    wills = re.findall(r"Will message specified \(\d+ bytes\) \(r(\d), q(\d)\)\.", session.log)
    assert len(wills) >= 2 and set(wills) == {("0", "1")}
    assert session.log.count(f"spBv1.0/{GROUP}/NDEATH/{NODE}") >= 2
    died = session.of("NDEATH")[0]
    assert (died.qos, died.retain) == (1, False)


@checks("tck-id-principles-persistence-clean-session-50")
def every_connection_starts_clean(session: Session) -> None:
    name = re.escape(f"sparkplug-{GROUP}-{NODE}")
    assert set(re.findall(rf"connected from \S+ as {name} \(p(\d), c(\d)", session.log)) == {
        ("5", "1")
    }


@checks(
    "tck-id-message-flow-edge-node-ncmd-subscribe",
)
def commands_are_heard_before_the_birth(session: Session) -> None:
    name = f"sparkplug-{GROUP}-{NODE}"
    listened = session.log.index(f"{name} 1 spBv1.0/{GROUP}/NCMD/{NODE}")
    assert listened < session.log.index(f"Received PUBLISH from {name}")


@checks(
    "tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath",
    "tck-id-operational-behavior-edge-node-intentional-disconnect-packet",
    "tck-id-payloads-ndeath-will-message-publisher",
    "tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt50",
)
def leaving_is_announced(session: Session) -> None:
    # Once by the node, once by the broker, which a goodbye with will asks to speak as well.
    assert [one.kind for one in session.heard[-3:]] == ["DDATA", "NDEATH", "NDEATH"]
    name = f"sparkplug-{GROUP}-{NODE}"
    spoken = session.log.rindex(f"Received PUBLISH from {name}")
    assert "NDEATH" in session.log[spoken:].splitlines()[0]
    assert f"Received DISCONNECT from {name}" in session.log[spoken:]


@checks("tck-id-operational-behavior-device-ddeath")
def a_lost_device_is_declared_dead(session: Session) -> None:
    (died,) = session.of("DDEATH")
    assert died.topic.endswith("/fan")


@pytest.mark.parametrize("tck_id", sorted(CHECKS))
def test_conformance(tck_id: str, session: Session) -> None:
    CHECKS[tck_id](session)
