"""A bare MQTT client that says exactly what a broker answered; no part of the application."""

import gc
import ssl
import time
import warnings
from collections.abc import Callable
from typing import Any

from mosquitto_process import GENEROUS_S, Broker
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode


class Refused(Exception):
    """The broker did not accept a connection; the text says how."""


class Probe:
    """One client, driven by hand: every method returns when the broker has answered."""

    def __init__(
        self,
        broker: Broker,
        context: ssl.SSLContext | None,
        *,
        client_id: str = "",
        will: str | None = None,
        user: tuple[str, str | None] | None = None,
    ) -> None:
        self.received: list[tuple[str, bytes]] = []
        self._answers: dict[int, list[Any]] = {}
        self._connack: list[Any] = []
        client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5)
        if context is not None:
            client.tls_set_context(context)
        if user is not None:
            client.username_pw_set(*user)
        if will is not None:
            client.will_set(will, b"gone", qos=1)
        client.on_connect = lambda c, u, f, reason, p: self._connack.append(reason)
        client.on_message = self._on_message
        client.on_publish = lambda c, u, mid, reason, p: self._answer(mid, [reason])
        client.on_subscribe = lambda c, u, mid, reasons, p: self._answer(mid, reasons)
        self.client = client
        with warnings.catch_warnings():
            # paho leaves the socket of a failed handshake to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            trouble = self._connect(broker)
            gc.collect()
        if trouble:
            raise Refused(f"transport: {trouble}")
        if self._connack[0].is_failure:
            self._close()
            raise Refused(f"CONNACK: {self._connack[0]}")

    def _connect(self, broker: Broker) -> str:
        try:
            self.client.connect(broker.host, broker.port, 60)
            self._until(lambda: bool(self._connack))
        except OSError as error:
            self._close()
            return str(error)
        return ""

    def publish(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> str:
        """The broker's reason code."""
        sent = self.client.publish(topic, payload, qos=1, retain=retain)
        self._until(lambda: sent.mid in self._answers)
        return str(self._answers[sent.mid][0])

    def subscribe(self, pattern: str) -> str:
        """The broker's reason code."""
        _, mid = self.client.subscribe(pattern, qos=1)
        assert mid is not None
        self._until(lambda: mid in self._answers)
        return str(self._answers[mid][0])

    def wait_for(self, count: int) -> list[tuple[str, bytes]]:
        """Messages received, once there are so many."""
        self._until(lambda: len(self.received) >= count)
        return self.received

    def settle(self) -> list[tuple[str, bytes]]:
        """Messages received up to now: what the broker sent before it answered this."""
        self.subscribe("settle/nothing")
        return self.received

    def is_alive(self) -> bool:
        """Whether the broker still answers."""
        try:
            self.settle()
        except OSError:
            return False
        return True

    def close(self) -> None:
        self.client.disconnect()
        self._close()

    def _close(self) -> None:
        sock = self.client.socket()
        if sock is not None:
            sock.close()
        self.client._reset_sockets()

    def _answer(self, mid: int, reasons: list[Any]) -> None:
        self._answers[mid] = reasons

    def _on_message(self, client: Client, data: object, message: MQTTMessage) -> None:
        self.received.append((message.topic, bytes(message.payload)))

    def _until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + GENEROUS_S
        while not done():
            status = self.client.loop(timeout=0.5)
            if status != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise ConnectionError(str(status))
            if time.monotonic() > deadline:
                raise TimeoutError("the broker did not answer")
