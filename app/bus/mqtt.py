"""A bus over an MQTT 5 broker.

paho's thread only moves bytes: whatever arrives, and every change of the link, waits in a bounded
queue until the process's own loop calls `poll`, so that roles run on one thread here as they do on
the in-process bus. A message is acknowledged to the broker once its handlers have returned, and the
broker sends no more than `RECEIVE_MAXIMUM` without: a slow reader slows the broker, not memory.

The broker's acknowledgement says nothing of the platform's database: `app.delivery` sees to that.
"""

import logging
import queue
from collections.abc import Callable
from dataclasses import dataclass

from app.bus.bus import Handler
from app.bus.mqtt_client import (
    QOS,
    RECEIVE_MAXIMUM,
    Broker,
    Will,
    new_client,
    properties_of,
)
from app.bus.topic_filter import check_pattern, check_topic, matches
from app.seldom import is_worth_saying
from sensors.errors import BusError, MissingDependency

try:
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
    from paho.mqtt.enums import MQTTErrorCode
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode
except ImportError as error:
    raise MissingDependency("a broker needs paho-mqtt: pip install 'motorwatch[live]'") from error

__all__ = ["Broker", "LinkHandler", "MqttBus", "Will"]

log = logging.getLogger(__name__)

MAX_WAITING = 4 * RECEIVE_MAXIMUM
LinkHandler = Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class _Arrived:
    topic: str
    payload: bytes
    packet: int
    qos: int
    connection: int


class MqttBus:
    """Carries messages over a broker; see the module.

    Parameters
    ----------
    broker : Broker
        Which.
    client_id : str
        One connection at a time bears a name: a second one ends the first.
    will : Will or None
        Retained word of the broker should this client vanish.
    max_waiting : int
        Messages that have arrived and wait for `poll`.
    wake : callable
        Called, from another thread, whenever something waits for `poll`.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        will: Will | None = None,
        max_waiting: int = MAX_WAITING,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._wake = wake
        self._arrived: queue.SimpleQueue[_Arrived | bool] = queue.SimpleQueue()
        self._max_waiting = max_waiting
        self._connection = 0
        self._subscriptions: list[tuple[str, Handler]] = []
        self._link_handlers: list[LinkHandler] = []
        self._up = False
        self.trouble: str | None = "not yet connected"
        self.discarded = 0
        self.denied = 0
        self._client = new_client(client_id, broker, will)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish

    @property
    def connected(self) -> bool:
        """Whether the broker answers, as far as is known."""
        return self._up

    def start(self, *, wait_s: float = 0.0) -> None:
        """Connect in the background, again and again; `wait_s` waits for the first link.

        Raises
        ------
        BusError
            No link after `wait_s`.
        """
        self._client.loop_start()
        if wait_s <= 0.0:
            return
        self.poll(wait_s, until_linked=True)
        if not self._up:
            self.stop()
            raise BusError(f"no link to the broker after {wait_s:g} s: {self.trouble}")

    def stop(self) -> None:
        """Say goodbye to the broker, which then does not send the will, and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()
        self._up = False

    def on_link(self, handler: LinkHandler) -> None:
        """Call `handler(up)` from `poll` whenever the link comes or goes."""
        self._link_handlers.append(handler)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        """Send a message at least once; see `Bus.publish`."""
        check_topic(topic)
        if not self._up:
            raise BusError(f"{topic} is not sent: no link to the broker ({self.trouble})")
        expiry = (
            None
            if expires_s is None
            else properties_of(PacketTypes.PUBLISH, MessageExpiryInterval=expires_s)
        )
        sent = self._client.publish(topic, payload, QOS, retain=retain, properties=expiry)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise BusError(f"{topic} is not sent: {sent.rc!r}; too much waits, or the link is gone")

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """Call `handler` from `poll` for each later message that matches; see `Bus.subscribe`."""
        check_pattern(pattern)
        self._subscriptions.append((pattern, handler))
        if self._up:
            self._client.subscribe(pattern, QOS)

    def poll(self, timeout_s: float, *, until_linked: bool = False) -> int:
        """Hand on what has arrived, waiting up to `timeout_s` for the first; return how many.

        An error of a handler reaches the caller; the message is acknowledged to the broker all the
        same, since who sent it sends again what the platform does not acknowledge.
        """
        handled = 0
        try:
            while handled < MAX_WAITING:
                self._handle(self._arrived.get(timeout=timeout_s if handled == 0 else 0.0))
                handled += 1
                if until_linked and self._up:
                    break
        except queue.Empty:
            pass
        return handled

    def _handle(self, arrived: "_Arrived | bool") -> None:
        if isinstance(arrived, bool):
            self._up = arrived
            for told in tuple(self._link_handlers):
                told(arrived)
            return
        try:
            for pattern, handler in tuple(self._subscriptions):
                if matches(pattern, arrived.topic):
                    handler(arrived.topic, arrived.payload)
        finally:
            # Another connection numbers its packets anew.
            if arrived.qos and arrived.connection == self._connection:
                self._client.ack(arrived.packet, arrived.qos)

    # What follows runs on paho's thread.

    def _on_connect(
        self,
        client: Client,
        data: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.trouble = f"the broker refuses: {reason}"
            return
        self.trouble = None
        self._connection += 1
        patterns = sorted({pattern for pattern, _ in self._subscriptions})
        if patterns:
            client.subscribe([(pattern, QOS) for pattern in patterns])
        self._arrived.put(True)
        self._wake()

    def _on_disconnect(
        self,
        client: Client,
        data: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self.trouble = self.trouble or f"the link was lost: {reason}"
        self._arrived.put(False)
        self._wake()

    def _on_connect_fail(self, client: Client, data: object) -> None:
        self.trouble = "the broker does not answer at its address, or TLS failed"

    def _on_message(self, client: Client, data: object, message: MQTTMessage) -> None:
        if self._arrived.qsize() >= self._max_waiting:
            # Only messages of quality 0 can outrun the window of those to be acknowledged.
            self.discarded += 1
            return
        self._arrived.put(
            _Arrived(
                message.topic, bytes(message.payload), message.mid, message.qos, self._connection
            )
        )
        self._wake()

    def _on_publish(
        self,
        client: Client,
        data: object,
        mid: int,
        reason: ReasonCode,
        properties: Properties,
    ) -> None:
        if reason.is_failure:
            self.denied += 1
            if is_worth_saying(self.denied):
                log.warning("the broker refuses messages (%d so far): %s", self.denied, reason)
