"""kill -9 of one process after another at seeded moments: what was acknowledged, and what is there.

The store is read with SQLite alone, what was acknowledged is what an observer heard on the bus.
"""

import math
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from live_plant import Plant
from secure_mosquitto import SecureBroker

from app.bus.mqtt import Broker as Address
from app.delivery.entry import ENTRY_BYTES
from app.delivery.outbox import MAX_BYTES
from app.store import open_store
from app.store.gaps import BootGaps, boot_gaps, count
from app.tls import client_context
from reliability.books import is_sound, lost, read_books, stored, stored_since
from reliability.observer import Observer
from reliability.plant import running, simulated_plant
from reliability.row import Row, percentile
from reliability.scale import Scale

MOTORS = ("press-3", "Pumpe 4")
ROLES = {"device": "device-1", "gateway": "gateway-1", "platform": "platform-1"}
VICTIMS = ("device", "gateway", "platform", "broker")
SPEED = 5.0
LATEST_S = 1.5
"""A victim dies at a random moment up to so long after the last recovery."""
GIVE_UP_S = 60.0
LOOK_EVERY_S = 0.02
RECOVERY_S = 5.0
"""What is required of the 95th percentile."""


@dataclass(slots=True)
class Account:
    """What the cycles came to.

    Attributes
    ----------
    recovery_s : dict of str to list of float
        By victim, from the kill to the next stored report, of a gateway to its next word.
    damaged : int
        Cycles after which the database was not whole.
    held_most : int
        Reports that the observer had heard of a killed device and that are not in the store.
    """

    recovery_s: dict[str, list[float]] = field(default_factory=dict)
    damaged: int = 0

    @property
    def cycles(self) -> int:
        """How many kills were survived and measured."""
        return sum(map(len, self.recovery_s.values()))


def chaos(scale: Scale) -> Iterator[Row]:
    """Kill and restart; Ctrl-C ends it and keeps the cycles that are done."""
    with (
        tempfile.TemporaryDirectory(prefix="motorwatch-chaos-") as name,
        tempfile.TemporaryDirectory(prefix="motorwatch-broker-") as broker_name,
    ):
        folder = Path(name)
        broker = SecureBroker(Path(broker_name), folder / "authority")
        broker.start()
        try:
            tls = {role: broker.tls(client) for role, client in ROLES.items()}
            plant = simulated_plant(
                folder, broker, MOTORS, speed=SPEED, site=broker.site, tls=tls, names=ROLES
            )
            address = Address(broker.host, broker.port, client_context(broker.tls("anna")))
            with running(plant), Observer(address) as observer:
                yield from _measured(plant, broker, observer, scale)
        finally:
            broker.kill()


def _measured(
    plant: Plant, broker: SecureBroker, observer: Observer, scale: Scale
) -> Iterator[Row]:
    database = Path(plant.url.removeprefix("sqlite:///"))
    account, moments = Account(), random.Random(scale.seed)
    try:
        for number in range(scale.cycles):
            # Every victim as often as every other, in an order that the seed decides.
            if number % len(VICTIMS) == 0:
                order = moments.sample(VICTIMS, len(VICTIMS))
            victim = order[number % len(VICTIMS)]
            time.sleep(moments.uniform(0.0, LATEST_S))
            took_s = _cycle(plant, broker, observer, victim, database, account)
            print(f"cycle {number + 1} of {scale.cycles}: {victim}, {took_s:.2f} s", flush=True)
    except KeyboardInterrupt:
        print(f"interrupted after {account.cycles} cycles")
    _settle(plant, observer, database)
    acked = set(observer.acked)
    codes = [process.stop() for process in reversed(plant.processes)]
    yield from _rows(plant, observer, account, database, scale)
    lost_acked = lost(acked, database)
    yield Row(
        measure="chaos",
        done="messages of every kind whose acknowledgement an observer heard",
        often=_often(account, len(acked)),
        required="0 lost",
        found=f"{len(lost_acked)} lost",
        met=not lost_acked and bool(acked),
    )
    yield Row(
        measure="chaos",
        done="clean end of all three processes at the end",
        often="1",
        required="exit code 0",
        found=", ".join(map(str, codes)),
        met=codes == [0, 0, 0],
    )


