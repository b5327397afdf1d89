"""Links that are late, half-open or narrow: a proxy between clients and a real broker."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from live_plant import Plant, wait_until
from mosquitto_process import Broker, plain_broker
from tcp_proxy import TcpProxy

from app.bus.mqtt import Broker as Address
from app.messages import Report
from reliability.books import read_books
from reliability.generator import Generator, sample_reports
from reliability.plant import simulated_plant
from reliability.row import Row, percentile
from reliability.scale import Scale
from reliability.usage import resident_mb

LATENCY_S = 0.3
LAG_S = 5.0
MOTORS = 20
RATE_HZ = 200.0
NARROW_BYTES_PER_S = 150_000.0
"""Less than `RATE_HZ` reports need."""
SLOW_S = 1.0
SLOW_DRAIN_S = 600.0
"""What 30 s of such a load leave takes about a minute to get through."""
BROKER_GROWTH_MB = 64.0
"""Twice what its queues may hold for one slow client."""


def bad_links(scale: Scale) -> Iterator[Row]:
    """Send through each kind of bad link, and look whether everything arrived once."""
    with ExitStack() as stack:
        names = [
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"motorwatch-{what}-")))
            for what in ("links", "broker")
        ]
        broker = plain_broker(names[1])
        broker.start()
        stack.callback(broker.kill)
        samples = sample_reports(names[0])
        late = stack.enter_context(TcpProxy(broker.port, delay_s=LATENCY_S))
        narrow = stack.enter_context(
            TcpProxy(broker.port, to_client_bytes_per_s=NARROW_BYTES_PER_S)
        )
        plant = simulated_plant(names[0], broker, ("pump-1",), speed=1.0)
        stack.callback(plant.close)
        _start(plant)
        yield from _late(late, broker, samples, scale)
        yield _half_open(broker, samples, scale)
        plant.platform.kill()
        config = plant.platform.config
        config.write_text(
            config.read_text().replace(f"port = {broker.port}", f"port = {narrow.port}")
        )
        _start(plant)
        yield _slow_reader(plant, broker, samples, scale)


def _start(plant: Plant) -> None:
    plant.platform.start()
    wait_until(plant.platform.is_ready, plant.platform.log)


def _late(proxy: TcpProxy, broker: Broker, samples: list[Report], scale: Scale) -> Iterator[Row]:
    with Generator(Address(broker.host, proxy.port), samples, MOTORS, "late") as sender:
        sender.run(scale.load_s, RATE_HZ)
        held, p99 = sender.held, percentile(sender.took_s, 0.99)
    done = f"{1000 * LATENCY_S:g} ms later either way, {RATE_HZ:g} reports a second"
    often = f"{sender.sent} reports"
    yield Row(
        measure="links",
        done=done,
        often=often,
        required="0 lost",
        found=f"{held} lost",
        # Sooner, and the link was not late.
        met=held == 0 and min(sender.took_s) >= 2 * LATENCY_S,
    )
    yield Row(
        measure="links",
        done=f"{done}: to the acknowledgement",
        often=often,
        required=f"p99 at most {LAG_S:g} s",
        found=f"{p99:.2f} s",
        met=p99 <= LAG_S,
    )


def _half_open(broker: Broker, samples: list[Report], scale: Scale) -> Row:
    with TcpProxy(broker.port) as proxy:
        address = replace(Address(broker.host, proxy.port), keepalive_s=scale.keepalive_s)
        with Generator(address, samples, MOTORS, "half-open") as sender:
            sender.run(1.0, RATE_HZ)
            proxy.stall()
            began_s = time.monotonic()
            for _ in range(MOTORS):
                sender.send()
            sender.drain(10.0 * scale.keepalive_s + 30.0)
            took_s, held = time.monotonic() - began_s, sender.held
    return Row(
        measure="links",
        done=f"half-open connection, keepalive {scale.keepalive_s} s: nothing answers, nothing "
        "is closed",
        often=f"1, {sender.sent} reports",
        required="0 lost, a new connection by itself",
        found=f"{held} lost, all acknowledged after {took_s:.1f} s",
        # Sooner, and the link was not half-open.
        met=held == 0 and took_s >= scale.keepalive_s,
    )


def _slow_reader(plant: Plant, broker: Broker, samples: list[Report], scale: Scale) -> Row:
    before_mb = resident_mb(broker.pid)
    with Generator(Address(broker.host, broker.port), samples, MOTORS, "slow") as sender:
        sender.run(scale.load_s, RATE_HZ)
        sender.drain(SLOW_DRAIN_S)
        held, p99 = sender.held, percentile(sender.took_s, 0.99)
    grown_mb = resident_mb(broker.pid) - before_mb
    books = read_books(Path(plant.url.removeprefix("sqlite:///")))
    return Row(
        measure="links",
        done=f"slow reader: {NARROW_BYTES_PER_S / 1000:g} kB/s reach the platform while "
        f"{RATE_HZ:g} reports a second are sent",
        often=f"{sender.sent} reports",
        required=f"0 lost, 0 duplicate rows, the broker grows by less than {BROKER_GROWTH_MB:g} MB",
        found=f"{held} lost, {books.duplicates} duplicate rows, {grown_mb:.1f} MB; p99 to the "
        f"acknowledgement {p99:.1f} s",
        # Sooner, and the reader was not slow.
        met=held == 0 and books.duplicates == 0 and grown_mb < BROKER_GROWTH_MB and p99 > SLOW_S,
    )
