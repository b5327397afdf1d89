"""What a Sparkplug edge node says and in which order: births, data, deaths, numbered.

Pure functions on a frozen state. Values are reported by exception: a message holds only what has
changed. Each function returns the next state and the messages to publish, in order, all of quality
0 and not retained.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from app.sparkplug.wire import DataType, Metric, encode_payload
from sensors.errors import BadConfig

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"
BD_SEQ = "bdSeq"
SEQUENCE = 256
Metrics = Mapping[str, Metric]


class Message(NamedTuple):
    """A payload and where it goes."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class EdgeNode:
    """One edge node in one of its sessions.

    Attributes
    ----------
    group_id, node_id
        Its name; both without / + #.
    bd_seq : int
        Number of this session, 0 to 255: the same in birth and death.
    seq : int
        Number of the next message, 0 to 255.
    devices : mapping of str to mapping of str to Metric
        What is known of every device that is alive, by metric name.
    """

    group_id: str
    node_id: str
    bd_seq: int = 0
    seq: int = 0
    devices: Mapping[str, Metrics] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for name in (self.group_id, self.node_id, *self.devices):
            if not name or any(char in name for char in "/+#\0"):
                raise BadConfig(f"Sparkplug: {name!r} cannot stand in a topic; no / + # in names")

    def topic(self, kind: str, device_id: str | None = None) -> str:
        """Return the topic of a kind of message, about a device where one is named."""
        place = f"{NAMESPACE}/{self.group_id}/{kind}/{self.node_id}"
        return place if device_id is None else f"{place}/{device_id}"


Said = tuple[EdgeNode, tuple[Message, ...]]


def death(node: EdgeNode, now_ms: int) -> Message:
    """Return the death certificate of this session: the last will, and the word before leaving."""
    bd_seq = Metric(BD_SEQ, DataType.INT64, node.bd_seq, now_ms)
    return Message(node.topic("NDEATH"), encode_payload((bd_seq,), timestamp_ms=now_ms))


def next_session(node: EdgeNode) -> EdgeNode:
    """Return the node as it will connect the next time."""
    return replace(node, bd_seq=(node.bd_seq + 1) % SEQUENCE)


def birth(node: EdgeNode, now_ms: int) -> Said:
    """Return the birth of the node, numbered 0, and of every device that is alive."""
    own = (
        Metric(BD_SEQ, DataType.INT64, node.bd_seq, now_ms),
        Metric(REBIRTH, DataType.BOOLEAN, False, now_ms),
    )
    node, first = _say(replace(node, seq=0), "NBIRTH", None, own, now_ms)
    messages = [first]
    for device_id, metrics in node.devices.items():
        node, message = _say(node, "DBIRTH", device_id, tuple(metrics.values()), now_ms)
        messages.append(message)
    return node, tuple(messages)


def update(node: EdgeNode, device_id: str, metrics: tuple[Metric, ...], now_ms: int) -> Said:
    """Take new values of a device: a birth if it or a metric is new, else what changed."""
    known = node.devices.get(device_id)
    latest = {**(known or {}), **{metric.name: metric for metric in metrics}}
    node = replace(node, devices={**node.devices, device_id: latest})
    if known is None or known.keys() != latest.keys():
        node, message = _say(node, "DBIRTH", device_id, tuple(latest.values()), now_ms)
        return node, (message,)
    changed = tuple(metric for metric in metrics if metric.value != known[metric.name].value)
    if not changed:
        return node, ()
    node, message = _say(node, "DDATA", device_id, changed, now_ms)
    return node, (message,)


def lose(node: EdgeNode, device_id: str, now_ms: int) -> Said:
    """Return the death of a device; one that is not alive cannot die."""
    if device_id not in node.devices:
        return node, ()
    others = {name: metrics for name, metrics in node.devices.items() if name != device_id}
    node, message = _say(replace(node, devices=others), "DDEATH", device_id, (), now_ms)
    return node, (message,)


def _say(
    node: EdgeNode, kind: str, device_id: str | None, metrics: tuple[Metric, ...], now_ms: int
) -> tuple[EdgeNode, Message]:
    typed = kind != "DDATA"
    payload = encode_payload(metrics, timestamp_ms=now_ms, seq=node.seq, typed=typed)
    message = Message(node.topic(kind, device_id), payload)
    return replace(node, seq=(node.seq + 1) % SEQUENCE), message