def _cycle(
    plant: Plant,
    broker: SecureBroker,
    observer: Observer,
    victim: str,
    database: Path,
    account: Account,
) -> float:
    process: dict[str, Callable[[], None]] = {"broker": broker.kill}
    start: dict[str, Callable[[], None]] = {"broker": broker.start}
    for each in plant.processes:
        process[each.role], start[each.role] = each.kill, each.start
    boots = frozenset(key.boot_id for key in tuple(observer.said))
    before = observer.online.get("gateway")
    killed_s, killed_ns = time.monotonic(), time.time_ns()
    process[victim]()
    start[victim]()

    def is_back() -> bool:
        if victim == "gateway":
            return observer.online.get("gateway") not in (None, before)
        return stored_since(database, killed_ns, boots if victim == "device" else frozenset())

    recovered_s = math.inf
    while time.monotonic() - killed_s < GIVE_UP_S:
        if is_back():
            recovered_s = time.monotonic() - killed_s
            break
        time.sleep(LOOK_EVERY_S)
    account.recovery_s.setdefault(victim, []).append(recovered_s)
    account.damaged += not is_sound(database)
    return recovered_s


def _settle(plant: Plant, observer: Observer, database: Path) -> None:
    """Wait until whatever the living hold has arrived: the last boot's first reports among it."""
    deadline = time.monotonic() + GIVE_UP_S
    while time.monotonic() < deadline:
        latest = observer.online.get("device")
        with open_store(plant.url) as store:
            gaps = [each for each in boot_gaps(store) if each.boot_id == latest]
        if len(gaps) == len(MOTORS) and all(each.missing == 0 for each in gaps):
            return
        time.sleep(0.2)


def _rows(
    plant: Plant, observer: Observer, account: Account, database: Path, scale: Scale
) -> Iterator[Row]:
    for victim in VICTIMS:
        if victim in account.recovery_s:
            yield _recovery(victim, account.recovery_s[victim])
    books = read_books(database)
    rows = ", ".join(f"{number} {table}" for table, number in books.rows.items())
    yield Row(
        measure="chaos",
        done="rows with one identity or one window, in typed tables and event log",
        often=rows,
        required="0 duplicates, 0 strays",
        found=f"{books.duplicates} duplicates, {books.strays} strays",
        met=books.duplicates == 0 and books.strays == 0,
    )
    yield Row(
        measure="chaos",
        done="SQLite's integrity and reference checks after each recovery",
        often=f"{account.cycles} cycles (seed {scale.seed})",
        required="ok each time",
        found=f"ok {account.cycles - account.damaged} times",
        met=account.damaged == 0 and account.cycles > 0,
    )
    with open_store(plant.url) as store:
        yield from _device_losses(boot_gaps(store), observer, account, database)


def _recovery(victim: str, took_s: list[float]) -> Row:
    p50, p95 = percentile(took_s, 0.5), percentile(took_s, 0.95)
    until = "its next word" if victim == "gateway" else "the next stored report"
    if victim == "device":
        until += " of its new boot"
    return Row(
        measure="chaos",
        done=f"kill -9 of the {victim}, to {until}",
        often=f"{len(took_s)} kills",
        required=f"p95 under {RECOVERY_S:g} s",
        found=f"p50 {p50:.2f} s, p95 {p95:.2f} s, most {max(took_s):.2f} s",
        met=p95 < RECOVERY_S,
    )


def _device_losses(
    gaps: list[BootGaps], observer: Observer, account: Account, database: Path
) -> Iterator[Row]:
    """Tell what killed devices took with them; nothing else may be missing."""
    there = stored(database)
    missing = [key for key in tuple(observer.said) if key not in there]
    by_boot = Counter(key.boot_id for key in missing)
    last = observer.online.get("device")
    # Each boot that is followed by another one shows where it ended.
    shown = {each.boot_id: count(each.unexplained) for each in gaps}
    most = max(by_boot.values(), default=0)
    cost = most * (observer.bytes_most + ENTRY_BYTES)
    kills = len(account.recovery_s.get("device", []))
    yield Row(
        measure="chaos",
        done="windows that a killed device had sent and took with it, the most of one kill",
        often=f"{kills} kills, {len(missing)} windows in all",
        required=f"at most its ring of {MAX_BYTES / 2**20:g} MB",
        found=f"{most} windows, {cost / 2**20:.3f} MB",
        met=cost <= MAX_BYTES,
    )
    gaps_left = shown.get(last or "", 0)
    hidden = [boot for boot in by_boot if boot not in shown or boot == last]
    inside = sum(number for boot, number in shown.items() if boot != last)
    yield Row(
        measure="chaos",
        done="missing windows that neither a gap nor a new boot shows",
        often=f"{len(shown)} boots, {inside} windows shown as unexplained gaps within them",
        required="0, and no gap in the boot that was not killed",
        found=f"{sum(by_boot[boot] for boot in hidden)}, {gaps_left} in the last boot",
        met=not hidden and gaps_left == 0,
    )


def _often(account: Account, acks: int) -> str:
    return f"{account.cycles} kills, {acks} messages"
