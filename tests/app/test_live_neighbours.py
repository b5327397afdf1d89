"""A gateway among other systems: the plant's own values in, Home Assistant and Sparkplug out."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from live_plant import Plant, wait_until
from mosquitto_process import Broker
from sample_messages import report

pytest.importorskip("paho", reason="needs the extra live")

from app.bus.mqtt import Broker as Address
from app.bus.mqtt import MqttBus
from app.capture_message import encode_capture
from app.homeassistant import discovery_topic
from app.messages import DiagnosisMessage, decode, encode
from app.topics import topic
from app.transfer.sender import CaptureSender
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor_file import write_motor_template

SITE, MOTOR, SECOND = "hall", "pump-1", 1_000_000_000
CONTEXT = """
[mqtt.plc]
host = "{host}"
port = {port}
[[tags]]
motor = "pump-1"
quantity = "ambient_degc"
max_age_s = 60.0
at = {{ kind = "mqtt", source = "plc", topic = "hall/air" }}
[[tags]]
motor = "fan-9"
quantity = "load"
at = {{ kind = "mqtt", source = "plc", topic = "fan/load" }}
"""
SECTIONS = """
[homeassistant]
prefix = "ha"
[sparkplug]
group = "plant"
node = "gate"
"""


class Hall:
    """A gateway as a process, and everybody else at its broker."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        own = folder / f"{MOTOR}.toml"
        own.write_text(write_motor_template())
        self.context = folder / "context.toml"
        self.context.write_text(CONTEXT.format(host=broker.host, port=broker.port))
        plant = Plant(folder, broker.host, broker.port, site=SITE, motors=[], files=[own])
        self.gateway = plant.gateway
        self.heard: dict[str, bytes] = {}
        self.log: list[str] = []
        self.bus = MqttBus(Address(broker.host, broker.port), "others")
        for what in ("ha/#", "spBv1.0/#", "motorwatch/#"):
            self.bus.subscribe(what, self._on_message)
        self.bus.start(wait_s=30.0)

    def configure(self, sections: str, keys: str = "") -> None:
        text = self.gateway.config.read_text().split("# more")[0]
        self.gateway.config.write_text(f"{keys}{text}# more\n{sections}")

    def wait(self, done: object) -> None:
        assert callable(done)

        def is_done() -> object:
            self.bus.poll(0.02)
            return done()

        wait_until(is_done, lambda: f"{self.log}\n{self.gateway.log()[-3000:]}")

    def kinds(self) -> set[str]:
        """Sparkplug's messages so far."""
        return {where.split("/")[2] for where in self.log if where.startswith("spBv1.0/")}

    def close(self) -> None:
        self.gateway.kill()
        self.bus.stop()

    def _on_message(self, where: str, payload: bytes) -> None:
        self.heard[where] = payload
        self.log.append(where)


@pytest.fixture
def hall(broker: Broker, tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path, broker)
    try:
        yield made
    finally:
        made.close()


def test_motors_appear_elsewhere_and_go_with_their_gateway(hall: Hall) -> None:
    where = discovery_topic(SITE, MOTOR, "ha")
    hall.configure(SECTIONS)
    hall.gateway.start()
    hall.wait(lambda: hall.heard.get(where))
    (availability,) = json.loads(hall.heard[where])["availability"]
    assert availability["topic"] == topic(SITE, "gateway", "process")
    assert "value_json.online" in availability["value_template"]
    hall.wait(lambda: hall.heard.get(availability["topic"]))
    assert json.loads(hall.heard[availability["topic"]])["online"] is True
    hall.wait(lambda: "NBIRTH" in hall.kinds())
    hall.bus.publish(topic(SITE, MOTOR, "report"), encode(report(1, MOTOR)))
    hall.bus.publish(topic(SITE, "stranger", "report"), encode(report(1, "stranger")))
    hall.wait(lambda: "DBIRTH" in hall.kinds())
    assert f"spBv1.0/plant/DBIRTH/gate/{MOTOR}" in hall.log
    # Home Assistant restarts.
    before = hall.log.count(where)
    hall.bus.publish("ha/status", b"online")
    hall.wait(lambda: hall.log.count(where) > before)
    hall.gateway.kill()
    hall.wait(lambda: json.loads(hall.heard[availability["topic"]])["online"] is False)
    hall.wait(lambda: "NDEATH" in hall.kinds())
    assert "spBv1.0/plant/DBIRTH/gate/stranger" not in hall.log
    hall.configure("[homeassistant]\nenabled = false\n" + 'prefix = "ha"\n')
    hall.gateway.start()
    hall.wait(lambda: hall.heard[where] == b"")
    assert hall.gateway.stop() == 0


def test_the_plants_own_values_stand_in_the_diagnosis(hall: Hall) -> None:
    hall.configure("", keys=f'context = "{hall.context}"\n')
    hall.gateway.start()
    wait_until(lambda: "context source plc is connected" in hall.gateway.log(), hall.gateway.log)
    assert "fan-9" in hall.gateway.log(), "a tag of another gateway's motor is named"
    wait_until(hall.gateway.is_ready, hall.gateway.log)

    def is_fresh() -> bool:
        hall.bus.publish("hall/air", b"21.0")
        time.sleep(0.2)
        told = hall.gateway.get("/metrics")[1]
        return 'motorwatch_context_tags{state="fresh"} 1.0' in told

    hall.wait(is_fresh)
    assert "context ambient_degc is there" in hall.gateway.log()
    t1_ns = time.time_ns()
    winding = Channel("winding", Sense.TEMPERATURE, Unit.DEGC, position="winding")
    block = SampleBlock(winding, t1_ns - 10 * SECOND, 10.0, np.full(100, 71.0, np.float32))
    capture = Capture(
        motor_id=MOTOR, t0_ns=t1_ns - 10 * SECOND, t1_ns=t1_ns, blocks=(block,), seq=7
    )
    sender = CaptureSender(hall.bus, SITE)
    sender.offer(MOTOR, encode_capture(capture, "d-1", "schedule"), "schedule")
    where = topic(SITE, MOTOR, "diagnosis")

    def is_diagnosed() -> bool:
        sender.pump()
        return where in hall.heard

    hall.wait(is_diagnosed)
    said = decode(where, hall.heard[where])
    assert isinstance(said, DiagnosisMessage)
    measured = {each.name: each.value for each in said.diagnosis.measured}
    assert measured["rise_over_ambient"] == pytest.approx(50.0, abs=0.1)


def test_a_context_that_cannot_be_read_ends_the_gateway_with_its_reason(hall: Hall) -> None:
    hall.context.write_text("[[tags]]\nmotor = 7\n")
    hall.configure("", keys=f'context = "{hall.context}"\n')
    hall.gateway.start()
    wait_until(lambda: "ended with exit code 2" in hall.gateway.log(), hall.gateway.log)
    assert "context.toml" in hall.gateway.log()


def test_sparkplug_over_tls_needs_a_certificate_of_its_own() -> None:
    from app.live_config.load import parse_live
    from sensors.errors import BadConfig

    tls = '[broker.tls]\nca = "a"\ncertificate = "b"\nkey = "c"\n'
    node = '[sparkplug]\ngroup = "g"\nnode = "n"\n'
    head = 'role = "gateway"\nmotors = "m"\n[broker]\n'
    with pytest.raises(BadConfig, match="certificate of its own"):
        parse_live(head + tls + node)
    parse_live(head + node)
    parse_live(head + tls + node + "[sparkplug.broker]\nport = 1884\n")
