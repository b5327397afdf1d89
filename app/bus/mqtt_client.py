"""How a client of an MQTT 5 broker is made: where it connects, what it may hold, its last will."""

import ssl
from dataclasses import dataclass

from app.host import bare_host
from sensors.errors import MissingDependency

try:
    from paho.mqtt.client import Client, MQTTv5
    from paho.mqtt.enums import CallbackAPIVersion
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
except ImportError as error:
    raise MissingDependency("a broker needs paho-mqtt: pip install 'motorwatch[live]'") from error

RECONNECT_S = (1, 4)
"""First and longest wait before another attempt."""
RECEIVE_MAXIMUM = 1000
MAX_UNSENT = 4000
"""Messages handed to paho that the broker has not acknowledged; more are refused."""
QOS = 1


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for a client that vanished."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and how to reach it.

    Attributes
    ----------
    host, port
        Its address.
    tls : ssl.SSLContext or None
        With the client's certificate; None speaks in the clear, for a broker on loopback.
    max_packet_bytes : int
        The broker is asked to hand over nothing longer.
    keepalive_s : int
        A half-open link is noticed within one and a half times this.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    max_packet_bytes: int = 600_000
    keepalive_s: int = 15


def new_client(client_id: str, broker: Broker, will: Will | None) -> Client:
    """Return paho's client, told where to connect and not yet connected."""
    client = Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5, manual_ack=True
    )
    client.reconnect_delay_set(*RECONNECT_S)
    client.max_inflight_messages_set(RECEIVE_MAXIMUM)
    client.max_queued_messages_set(MAX_UNSENT)
    if broker.tls is not None:
        client.tls_set_context(broker.tls)
    if will is not None:
        client.will_set(will.topic, will.payload, QOS, retain=True)
    client.connect_async(
        bare_host(broker.host),
        broker.port,
        keepalive=broker.keepalive_s,
        clean_start=True,
        properties=properties_of(
            PacketTypes.CONNECT,
            ReceiveMaximum=RECEIVE_MAXIMUM,
            MaximumPacketSize=broker.max_packet_bytes,
        ),
    )
    return client


def properties_of(packet: int, **values: int) -> Properties:
    """Return properties of one kind of packet, by their names in paho."""
    properties = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties
