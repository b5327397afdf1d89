"""The application's own bus over mutual TLS: messages go through, refusals reach the operator."""

import time
from collections.abc import Callable

import msgspec
import pytest
from mosquitto_process import GENEROUS_S
from secure_mosquitto import SITE, SecureBroker

from app.bus.mqtt import Broker, MqttBus
from app.notify.config import Mqtt
from app.notify.notice import Notice
from app.notify.topic import TopicSender
from app.tls import client_context
from app.topics import topic
from sensors.errors import BusError


def connected(broker: SecureBroker, name: str) -> MqttBus:
    there = Broker(broker.host, broker.port, client_context(broker.tls(name)))
    bus = MqttBus(there, name)
    bus.start(wait_s=GENEROUS_S)
    return bus


def until(done: Callable[[], bool], *buses: MqttBus) -> None:
    deadline = time.monotonic() + GENEROUS_S
    while not done():
        assert time.monotonic() < deadline
        for bus in buses:
            bus.poll(0.02)


@pytest.mark.parametrize("where", [None, "plant/notices"])
def test_a_notice_reaches_an_operator(secure_broker: SecureBroker, where: str | None) -> None:
    channel = Mqtt(name="bus") if where is None else Mqtt(name="bus", topic=where)
    if where is not None:
        (secure_broker.authority / "rules.acl").write_text(
            f"user platform:platform-1\ntopic write {where}\n"
            f"user operator:anna\ntopic read {where}\n"
        )
        secure_broker.update()
    notice = Notice(
        event="raised", motor_id="press-3", priority="high", title="t", text="x", at_ns=1
    )
    platform, anna = connected(secure_broker, "platform-1"), connected(secure_broker, "anna")
    heard: list[bytes] = []
    try:
        anna.subscribe(channel.topic, lambda where, payload: heard.append(payload))

        def arrived() -> bool:
            if not heard:  # her subscription may not stand yet
                TopicSender(channel, platform).send([notice])
            return bool(heard)

        until(arrived, platform, anna)
        assert msgspec.json.decode(heard[0], type=Notice) == notice
        assert platform.denied == 0
    finally:
        platform.stop()
        anna.stop()


def test_a_report_and_its_acknowledgement(secure_broker: SecureBroker) -> None:
    device = connected(secure_broker, "device-1")
    platform = connected(secure_broker, "platform-1")
    heard: list[bytes] = []
    acknowledged: list[bytes] = []

    def commit(where: str, payload: bytes) -> None:
        heard.append(payload)
        platform.publish(topic(SITE, "press-3", "ack"), b"committed")

    try:
        platform.subscribe(f"motorwatch/v1/{SITE}/+/report", commit)
        device.subscribe(
            topic(SITE, "press-3", "ack"), lambda where, payload: acknowledged.append(payload)
        )
        sent = 0

        def arrived() -> bool:
            nonlocal sent
            if not heard:  # the platform's subscription may not stand yet
                device.publish(topic(SITE, "press-3", "report"), f"window {sent}".encode())
                sent += 1
            return bool(heard and acknowledged)

        until(arrived, platform, device)
        assert heard[0].startswith(b"window") and acknowledged[0] == b"committed"
        assert device.denied == 0
    finally:
        device.stop()
        platform.stop()


def test_what_is_not_permitted_is_counted(secure_broker: SecureBroker) -> None:
    device = connected(secure_broker, "device-1")
    try:
        device.publish(topic(SITE, "fan-1", "report"), b"not mine")
        until(lambda: device.denied == 1, device)
    finally:
        device.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_revoked_process_hears_that_it_is_refused(secure_broker: SecureBroker) -> None:
    secure_broker.revoke("device-1")
    there = Broker(
        secure_broker.host, secure_broker.port, client_context(secure_broker.tls("device-1"))
    )
    bus = MqttBus(there, "device-1")
    with pytest.raises(BusError, match="no link"):
        bus.start(wait_s=2.0)
    assert not bus.connected
