"""Tags from topics of a plant's own broker, as plain numbers or in JSON."""

import logging
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from app.context.config import MqttPlace, Tag
from app.context.source import MqttSource
from app.context.tags import Tags
from app.context.value import follow, instant_ns, parse_json
from app.pki.key_file import check_key_file
from app.secret_file import read_secret
from sensors.errors import MissingDependency

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

log = logging.getLogger(__name__)


class MqttListener:
    """Listens on one broker, connecting again by itself.

    Parameters
    ----------
    name, source, tags, sink
        The source's name and configuration, the tags to be read from it, and where values go.

    Raises
    ------
    MissingDependency
        paho-mqtt is not installed.
    BadConfig, BadCertificate, UnsafeKey
        A password or key cannot be read, or others may read it.
    """

    def __init__(self, name: str, source: MqttSource, tags: tuple[Tag, ...], sink: Tags) -> None:
        self._name = name
        self._source = source
        self._sink = sink
        self._tags: defaultdict[str, list[Tag]] = defaultdict(list)
        for tag in tags:
            assert isinstance(tag.at, MqttPlace)
            self._tags[tag.at.topic].append(tag)
        self._client = _client(source)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._client.is_connected()

    def start(self) -> None:
        """Begin; a broker that is not there yet is waited for in the background."""
        self._client.connect_async(self._source.host, self._source.port)
        self._client.loop_start()

    def stop(self) -> None:
        """End."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: "Client", *_: object) -> None:
        log.info("context source %s is connected", self._name)
        client.subscribe([(topic, 0) for topic in self._tags])

    def _on_disconnect(self, *_: object) -> None:
        log.warning("context source %s is lost, retrying", self._name)

    def _on_message(self, _client: "Client", _userdata: object, message: "MQTTMessage") -> None:
        decoded = parse_json(bytes(message.payload))
        for tag in self._tags.get(message.topic, ()):
            place = tag.at
            assert isinstance(place, MqttPlace)
            if decoded is None:
                self._sink.refuse(tag, "unreadable")
            elif place.time_path:
                self._put_dated(tag, decoded, place)
            elif message.retain:
                # Nobody knows when it was true: it may be the last word of a PLC long dead.
                self._sink.refuse(tag, "retained")
            else:
                self._sink.put(tag, follow(decoded, place.path))

    def _put_dated(self, tag: Tag, decoded: object, place: MqttPlace) -> None:
        t_ns = instant_ns(follow(decoded, place.time_path))
        if t_ns is None:
            self._sink.refuse(tag, "wrong_time")
        else:
            self._sink.put(tag, follow(decoded, place.path), t_ns)


def _client(source: MqttSource) -> "Client":
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    except ImportError as error:
        raise MissingDependency("MQTT needs paho-mqtt; pip install 'motorwatch[live]'") from error
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.reconnect_delay_set(1, 60)
    if source.ca_file is not None:
        if source.key_file is not None:
            check_key_file(Path(source.key_file))
        client.tls_set(source.ca_file, source.cert_file, source.key_file)
    if source.username is not None:
        secret = source.password_file
        client.username_pw_set(
            source.username, None if secret is None else read_secret(Path(secret))
        )
    return client
