"""How much one platform takes, how soon it is stored, and how much memory everyone needs."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from live_plant import Plant, Process, wait_until
from mosquitto_process import plain_broker

from app.bus.mqtt import Broker as Address
from reliability.books import connect
from reliability.fleet import fleet
from reliability.generator import Generator, sample_reports
from reliability.observer import Observer
from reliability.plant import recorded, running, simulated_plant
from reliability.row import Row, percentile
from reliability.scale import Scale
from reliability.usage import cpu_s, resident_mb

TAKES_HZ = 2000.0
SPOKEN = 20
"""Motors that a flood of reports comes from."""
FLEET = 200
"""Motors at one window a second."""
STORED_WITHIN_S = 0.5
MOST_MB = {"device": 200.0, "gateway": 150.0, "platform": 200.0}
ONE_MOTOR_MB = 100.0
GROWTH_MB = 10.0
"""What is still called flat."""
FASTER = 10.0
PLANTS = "schedule_s = 20.0"
"""What a plant of the tests has."""
SCHEDULE_S = 60.0
"""A diagnosis of each motor this often: ten times what a device does unless told otherwise."""
SETTLED_S = 15.0
"""Until then what was sent before the platform listened has been sent again, 5 s later."""
RECORDED_S = 60.0
"""Of signals, played over and over; made beforehand, since a simulator is no part of a device."""
WARM_S = 60.0
"""Buffers and caches fill for so long; growth counts from there, or from half of a short run."""


def load(scale: Scale) -> Iterator[Row]:
    """Put reports on a platform, then run devices as they are."""
    with _plant(1, speed=1.0) as (plant, address, folder):
        plant.platform.start()
        wait_until(plant.platform.is_ready, plant.platform.log)
        samples = sample_reports(folder)
        with Generator(address, samples, SPOKEN, "warm-up") as warm:
            warm.run(1.0, TAKES_HZ / 2)
        with Generator(address, samples, SPOKEN, "flood") as flood:
            yield from _flood(flood, plant.platform, scale)
        with Generator(address, samples, FLEET, "fleet") as made:
            yield from _at_one_hz(made, plant.platform, scale)
        yield from _all_stored(plant, warm.sent + flood.sent + made.sent)
    yield from _many_motors(scale)
    yield from fleet(scale)
    yield from _one_motor(scale)


def _flood(flood: Generator, platform: Process, scale: Scale) -> Iterator[Row]:
    before_s = cpu_s(platform.pid)
    sustained = flood.run(scale.load_s, None)
    each_us = 1e6 * (cpu_s(platform.pid) - before_s) / flood.sent
    often = f"{flood.sent} reports of {SPOKEN} motors in {scale.load_s:g} s"
    yield Row(
        measure="load",
        done="reports through outbox and broker to one platform, committed and acknowledged, "
        "as fast as they are acknowledged",
        often=often,
        required=f"at least {TAKES_HZ:g} a second",
        found=f"{sustained:.0f} a second",
        met=sustained >= TAKES_HZ,
    )
    yield Row(
        measure="load",
        done="processor time of the platform for each of them",
        often=often,
        required="",
        found=f"{each_us:.0f} us: {1e6 / each_us:.0f} a second on a core of its own",
    )
    flood.took_s.clear()
    flood.run(scale.load_s, TAKES_HZ / 2)
    yield _sooner(f"report to acknowledgement at {TAKES_HZ / 2:g} a second", flood.took_s)


def _at_one_hz(made: Generator, platform: Process, scale: Scale) -> Iterator[Row]:
    made.run(scale.load_s, FLEET)
    took_s = made.took_s
    p99 = percentile(took_s, 0.99)
    yield Row(
        measure="load",
        done=f"{FLEET} motors at one window a second, reports made beforehand: from the window's "
        "end to the acknowledgement, which follows the commit",
        often=f"{len(took_s)} windows",
        required=f"p99 under {1000 * STORED_WITHIN_S:g} ms",
        found=f"p50 {1000 * percentile(took_s, 0.5):.0f} ms, p99 {1000 * p99:.0f} ms",
        met=p99 < STORED_WITHIN_S,
    )
    yield _memory("platform, after all of that", platform, MOST_MB["platform"])


def _all_stored(plant: Plant, sent: int) -> Iterator[Row]:
    database = connect(Path(plant.url.removeprefix("sqlite:///")))
    (stored,) = database.execute("SELECT COUNT(*) FROM reports").fetchone()
    database.close()
    yield Row(
        measure="load",
        done="reports of all that, in the store",
        often=f"{sent} sent",
        required="each once",
        found=f"{stored} stored",
        met=stored == sent,
    )


def _many_motors(scale: Scale) -> Iterator[Row]:
    """Run a device as it is: features and stage 1 of every window, on a recording."""
    with (
        _plant(scale.motors, speed=1.0) as (plant, address, _),
        running(plant),
        Observer(address) as observer,
    ):
        wait_until(lambda: len(observer.lateness_s) >= scale.motors, plant.device.log)
        time.sleep(min(SETTLED_S, scale.load_s))
        observer.lateness_s.clear()
        time.sleep(max(scale.load_s, 3.0))
        late_s = list(observer.lateness_s)
        p99 = percentile(late_s, 0.99)
        yield Row(
            measure="load",
            done=f"one device of {scale.motors} motors from a recording, features and stage 1 of "
            "each window: from the window's end to the acknowledgement",
            often=f"{len(late_s)} windows",
            required=f"p99 under {1000 * STORED_WITHIN_S:g} ms",
            found=f"p50 {1000 * percentile(late_s, 0.5):.0f} ms, p99 {1000 * p99:.0f} ms",
            met=p99 < STORED_WITHIN_S,
        )
        for process in plant.processes:
            yield _memory(f"{process.role}, {scale.motors} motors", process, MOST_MB[process.role])


def _one_motor(scale: Scale) -> Iterator[Row]:
    with _plant(1, speed=FASTER) as (plant, _, _), running(plant):
        warm_s = min(WARM_S, scale.memory_s / 2)
        time.sleep(warm_s)
        before = {each.role: resident_mb(each.pid) for each in plant.processes}
        try:
            time.sleep(scale.memory_s)
        except KeyboardInterrupt:
            print("interrupted: memory is judged by what has passed")
        for each in plant.processes:
            grown = resident_mb(each.pid) - before[each.role]
            yield Row(
                measure="load",
                done=f"growth of the {each.role}'s memory at {FASTER:g} x real time",
                often=f"{scale.memory_s:g} s after {warm_s:g} s",
                required=f"flat: at most {GROWTH_MB:g} MB" if scale.memory_s >= WARM_S else "",
                found=f"{grown:+.1f} MB",
                # Seconds prove nothing: buffers and caches are still filling.
                met=grown <= GROWTH_MB if scale.memory_s >= WARM_S else None,
            )
        yield _memory("device, 1 motor", plant.device, ONE_MOTOR_MB)


def _memory(what: str, process: Process, most_mb: float) -> Row:
    used = resident_mb(process.pid)
    return Row(
        measure="load",
        done=f"resident memory: {what}",
        often="1",
        required=f"under {most_mb:g} MB",
        found=f"{used:.0f} MB",
        met=used < most_mb,
    )


def _sooner(done: str, took_s: list[float]) -> Row:
    p50, p99 = percentile(took_s, 0.5), percentile(took_s, 0.99)
    found = f"p50 {1000 * p50:.0f} ms, p99 {1000 * p99:.0f} ms"
    return Row(measure="load", done=done, often=f"{len(took_s)} reports", required="", found=found)


@contextmanager
def _plant(motors: int, *, speed: float) -> Iterator[tuple[Plant, Address, Path]]:
    with ExitStack() as stack:
        names = [
            stack.enter_context(tempfile.TemporaryDirectory(prefix=f"motorwatch-{what}-"))
            for what in ("load", "broker")
        ]
        broker = plain_broker(Path(names[1]))
        broker.start()
        stack.callback(broker.kill)
        folder = Path(names[0])
        names_of = tuple(f"pump-{number}" for number in range(motors))
        played = recorded(folder, RECORDED_S)
        plant = simulated_plant(folder, broker, names_of, speed=speed, played=played)
        stack.callback(plant.close)
        config = plant.device.config
        config.write_text(config.read_text().replace(PLANTS, f"schedule_s = {SCHEDULE_S}"))
        yield plant, Address(broker.host, broker.port), folder
