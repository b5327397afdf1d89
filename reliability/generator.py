"""Reports like those of real motors, as many a second as asked for, and when each was acknowledged.

The reports are made beforehand by feature extraction and stage 1 on simulated captures; while load
is put on, only identity and time change.
"""

import time
from pathlib import Path
from typing import Self

import msgspec

from app.bus.in_process import InProcessBus
from app.bus.mqtt import Broker, MqttBus
from app.delivery.outbox import Outbox
from app.delivery.reliable_bus import ReliableBus
from app.messages import Report, decode
from app.receipts import Ack
from app.roles.device import Device, Identity
from app.template import template_release
from app.topics import pattern, topic
from dsp.features import FeatureSpec
from reliability.plant import scenario_file
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario

SITE = "local"
WINDOWS = 12
"""Different reports of which all others are made."""
MOST_HELD = 3000
"""Unacknowledged at a time; paho takes 4,000."""


def sample_reports(folder: Path) -> list[Report]:
    """Return the reports of one simulated motor's first windows."""
    spec = FeatureSpec()
    scenario = load_scenario(str(scenario_file(folder, "sample", 5)))
    reader = SimulatorReader(scenario, spec.window_s, spec.hop_s)
    bus = InProcessBus()
    device = Device(bus, Identity(SITE, "sample"), reader.motor, spec, template_release())
    captures = [reader.read() for _ in range(WINDOWS)]
    return [device.take(capture) for capture in captures if capture is not None]


class Generator:
    """Sends reports of many motors through an outbox, as a device does.

    Attributes
    ----------
    sent : int
        Reports put into the outbox.
    took_s : list of float
        Of each acknowledged report, from the outbox to its acknowledgement.
    """

    def __init__(self, broker: Broker, samples: list[Report], motors: int, boot_id: str) -> None:
        self._samples, self._boot_id = samples, boot_id
        self._names = [f"motor-{number}" for number in range(motors)]
        self._mqtt = MqttBus(broker, f"generator-{boot_id}")
        self._outbox = Outbox()
        self._bus = ReliableBus(self._mqtt, SITE, self._outbox, now_s=time.monotonic)
        self._mqtt.on_link(self._bus.on_link)
        self._mqtt.subscribe(pattern("ack", SITE), self._on_ack)
        self._put_s: dict[tuple[str, int], float] = {}
        self.sent = 0
        self.took_s: list[float] = []

    def __enter__(self) -> Self:
        self._mqtt.start(wait_s=30.0)
        return self

    def __exit__(self, *exc: object) -> None:
        self._mqtt.stop()

    @property
    def held(self) -> int:
        """Reports that are not yet acknowledged."""
        return len(self._outbox)

    def send(self) -> None:
        """Send the next report of the next motor."""
        seq, place = divmod(self.sent, len(self._names))
        name = self._names[place]
        now_ns = time.time_ns()
        sample = self._samples[self.sent % len(self._samples)]
        report = msgspec.structs.replace(
            sample,
            motor_id=name,
            boot_id=self._boot_id,
            seq=seq,
            t0_ns=now_ns - 10**9,
            t1_ns=now_ns,
            clock="utc",
        )
        self._put_s[name, seq] = time.monotonic()
        self._bus.publish(topic(SITE, name, "report"), msgspec.json.encode(report))
        self.sent += 1

    def run(self, seconds: float, rate_hz: float | None) -> float:
        """Send for a while, then wait for what is held; return acknowledged reports a second.

        `rate_hz` None sends as fast as acknowledgements come.
        """
        began_s, first, done = time.monotonic(), self.sent, len(self.took_s)
        while (elapsed_s := time.monotonic() - began_s) < seconds:
            # In small portions, so that acknowledgements are heard in between.
            due = MOST_HELD if rate_hz is None else int(elapsed_s * rate_hz) - (self.sent - first)
            for _ in range(min(due, 50, MOST_HELD - self.held)):
                self.send()
            self._hear(0.0 if due > 50 and self.held < MOST_HELD else 0.002)
        sustained = (len(self.took_s) - done) / (time.monotonic() - began_s)
        self.drain()
        return sustained

    def drain(self, most_s: float = 60.0) -> None:
        """Wait until nothing is held."""
        until_s = time.monotonic() + most_s
        while self.held and time.monotonic() < until_s:
            self._hear(0.05)

    def _hear(self, wait_s: float) -> None:
        self._mqtt.poll(wait_s)
        self._bus.pump()

    def _on_ack(self, where: str, payload: bytes) -> None:
        ack = decode(where, payload)
        assert isinstance(ack, Ack), "the topic decides the kind"
        now_s = time.monotonic()
        for first, last in ack.ranges:
            for seq in range(first, last + 1):
                put_s = self._put_s.pop((ack.motor_id, seq), None)
                if put_s is not None:
                    self.took_s.append(now_s - put_s)
