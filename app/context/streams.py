"""All sources of a configuration, started and stopped together."""

import time
from collections.abc import Callable

from app.context.config import ContextConfig, Tag
from app.context.join import Joined, join
from app.context.modbus import ModbusServer
from app.context.mqtt import MqttListener
from app.context.opcua import OpcuaServer
from app.context.polling import Polling
from app.context.tags import Tags
from sensors.capture import Capture


class ContextStreams:
    """Reads every source in the background and joins what they said to captures.

    Parameters
    ----------
    config : ContextConfig
        Sources and tags.
    now_ns : callable
        UTC nanoseconds, the clock of the captures.

    Raises
    ------
    MissingDependency
        A library of a source that is named is not installed.
    BadConfig, BadCertificate, UnsafeKey
        A password or key cannot be read, or others may read it.
    """

    def __init__(self, config: ContextConfig, now_ns: Callable[[], int] = time.time_ns) -> None:
        self.tags = Tags(config.tags, now_ns)
        self.sources: dict[str, Polling | MqttListener] = {}
        for name, modbus in config.modbus.items():
            server = ModbusServer(modbus, _read_from(config, "modbus", name))
            self.sources[f"modbus.{name}"] = Polling(name, server, self.tags, modbus.poll_s)
        for name, opcua in config.opcua.items():
            nodes = OpcuaServer(opcua, _read_from(config, "opcua", name))
            self.sources[f"opcua.{name}"] = Polling(name, nodes, self.tags, opcua.poll_s)
        for name, broker in config.mqtt.items():
            listener = MqttListener(name, broker, _read_from(config, "mqtt", name), self.tags)
            self.sources[f"mqtt.{name}"] = listener

    def start(self) -> None:
        """Begin to read; nothing is waited for."""
        for source in self.sources.values():
            source.start()

    def stop(self) -> None:
        """End."""
        for source in self.sources.values():
            source.stop()

    def join(self, capture: Capture) -> Joined:
        """Return a capture with what was fresh at the end of its window; never waits."""
        return join(capture, self.tags)


def _read_from(config: ContextConfig, kind: str, name: str) -> tuple[Tag, ...]:
    return tuple(
        tag for tag in config.tags if tag.at.__struct_config__.tag == kind and tag.at.source == name
    )
