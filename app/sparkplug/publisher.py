"""Publishes reports as a Sparkplug B edge node, over a connection of its own.

It needs its own: the last will of that connection is the node's death certificate, whose session
number changes with every connection.
"""

import logging
import time
from collections.abc import Callable
from threading import Lock

from app.bus.mqtt_client import RECONNECT_S, Broker
from app.messages import Report
from app.sparkplug.edge_node import (
    REBIRTH,
    EdgeNode,
    Message,
    birth,
    death,
    lose,
    next_session,
    update,
)
from app.sparkplug.report_metrics import report_metrics
from app.sparkplug.wire import read_commands
from sensors.errors import BadMessage, MissingDependency

try:
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode
except ImportError as error:
    raise MissingDependency("Sparkplug needs paho-mqtt: pip install 'motorwatch[live]'") from error

log = logging.getLogger(__name__)

STALE_S = 60.0
GOODBYE_S = 5.0
WITH_WILL = "Disconnect with will message"


class SparkplugPublisher:
    """An edge node whose devices are motors.

    Parameters
    ----------
    broker : Broker
        Where.
    group_id, node_id : str
        The node's name; no other may bear it.
    now_ms : callable
        UTC milliseconds.
    stale_s : float
        A motor without a report for so long is declared dead by `tick`.

    Raises
    ------
    BadConfig
        A name that cannot stand in a topic.
    """

    def __init__(
        self,
        broker: Broker,
        group_id: str,
        node_id: str,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        stale_s: float = STALE_S,
    ) -> None:
        self._now_ms = now_ms
        self._stale_s = stale_s
        self._lock = Lock()
        self._node = EdgeNode(group_id, node_id)
        self._heard: dict[str, float] = {}
        self._born = False
        self._client = _client(broker, f"sparkplug-{group_id}-{node_id}")
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._set_will()

    @property
    def born(self) -> bool:
        """Whether this session's births are out."""
        return self._born

    def start(self) -> None:
        """Connect in the background, again and again."""
        self._client.loop_start()

    def stop(self) -> None:
        """Declare the node dead and leave."""
        with self._lock:
            said = death(self._node, self._now_ms()) if self._born else None
            self._born = False
        if said is not None:
            sent = self._client.publish(said.topic, said.payload, 1)
            if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                sent.wait_for_publish(GOODBYE_S)
        # The specification asks for both: the word before leaving, and the will all the same.
        self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, WITH_WILL))
        self._client.loop_stop()

    def report(self, report: Report) -> None:
        """Take a motor's report; what changed is published once the node is born."""
        now_ms = self._now_ms()
        with self._lock:
            self._heard[report.motor_id] = time.monotonic()
            metrics = report_metrics(report, now_ms)
            self._say(*update(self._node, report.motor_id, metrics, now_ms))

    def lose(self, motor_id: str) -> None:
        """Declare a motor dead."""
        with self._lock:
            self._heard.pop(motor_id, None)
            self._say(*lose(self._node, motor_id, self._now_ms()))

    def tick(self) -> None:
        """Declare motors dead that are silent; the owner calls it now and then."""
        before = time.monotonic() - self._stale_s
        for motor_id in [name for name, heard in tuple(self._heard.items()) if heard < before]:
            self.lose(motor_id)

    def _say(self, node: EdgeNode, messages: tuple[Message, ...]) -> None:
        """Publish, unless the births of this session are still to come: they will say it all."""
        if not self._born:
            self._node = EdgeNode(node.group_id, node.node_id, node.bd_seq, 0, node.devices)
            return
        self._node = node
        for message in messages:
            self._client.publish(message.topic, message.payload, 0)

    def _bear(self) -> None:
        with self._lock:
            self._born = True
            self._say(*birth(self._node, self._now_ms()))

    def _set_will(self) -> None:
        will = death(self._node, self._now_ms())
        self._client.will_set(will.topic, will.payload, 1, retain=False)

    # What follows runs on paho's thread.

    def _on_connect(
        self,
        client: Client,
        data: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if not reason.is_failure:
            client.subscribe(self._node.topic("NCMD"), 1)

    def _on_subscribe(
        self,
        client: Client,
        data: object,
        mid: int,
        reasons: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        # A host may ask for a rebirth as soon as it has seen the birth: first listen, then speak.
        self._bear()

    def _on_disconnect(
        self,
        client: Client,
        data: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        with self._lock:
            self._born = False
            self._node = next_session(self._node)
            self._set_will()

    def _on_message(self, client: Client, data: object, message: MQTTMessage) -> None:
        try:
            commands = read_commands(bytes(message.payload))
        except BadMessage as error:
            log.warning("Sparkplug command refused: %s", error)
            return
        if commands.get(REBIRTH) is True:
            log.info("Sparkplug: a host asks for a rebirth")
            self._bear()


def _client(broker: Broker, client_id: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5)
    client.reconnect_delay_set(*RECONNECT_S)
    if broker.tls is not None:
        client.tls_set_context(broker.tls)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 0
    client.connect_async(
        broker.host,
        broker.port,
        keepalive=broker.keepalive_s,
        clean_start=True,
        properties=properties,
    )
    return client
