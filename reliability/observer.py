"""An independent listener: what the platform acknowledged, and what devices said, over the bus.

It keeps its own account with its own client, in a thread of its own, and asks nobody.
"""

import threading
import time
from typing import NamedTuple, Self

import msgspec

from app.bus.mqtt import Broker, MqttBus
from app.messages import decode
from app.receipts import Ack
from app.topics import pattern

POLL_S = 0.05


class Numbered(NamedTuple):
    """One message: whose, of which boot and kind, and which."""

    motor_id: str
    boot_id: str
    committed: str
    seq: int


class _Said(msgspec.Struct):
    motor_id: str
    boot_id: str
    seq: int
    t1_ns: int


class _Presence(msgspec.Struct):
    role: str
    boot_id: str
    online: bool


class Observer:
    """Hears until it is closed; all that it heard is in its attributes.

    Attributes
    ----------
    acked : dict of Numbered to float
        What was acknowledged, and when on the monotonic clock this was first heard.
    said : dict of Numbered to float
        Reports that devices sent, and when each was first heard.
    lateness_s : list of float
        From the end of each window to its acknowledgement; of windows dated in UTC.
    online : dict of str to str
        By role, the boot that says that it is online.
    bytes_most : int
        The longest report.
    """

    def __init__(self, broker: Broker, name: str = "observer") -> None:
        self.acked: dict[Numbered, float] = {}
        self.said: dict[Numbered, float] = {}
        self.lateness_s: list[float] = []
        self.online: dict[str, str] = {}
        self.bytes_most = 0
        self._ends_ns: dict[Numbered, int] = {}
        self._bus = MqttBus(broker, name)
        self._bus.subscribe(pattern("ack"), self._on_ack)
        self._bus.subscribe(pattern("report"), self._on_report)
        self._bus.subscribe(pattern("process"), self._on_process)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=name)
        self._bus.start(wait_s=30.0)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended.set()
        self._thread.join()
        self._bus.stop()

    def _listen(self) -> None:
        while not self._ended.is_set():
            self._bus.poll(POLL_S)

    def _on_ack(self, where: str, payload: bytes) -> None:
        ack = decode(where, payload)
        assert isinstance(ack, Ack), "the topic decides the kind"
        now_s, now_ns = time.monotonic(), time.time_ns()
        for first, last in ack.ranges:
            for seq in range(first, last + 1):
                key = Numbered(ack.motor_id, ack.boot_id, ack.committed, seq)
                if self.acked.setdefault(key, now_s) == now_s and key in self._ends_ns:
                    self.lateness_s.append((now_ns - self._ends_ns.pop(key)) / 1e9)

    def _on_report(self, where: str, payload: bytes) -> None:
        said = msgspec.json.decode(payload, type=_Said)
        key = Numbered(said.motor_id, said.boot_id, "report", said.seq)
        if key not in self.said:
            self.said[key] = time.monotonic()
            self._ends_ns[key] = said.t1_ns
        self.bytes_most = max(self.bytes_most, len(payload))

    def _on_process(self, where: str, payload: bytes) -> None:
        said = msgspec.json.decode(payload, type=_Presence)
        if said.online:
            self.online[said.role] = said.boot_id
