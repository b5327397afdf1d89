"""What the plant knows, joined to a capture that is then diagnosed."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from mosquitto_process import Broker

from app.capture_message import decode_capture, encode_capture
from app.context.config import ContextConfig, parse_context
from app.context.join import AMBIENT, join
from app.context.streams import ContextStreams
from app.context.tags import Tags
from app.sensor_status import worst_status
from dsp.audit import audit
from models.diagnosis import diagnose
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor import Motor, Nameplate

SECOND = 1_000_000_000
CONFIG = """
[mqtt.plant]
host = "127.0.0.1"
port = 1

[[tags]]
motor = "m1"
quantity = "load"
at = { kind = "mqtt", source = "plant", topic = "drive", path = "load" }

[[tags]]
motor = "m1"
quantity = "speed_rpm"
at = { kind = "mqtt", source = "plant", topic = "drive", path = "rpm" }

[[tags]]
motor = "m1"
quantity = "ambient_degc"
at = { kind = "mqtt", source = "plant", topic = "air" }

[[tags]]
motor = "m1"
quantity = "process"
name = "flow"
unit = "m3/h"
at = { kind = "mqtt", source = "plant", topic = "flow", path = "v", time_path = "t" }

[[tags]]
motor = "m2"
quantity = "load"
at = { kind = "mqtt", source = "plant", topic = "other" }
"""


def warm_motor(**changes: object) -> Capture:
    winding = Channel("winding", Sense.TEMPERATURE, Unit.DEGC, position="winding")
    values = np.full(100, 71.0, np.float32)
    fields: dict[str, object] = {
        "motor_id": "m1",
        "t0_ns": 0,
        "t1_ns": 10 * SECOND,
        "blocks": (SampleBlock(winding, 0, 10.0, values),),
    }
    return Capture(**(fields | changes))  # type: ignore[arg-type]


def filled() -> Tags:
    tags = Tags(parse_context(CONFIG).tags, lambda: 9 * SECOND)
    for tag, value in zip(tags.of("m1"), (0.8, 1475.0, 21.0, 30.0), strict=True):
        tags.put(tag, value)
    return tags


def test_fresh_context_stands_in_the_capture_and_in_its_diagnosis() -> None:
    joined = join(warm_motor(), filled())
    assert (joined.capture.load, joined.capture.speed_rpm) == (0.8, 1475.0)
    assert (joined.process, joined.missing) == ({"flow": (30.0, "m3/h")}, ())
    motor = Motor(motor_id="m1", nameplate=Nameplate(poles=4, line_hz=50.0, rated_kw=7.5))
    notes = audit(joined.capture, motor)
    assert worst_status(notes) == "normal"
    measured = {m.name: m.value for m in diagnose(joined.capture, motor).measured}
    assert measured["rise_over_ambient"] == pytest.approx(50.0, abs=0.1)
    decoded, _ = decode_capture(encode_capture(joined.capture, "boot-1"))
    assert decoded.blocks[1].channel == AMBIENT


def test_what_is_too_old_is_said_to_be_missing() -> None:
    late = warm_motor(t0_ns=20 * SECOND, t1_ns=30 * SECOND)
    joined = join(late, filled())
    assert joined.capture == late
    assert joined.missing == ("load", "speed_rpm", "ambient_degc", "flow")


def test_what_the_capture_measured_itself_is_never_overruled() -> None:
    air = Channel("t2", Sense.TEMPERATURE, Unit.DEGC, position="Air")
    block = SampleBlock(air, 0, 1.0, np.full(10, 18.0, np.float32))
    own = warm_motor(load=0.5, speed_rpm=1490.0, blocks=(block,))
    assert join(own, filled()).capture == own


def test_a_motor_nobody_describes_is_left_as_it_is() -> None:
    stranger = warm_motor(motor_id="m9")
    joined = join(stranger, filled())
    assert (joined.capture, joined.process, joined.missing) == (stranger, {}, ())


# --- a real broker --------------------------------------------------------------------------------


def until(holds) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not come about within a minute"
        time.sleep(0.02)


@contextmanager
def plant(broker: Broker, config: ContextConfig) -> Iterator[tuple[ContextStreams, object]]:
    """Streams that listen, and a client that speaks for the plant."""
    client_of = pytest.importorskip("paho.mqtt.client", reason="needs the extra live: paho-mqtt")
    speaker = client_of.Client(client_of.CallbackAPIVersion.VERSION2)
    speaker.connect(broker.host, broker.port)
    speaker.loop_start()
    speaker.publish("air", "19.5", qos=1, retain=True).wait_for_publish(30)
    streams = ContextStreams(config)
    streams.start()
    try:
        yield streams, speaker
    finally:
        streams.stop()
        speaker.disconnect()
        speaker.loop_stop()


def test_topics_are_read_and_what_is_retained_or_mad_is_not(broker: Broker) -> None:
    config = parse_context(CONFIG.replace("port = 1", f"port = {broker.port}"))
    with plant(broker, config) as (streams, speaker):
        until(lambda: streams.sources["mqtt.plant"].connected)
        until(lambda: streams.tags.status()[2].refused == {"retained": 1})
        now = time.time()
        for topic, payload in (
            ("drive", '{"load": 0.6, "rpm": "fast"}'),
            ("flow", json.dumps({"v": 3.5, "t": now - 2})),
            ("flow", json.dumps({"v": 9.9, "t": now + 3600})),
            ("flow", '{"v": 9.9, "t": "noon"}'),
            ("other", "not json"),
        ):
            speaker.publish(topic, payload, qos=1)  # type: ignore[attr-defined]
        until(lambda: bool(streams.tags.status()[4].refused))
        now_ns = time.time_ns()
        joined = streams.join(Capture("m1", now_ns - SECOND, now_ns, ()))
        assert joined.capture.load == 0.6
        assert joined.process == {"flow": (3.5, "m3/h")}
        assert joined.missing == ("speed_rpm", "ambient_degc")
        said = [status.refused for status in streams.tags.status()]
        assert said[1] == {"not_a_number": 1}
        assert said[3] == {"wrong_time": 2}
        assert said[4] == {"unreadable": 1}


def test_a_broker_that_goes_and_comes_is_heard_again(broker: Broker) -> None:
    config = parse_context(CONFIG.replace("port = 1", f"port = {broker.port}"))
    with plant(broker, config) as (streams, speaker):
        source = streams.sources["mqtt.plant"]
        until(lambda: source.connected)
        broker.kill()
        until(lambda: not source.connected)
        broker.start()
        until(lambda: source.connected and speaker.is_connected())  # type: ignore[attr-defined]

        def heard() -> bool:
            speaker.publish("air", "20.5", qos=1)  # type: ignore[attr-defined]
            return streams.tags.status()[2].state == "fresh"

        until(heard)


def test_a_broker_that_is_not_there_holds_up_nothing() -> None:
    pytest.importorskip("paho.mqtt.client", reason="needs the extra live: paho-mqtt")
    streams = ContextStreams(parse_context(CONFIG))
    streams.start()
    try:
        assert streams.join(warm_motor()).missing
    finally:
        streams.stop()
