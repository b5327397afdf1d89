"""The broker that tests use: it really starts, forgets, stalls and comes back."""

import os
import pwd
import socket
from pathlib import Path

import pytest
from mosquitto_process import Broker
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.subscribe import simple


def publish_retained(broker: Broker, topic: str, payload: bytes) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.connect(broker.host, broker.port)
    client.loop_start()
    try:
        client.publish(topic, payload, qos=1, retain=True).wait_for_publish(10)
    finally:
        client.disconnect()
        client.loop_stop()


def retained(broker: Broker, topic: str) -> bytes:
    message = simple(topic, hostname=broker.host, port=broker.port, keepalive=10)
    return bytes(message.payload)


def test_a_retained_message_survives_a_restart(broker: Broker) -> None:
    publish_retained(broker, "fixture/restart", b"kept")
    port = broker.port
    broker.restart()
    assert broker.port == port
    assert retained(broker, "fixture/restart") == b"kept"


def test_kill_ends_it_and_start_brings_it_back(broker: Broker) -> None:
    pid = broker.pid
    broker.kill()
    assert not broker.running
    with pytest.raises(OSError):
        socket.create_connection((broker.host, broker.port), timeout=1.0)
    broker.start()
    assert broker.pid != pid
    publish_retained(broker, "fixture/kill", b"again")
    assert retained(broker, "fixture/kill") == b"again"


def test_a_paused_broker_holds_connections_and_says_nothing(broker: Broker) -> None:
    broker.pause()
    with socket.create_connection((broker.host, broker.port), timeout=1.0) as half_open:
        # CONNECT of MQTT 5 with client id "p".
        half_open.sendall(bytes.fromhex("100e00044d51545405020000000001") + b"p")
        half_open.settimeout(0.3)
        with pytest.raises(TimeoutError):
            half_open.recv(1)
        broker.resume()
        half_open.settimeout(10.0)
        assert half_open.recv(1) == b"\x20"


def test_it_does_not_run_as_root(broker: Broker) -> None:
    owner = Path(f"/proc/{broker.pid}").stat().st_uid
    assert owner != 0
    if os.geteuid() == 0:
        assert pwd.getpwuid(owner).pw_name in ("mosquitto", "nobody")
