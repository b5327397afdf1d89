"""What each certificate may say and hear at a real broker, tried topic by topic."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mqtt_client import Probe, Refused
from secure_mosquitto import SITE, SecureBroker

from app.broker.access import OWN_STATE, RIGHTS
from app.broker.limits import MESSAGE_BYTES, PACKET_BYTES
from app.tls import client_context
from app.topics import KINDS, NOTICES, topic

DENIED = "Not authorized"
ALL = set(KINDS)

# Written out once more, not taken from the program: what a plant expects of each role.
SAYS = {
    "device-1": {
        "report", "capture", "capture/chunk", "alarm", "interlock", "dropped", "model/state",
    },
    "gateway-1": {
        "diagnosis", "alarm/event", "state", "capture/ack", "archive/chunk", "dropped",
        "model/state",
    },
    "platform-1": {"ack", "archive/ack", "cmd", "model/desired"},
    "anna": {"cmd"},
}  # fmt: skip
HEARS = {
    "device-1": {"ack", "capture/ack", "cmd", "model/desired"},
    "gateway-1": {
        "report", "capture", "capture/chunk", "alarm", "interlock", "state", "ack", "archive/ack",
        "cmd", "model/desired", "model/state",
    },
    "platform-1": ALL,
    "anna": ALL,
}  # fmt: skip


class Plant:
    """Connections of a whole plant to one broker, each made when it is first used."""

    def __init__(self, broker: SecureBroker) -> None:
        self.broker = broker
        self._open: list[Probe] = []

    def connect(self, name: str, **more: Any) -> Probe:
        context = client_context(self.broker.tls(name))
        probe = Probe(self.broker, context, **more)
        self._open.append(probe)
        return probe

    def close(self) -> None:
        for probe in self._open:
            probe.close()


@pytest.fixture
def plant(secure_broker: SecureBroker) -> Iterator[Plant]:
    made = Plant(secure_broker)
    yield made
    made.close()


def test_every_kind_of_message_has_someone_who_may_send_it() -> None:
    assert {kind for rights in RIGHTS.values() for kind in rights.publishes} == ALL - {OWN_STATE}


@pytest.mark.parametrize("name", sorted(SAYS))
def test_what_one_may_publish(plant: Plant, name: str) -> None:
    speaker, listener = (
        plant.connect(name),
        plant.connect("platform-1" if name != "platform-1" else "anna"),
    )
    listener.subscribe("motorwatch/v1/#")
    said = {k for k in KINDS if speaker.publish(topic(SITE, "press-3", k), k.encode()) != DENIED}
    assert said == SAYS[name]
    heard = {where.split("/", 4)[4] for where, _ in listener.settle()}
    assert heard == SAYS[name]


@pytest.mark.parametrize("name", sorted(HEARS))
def test_what_one_may_hear(plant: Plant, name: str) -> None:
    listener = plant.connect(name)
    listener.subscribe("#")
    listener.subscribe("motorwatch/v1/+/+/+/#")
    speakers = {who: plant.connect(who) for who in SAYS if who != name}
    said = set()
    for kind in KINDS:
        who = next((w for w in speakers if kind in SAYS[w]), None)
        if kind == OWN_STATE:
            who = next(iter(speakers))
        if who is not None:
            said.add(kind)
            about = who if kind == OWN_STATE else "press-3"
            assert speakers[who].publish(topic(SITE, about, kind)) != DENIED
    heard = {where.split("/", 4)[4] for where, _ in listener.settle()}
    assert heard == HEARS[name] & said


def test_a_device_speaks_and_hears_for_its_own_motors_alone(plant: Plant) -> None:
    device, platform = plant.connect("device-1"), plant.connect("platform-1")
    listener = plant.connect("anna")
    listener.subscribe("motorwatch/v1/+/+/report")
    device.subscribe("#")
    device.subscribe(topic(SITE, "fan-1", "cmd"))
    for kind in KINDS:
        assert device.publish(topic(SITE, "fan-1", kind)) == DENIED
        assert device.publish(topic("other-site", "press-3", kind)) == DENIED
        platform.publish(topic(SITE, "fan-1", kind))
    assert device.publish(topic(SITE, "Pumpe 4", "report")) == "Success"
    assert device.settle() == []
    assert [where for where, _ in listener.settle()] == [topic(SITE, "Pumpe 4", "report")]


@pytest.mark.parametrize(
    "where",
    [
        "motorwatch/v1/plant/press-3/report/more",
        "motorwatch/v1/plant/press-3",
        "motorwatch/v1/plant/Pumpe",
        "motorwatch/v1/plant/Pumpe 4 /report",
        "motorwatch/v1/plant//report",
        "motorwatch/v1/plant/press-3/model",
        "motorwatch/v1/plant/platform-1/process",
        "motorwatch/v2/plant/press-3/report",
        "/motorwatch/v1/plant/press-3/report",
        "$SYS/broker/uptime",
        "homeassistant/sensor/x/config",
        "x",
    ],
)
def test_topics_beside_the_permitted_ones(plant: Plant, where: str) -> None:
    assert plant.connect("device-1").publish(where) == DENIED


@pytest.mark.parametrize("pattern", ["#", "$SYS/#", "$share/all/#", "$share/x/motorwatch/v1/#"])
def test_nobody_reads_more_by_a_wider_subscription(plant: Plant, pattern: str) -> None:
    device = plant.connect("device-2")
    device.subscribe(pattern)
    other = plant.connect("device-1")
    assert other.publish(topic(SITE, "press-3", "report"), retain=True) != DENIED
    assert device.settle() == []


def test_each_process_may_say_that_it_lives(plant: Plant) -> None:
    for name in SAYS:
        speaker = plant.connect(name)
        assert speaker.publish(topic(SITE, name, "process")) != DENIED
        assert speaker.publish(topic(SITE, "press-3", "process")) == DENIED


def test_a_plants_own_rules_open_other_topics_alone(plant: Plant) -> None:
    broker = plant.broker
    gateway, other = plant.connect("gateway-1"), plant.connect("device-1")
    assert gateway.publish("homeassistant/x") == DENIED
    (broker.authority / "rules.acl").write_text(
        "user gateway:gateway-1\ntopic readwrite homeassistant/#\n"
    )
    broker.update()
    gateway.subscribe("homeassistant/#")
    assert gateway.publish("homeassistant/x", b"config") == "Success"
    assert gateway.wait_for(1) == [("homeassistant/x", b"config")]
    assert gateway.publish(topic(SITE, "press-3", "diagnosis")) != DENIED
    assert gateway.publish(topic(SITE, "press-3", "cmd")) == DENIED
    assert other.publish("homeassistant/x") == DENIED


@pytest.mark.parametrize("where", [NOTICES, f"{NOTICES}/duty"])
def test_notices_are_the_platforms_and_reach_operators(plant: Plant, where: str) -> None:
    listeners = {name: plant.connect(name) for name in ("anna", "device-1", "gateway-1")}
    for listener in listeners.values():
        listener.subscribe(f"{NOTICES}/#")
        assert listener.publish(where) == DENIED
    platform = plant.connect("platform-1")
    assert platform.publish(where, b"alarm") == "Success"
    assert listeners["anna"].wait_for(1) == [(where, b"alarm")]
    assert listeners["device-1"].settle() == listeners["gateway-1"].settle() == []
    for beside in ("motorwatch/notice", "motorwatch/noticesboard", "motorwatch", "plant/notices"):
        assert platform.publish(beside) == DENIED


def test_a_last_will_on_anothers_topic_is_never_delivered(plant: Plant) -> None:
    listener = plant.connect("anna")
    listener.subscribe("#")
    try:
        device = plant.connect("device-1", will=topic(SITE, "gateway-1", "process"))
    except Refused:
        return
    device.client.socket().close()
    plant.connect("device-1", will=topic(SITE, "device-1", "process")).client.socket().close()
    heard = listener.wait_for(1)
    assert {where for where, _ in heard} == {topic(SITE, "device-1", "process")}


def test_nobody_ends_anothers_connection_by_its_client_id(plant: Plant) -> None:
    victim = plant.connect("platform-1", client_id="platform")
    for claimed in ("platform", "platform:platform-1", "platform-1"):
        plant.connect("device-1", client_id=claimed)
        assert victim.is_alive()


def test_a_user_name_beside_the_certificate_changes_nothing(plant: Plant) -> None:
    for password in (None, "", "x"):
        device = plant.connect("device-1", user=("platform:platform-1", password))
        assert device.publish(topic(SITE, "press-3", "ack")) == DENIED
        assert device.publish(topic(SITE, "press-3", "report")) != DENIED


def test_a_message_over_the_limit_goes_nowhere(plant: Plant) -> None:
    listener, device = plant.connect("anna"), plant.connect("device-1")
    listener.subscribe("#")
    where = topic(SITE, "press-3", "report")
    assert device.publish(where, bytes(MESSAGE_BYTES)) == "Success"
    with pytest.raises(ConnectionError):
        device.publish(where, bytes(PACKET_BYTES))
    plant.broker.wait_for_log("oversize packet")
    assert [len(payload) for _, payload in listener.settle()] == [MESSAGE_BYTES]
    assert plant.connect("device-1").publish(where) == "Success"


def test_only_the_brokers_user_reads_its_folder(secure_broker: SecureBroker) -> None:
    owner = Path(f"/proc/{secure_broker.pid}").stat().st_uid
    assert owner != 0
    for path in (secure_broker.folder, *secure_broker.folder.rglob("*")):
        assert path.stat().st_uid == owner or path.name == "broker.log", path
    assert secure_broker.folder.stat().st_mode & 0o077 == 0
    assert (secure_broker.folder / "broker.key").stat().st_mode & 0o777 == 0o600
