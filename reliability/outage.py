"""A day without a link, in virtual time: outbox, delivery and platform with a real database.

Nothing sleeps: the clock is ours, and moves on by one beat after everything due was done.
"""

import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from app.bus.bus import Handler
from app.bus.in_process import InProcessBus
from app.delivery.outbox import MAX_BYTES, Outbox
from app.delivery.reliable_bus import ReliableBus
from app.messages import Report
from app.roles.platform import Platform
from app.store import Arrival, open_store
from app.store.gaps import boot_gaps, count
from app.topics import topic
from reliability.books import connect, is_sound
from reliability.generator import SITE, sample_reports
from reliability.row import Row
from reliability.scale import Scale
from sensors.errors import BusError

BEAT_S = 0.1
"""The platform commits, and the link passes messages on, this often."""
LINK_HZ = 200.0
"""Messages a second that the link carries when it is back."""
AFTERWARDS_S = 20.0
"""Live reports go on for so long after the last of the backlog has come."""
LAG_S = 5.0
RING = f"{MAX_BYTES / 2**20:g} MB"
MOTOR, BOOT = "pump-1", "outage"


class Found(NamedTuple):
    """What a day without a link came to.

    Attributes
    ----------
    sent, dropped, stated : int
        Reports made, let go by the ring, and stated as let go in what the store holds.
    declared, unexplained, missing : int
        Shown as declared gaps, shown as gaps without a reason, and really not in the store. What
        was let go while it was on its way may come after all, and is then no gap.
    lag_s : float
        The longest from a report made after the link's return to its commit, virtual.
    backfill_s : float
        From the link's return until nothing was held.
    sound : bool
        Whether the database is.
    """

    sent: int
    dropped: int
    stated: int
    declared: int
    unexplained: int
    missing: int
    lag_s: float
    backfill_s: float
    sound: bool


class NarrowLink:
    """A bus that carries so many messages a second, in order, or none at all."""

    def __init__(self, far: InProcessBus, rate_hz: float) -> None:
        self._far, self._rate_hz = far, rate_hz
        self._passing: deque[tuple[str, bytes]] = deque()
        self.up = False

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        """Put a message on its way; see `Bus.publish`."""
        if not self.up:
            raise BusError("no link")
        self._passing.append((topic, payload))

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """Hear what comes back, at once; see `Bus.subscribe`."""
        self._far.subscribe(pattern, handler)

    def step(self, seconds: float) -> None:
        """Let so much time pass."""
        for _ in range(min(round(self._rate_hz * seconds), len(self._passing))):
            self._far.publish(*self._passing.popleft())


def outage(scale: Scale) -> Iterator[Row]:
    """Cut the link of a motor whose reports fit into the ring, and of one whose do not."""
    hours = scale.outage_h
    with tempfile.TemporaryDirectory(prefix="motorwatch-outage-") as name:
        sample = sample_reports(Path(name))[0]
        for every_s in (10.0, 1.0):
            began_s = time.monotonic()
            found = day(Path(name) / f"{every_s:g}.db", sample, hours * 3600.0, every_s)
            print(f"{hours:g} h, a report each {every_s:g} s: {time.monotonic() - began_s:.0f} s")
            yield from _rows(found, hours, every_s)


def day(database: Path, sample: Report, outage_s: float, every_s: float) -> Found:
    """Live through an outage and its backfill; return what came of it."""
    clock_s, due_s, sent, backfilled_s = 0.0, 0.0, 0, float("inf")
    made_s: dict[int, float] = {}
    lags_s: list[float] = []
    with open_store(f"sqlite:///{database}") as store:
        far, outbox = InProcessBus(), Outbox()
        link = NarrowLink(far, LINK_HZ)

        def committed(held: Sequence[Arrival], stored: int) -> None:
            for arrival in held:
                if arrival.message.seq in made_s and isinstance(arrival.message, Report):
                    lags_s.append(clock_s - made_s.pop(arrival.message.seq))

        platform = Platform(far, store, now_ns=lambda: int(clock_s * 1e9), on_commit=committed)
        near = ReliableBus(link, SITE, outbox, now_s=lambda: clock_s)
        near.on_link(False)
        while clock_s < outage_s or outbox or clock_s < backfilled_s + AFTERWARDS_S:
            if not link.up and clock_s >= outage_s:
                link.up = True
                near.on_link(True)
            if clock_s >= due_s and clock_s < backfilled_s + AFTERWARDS_S - LAG_S:
                if link.up:
                    made_s[sent] = clock_s
                near.publish(topic(SITE, MOTOR, "report"), _payload(sample, sent, clock_s))
                sent, due_s = sent + 1, due_s + every_s
            near.pump()
            if link.up:
                link.step(BEAT_S)
                platform.flush()
                if backfilled_s == float("inf") and len(outbox) <= len(made_s) + 1:
                    backfilled_s = clock_s
            # Without a link nothing happens between two reports.
            clock_s = round(clock_s + BEAT_S, 6) if link.up else min(due_s, outage_s)
        (gaps,) = boot_gaps(store)
        lags_s += [clock_s - since_s for since_s in made_s.values()]
    present, stated = _stored(database)
    return Found(
        sent=sent,
        dropped=outbox.dropped,
        stated=stated,
        declared=count(gaps.declared),
        unexplained=count(gaps.unexplained),
        missing=sent - present,
        lag_s=max(lags_s),
        backfill_s=backfilled_s - outage_s,
        sound=is_sound(database),
    )


def _payload(sample: Report, seq: int, clock_s: float) -> bytes:
    t1_ns = int(clock_s * 1e9)
    return msgspec.json.encode(
        msgspec.structs.replace(
            sample,
            motor_id=MOTOR,
            boot_id=BOOT,
            seq=seq,
            t0_ns=t1_ns - 10**9,
            t1_ns=t1_ns,
            clock="utc",
        )
    )


def _stored(database: Path) -> tuple[int, int]:
    """Return how many reports are there, and how many the sender stated as let go."""
    opened = connect(database)
    (present,) = opened.execute("SELECT COUNT(DISTINCT seq) FROM reports").fetchone()
    stated = "SELECT SUM(last_seq - first_seq + 1) FROM seq_ranges WHERE kind = 'declared'"
    (told,) = opened.execute(stated).fetchone()
    opened.close()
    return int(present), int(told or 0)


def _rows(found: Found, hours: float, every_s: float) -> Iterator[Row]:
    often = f"{found.sent} reports, one each {every_s:g} s"
    if found.dropped:
        yield Row(
            measure="outage",
            done=f"{hours:g} h without a link, more than the ring ({RING}) holds",
            often=often,
            required="as many stated as dropped, all missing ones shown as declared, no others",
            found=f"{found.dropped} dropped, {found.stated} stated, of which "
            f"{found.stated - found.missing} on their way came after all; {found.missing} missing, "
            f"{found.declared} of them declared, {found.unexplained} unexplained",
            met=found.dropped == found.stated
            and found.declared == found.missing
            and not found.unexplained,
        )
    else:
        yield Row(
            measure="outage",
            done=f"{hours:g} h without a link, less than the ring ({RING}) holds",
            often=often,
            required="0 lost",
            found=f"{found.missing} lost",
            met=found.missing == 0,
        )
    yield Row(
        measure="outage",
        done=f"live reports while the backlog comes at {LINK_HZ:g} messages a second",
        often=f"{found.backfill_s:.0f} s of backfill",
        required=f"at most {LAG_S:g} s late, and the database ok",
        found=f"{found.lag_s:.1f} s, {'ok' if found.sound else 'damaged'}",
        met=found.lag_s <= LAG_S and found.sound,
    )
