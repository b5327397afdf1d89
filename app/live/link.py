"""A process's link to the others, as one job of its loop: hears, sends, and says when it cannot."""

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from app.bus.bus import Bus
from app.bus.in_process import InProcessBus
from app.delivery.outbox import Outbox
from app.delivery.reliable_bus import ReliableBus
from app.live_config.sections import Broker
from app.process.bus_metrics import BusMetrics, OutboxMetrics
from app.process.shell import Shell
from app.tls import client_context
from app.topics import topic
from sensors.errors import BusError, StoreError

if TYPE_CHECKING:
    from app.bus.mqtt import MqttBus

log = logging.getLogger(__name__)

JOB = "link"
BEAT_S = 0.25
"""Without any arrival, what is due is sent this often."""
RETRY_S = 1.0
"""Pause after the store refused what arrived: senders keep it, the broker waits."""
MB = 2**20


@dataclass(frozen=True, slots=True)
class Pumped:
    """What else is sent whenever the link comes round: raw captures."""

    pump: Callable[[], int]
    link_up: Callable[[], None]


class Link:
    """Work that polls a broker and sends what is due.

    Parameters
    ----------
    shell : Shell
        Process that it belongs to.
    broker : Broker or None
        Which; None where all roles share this process.
    ring_mb : int
        What may be held until it is acknowledged.
    """

    def __init__(self, shell: Shell, broker: Broker | None, *, ring_mb: int) -> None:
        self._shell = shell
        self._metrics = BusMetrics(shell.meters)
        self._held = OutboxMetrics(shell.meters, shell.role)
        self._broker = broker
        self._mqtt = None if broker is None else _mqtt_bus(shell, broker)
        self.raw: Bus = self._mqtt or InProcessBus()
        self.outbox = Outbox(ring_mb * MB)
        self.bus = ReliableBus(self.raw, shell.site, self.outbox, now_s=time.monotonic)
        self._pumped: list[Pumped] = []
        self._dropped = 0
        self._trouble = None if self._mqtt is None else self._mqtt.trouble
        if self._mqtt is None:
            shell.readiness.passed("broker")
        else:
            self._mqtt.on_link(self._on_link)

    @property
    def connected(self) -> bool:
        """Whether messages go through."""
        return self._mqtt is None or self._mqtt.connected

    def also(self, pump: Callable[[], int], link_up: Callable[[], None]) -> None:
        """Pump something else after all reports are sent."""
        self._pumped.append(Pumped(pump, link_up))

    def begin(self) -> "Link":
        """Connect in the background: the job begins."""
        if self._mqtt is not None:
            self._mqtt.start()
        return self

    def step(self) -> float:
        """Hand on what has arrived, send what is due; never waits."""
        pause = BEAT_S
        try:
            if self._mqtt is not None:
                self._mqtt.poll(0.0)
                self._look(self._mqtt)
        except StoreError as error:
            self._shell.readiness.failed("store", str(error))
            pause = RETRY_S
        self.bus.pump()
        if self.connected:
            more = sum(each.pump() for each in self._pumped)
            pause = 0.0 if more and pause == BEAT_S else pause
        self._measure()
        return pause

    def close(self) -> None:
        """Send what can still be sent, and disconnect."""
        self.bus.pump()
        if self._mqtt is not None:
            self._say(online=False)
            self._mqtt.stop()

    def _on_link(self, up: bool) -> None:
        if up:
            self._metrics.connected()
            self._shell.readiness.passed("broker")
            log.info("connected to the broker")
        else:
            self._metrics.disconnected()
        self.bus.on_link(up)
        if up:
            self._say(online=True)
            for each in self._pumped:
                each.link_up()

    def _look(self, mqtt: "MqttBus") -> None:
        """Say once why there is no link: a broker that never answered ends none."""
        trouble = None if mqtt.connected else mqtt.trouble
        if trouble is not None and trouble != self._trouble:
            self._shell.readiness.failed("broker", trouble)
            log.warning("no link to the broker: %s", trouble)
        self._trouble = trouble

    def _say(self, *, online: bool) -> None:
        assert self._broker is not None, "without a broker nobody listens"
        where = presence_topic(self._shell, self._broker)
        with contextlib.suppress(BusError):  # the will says it for us
            self.raw.publish(where, encode_presence(self._shell, online=online), retain=True)

    def _measure(self) -> None:
        self._held.holds(
            len(self.outbox),
            self.outbox.held_bytes,
            limit_bytes=self.outbox.max_bytes,
            oldest_s=self.outbox.oldest_s(time.monotonic()),
        )
        if self.outbox.dropped > self._dropped:
            self._held.dropped(self.outbox.dropped - self._dropped)
            self._dropped = self.outbox.dropped


def _mqtt_bus(shell: Shell, broker: Broker) -> "MqttBus":
    # Here, not above: a process without a broker needs no paho.
    from app.bus.mqtt import Broker as Address
    from app.bus.mqtt import MqttBus, Will

    tls = None if broker.tls is None else client_context(broker.tls)
    return MqttBus(
        Address(broker.host, broker.port, tls),
        f"{broker.name or shell.role}-{shell.boot.boot_id}",
        will=Will(presence_topic(shell, broker), encode_presence(shell, online=False)),
        wake=lambda: shell.wake(JOB),
    )


def presence_topic(shell: Shell, broker: Broker) -> str:
    """Return where a process says whether it lives, and the broker once it does not."""
    return topic(shell.site, broker.name or shell.role, "process")


def encode_presence(shell: Shell, *, online: bool) -> bytes:
    """Return what a process says of itself, and the broker for it once it is gone."""
    said = {"role": shell.role, "boot_id": shell.boot.boot_id, "online": online}
    return msgspec.json.encode(said)
