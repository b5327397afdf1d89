"""A full disk and failing writes under a running platform: no acknowledgement, and back by itself.

The disk is a small tmpfs of our own, filled and freed again. Failing writes are a limit on file
size, set on the running process from outside: what it writes beyond returns an error.
"""

import json
import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from live_plant import Plant, wait_until
from mosquitto_process import plain_broker

from app.bus.mqtt import Broker as Address
from reliability.books import is_sound, lost, read_books
from reliability.observer import Numbered, Observer
from reliability.plant import running, simulated_plant
from reliability.row import Row, skipped
from reliability.scale import Scale

DISK_MB = 6
SPEED = 10.0
FULL_S = 4.0
"""How long the disk stays full, counted from the first refusal."""
IN_FLIGHT_S = 0.5
"""An acknowledgement of the last commit may still be on its way when the refusal is seen."""


class Trouble(NamedTuple):
    """One way of refusing writes: what it is called, how it begins and ends."""

    name: str
    begin: Callable[[Plant], None]
    end: Callable[[Plant], None]


def disk(scale: Scale) -> Iterator[Row]:
    """Fill a disk, then let writes fail."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motorwatch-disk-")))
        try:
            small = stack.enter_context(_mounted(root))
        except OSError as error:
            yield skipped("disk", "a full disk", str(error))
        else:
            yield from _through(_filling(small), small)
        yield from _through(Trouble("failing writes", _limit, _unlimit), root)


def _through(trouble: Trouble, where: Path) -> Iterator[Row]:
    """Run a plant with its store in a folder through one trouble."""
    with ExitStack() as stack:
        names = [
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"motorwatch-{what}-")))
            for what in ("plant", "broker")
        ]
        broker = plain_broker(names[1])
        broker.start()
        stack.callback(broker.kill)
        database = where / f"{trouble.name.replace(' ', '-')}.db"
        plant = simulated_plant(
            names[0], broker, ("pump-1",), speed=SPEED, url=f"sqlite:///{database}"
        )
        stack.enter_context(running(plant))
        observer = stack.enter_context(Observer(Address(broker.host, broker.port)))
        wait_until(lambda: len(observer.acked) > 10, plant.platform.log)
        yield from _troubled(trouble, plant, observer)
        acked = set(observer.acked)
        codes = [process.stop() for process in reversed(plant.processes)]
        yield from _afterwards(trouble, database, acked, codes)


def _troubled(trouble: Trouble, plant: Plant, observer: Observer) -> Iterator[Row]:
    trouble.begin(plant)
    wait_until(lambda: "store" in _failing(plant), plant.platform.log)
    ready = plant.platform.get("/readyz")[1]
    time.sleep(IN_FLIGHT_S)
    before, said = len(observer.acked), len(observer.said)
    time.sleep(FULL_S)
    during, unheard = len(observer.acked) - before, len(observer.said) - said
    still = "store" in _failing(plant)
    waiting = set(observer.said) - set(observer.acked)
    ended_s = time.monotonic()
    trouble.end(plant)
    wait_until(
        lambda: not waiting - set(observer.acked) and not _failing(plant), plant.platform.log
    )
    resumed_s = time.monotonic() - ended_s
    yield Row(
        measure="disk",
        done=f"{trouble.name}: acknowledgements while the store refuses",
        often=f"{FULL_S:g} s, {unheard} reports sent in it",
        required="0",
        found=str(during),
        met=during == 0 and unheard > 0 and still,
    )
    reason = str(json.loads(ready)["checks"]["store"]["reason"])
    yield _told(f"{trouble.name}: what /readyz says", "the reason and what to do", [reason])
    messages = [str(line.get("message")) for line in plant.platform.lines()]
    heard = [message for message in messages if "store refuses" in message]
    yield _told(f"{trouble.name}: what the log says", "the same, once", heard)
    yield Row(
        measure="disk",
        done=f"{trouble.name} ended: all {len(waiting)} that waited are acknowledged",
        often="1",
        required="by itself",
        found=f"after {resumed_s:.1f} s, and ready again",
        met=bool(waiting),
    )


def _afterwards(
    trouble: Trouble, database: Path, acked: set[Numbered], codes: list[int]
) -> Iterator[Row]:
    missing, books = lost(acked, database), read_books(database)
    yield Row(
        measure="disk",
        done=f"{trouble.name}: acknowledged messages afterwards, duplicates, integrity",
        often=f"{len(acked)} messages",
        required="0 lost, 0 duplicates, ok",
        found=f"{len(missing)} lost, {books.duplicates} duplicates, "
        f"{'ok' if is_sound(database) else 'damaged'}",
        met=not missing and not books.duplicates and is_sound(database) and codes == [0, 0, 0],
    )


def _told(done: str, required: str, said: list[str]) -> Row:
    found = "; ".join(re.sub(r"sqlite:\S+:", "STORE:", one) for one in said)
    return Row(
        measure="disk",
        done=done,
        often="1",
        required=required,
        found=found or "nothing",
        met=len(said) == 1 and "free" in said[0],
    )


def _failing(plant: Plant) -> str:
    status, told = plant.platform.get("/readyz")
    return told if status == 503 else ""


def _filling(small: Path) -> Trouble:
    filler = small / "filler"

    def fill(plant: Plant) -> None:
        with filler.open("wb") as file:
            try:
                while True:
                    os.write(file.fileno(), bytes(4096))
            except OSError:
                return

    return Trouble("a full disk", fill, lambda plant: filler.unlink())


def _limit(plant: Plant) -> None:
    """Let every file grow no further than the longest of the store's is now."""
    most = max(path.stat().st_size for path in _store_files(plant))
    _, hard = resource.prlimit(plant.platform.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(plant.platform.pid, resource.RLIMIT_FSIZE, (most, hard))


def _unlimit(plant: Plant) -> None:
    _, hard = resource.prlimit(plant.platform.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(plant.platform.pid, resource.RLIMIT_FSIZE, (hard, hard))


def _store_files(plant: Plant) -> list[Path]:
    database = Path(plant.url.removeprefix("sqlite:///"))
    return list(database.parent.glob(f"{database.name}*"))


@contextmanager
def _mounted(root: Path) -> Iterator[Path]:
    """Mount a small file system.

    Raises
    ------
    OSError
        Not allowed here.
    """
    small = root / "small"
    small.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(small)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"no file system can be mounted: {done.stderr.strip()}")
    try:
        yield small
    finally:
        subprocess.run(["umount", str(small)], check=True)
