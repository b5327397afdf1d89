"""The platform tier's recorder: messages off the bus, into the store, and only then an Ack.

A message that is not acknowledged stays with its sender, which sends it again; the store
takes it once. What is not a message is counted and refused, and never stops the rest.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.bus.bus import Bus
from app.messages import Recorded, committed_kind, decode, encode
from app.receipts import MAX_RANGES, Ack, Committed, to_ranges
from app.seldom import is_worth_saying
from app.store import Arrival, LogOnly, Store
from app.topics import Kind, parse_topic, pattern, topic
from sensors.errors import BadMessage, BusError

log = logging.getLogger(__name__)

BATCH = 500
RECORDED: tuple[Kind, ...] = (
    "report",
    "diagnosis",
    "alarm",
    "alarm/event",
    "interlock",
    "dropped",
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages were stored, were there already, and were refused."""

    stored: int = 0
    known: int = 0
    refused: int = 0


class Platform:
    """Records what arrives on a bus.

    Parameters
    ----------
    bus, store
        Where messages come from, and where they go.
    batch : int
        Messages to a commit, and the most that are held in memory. `flush` commits fewer: the
        owner calls it on its own beat and at the end.
    now_ns : callable
        The wall clock that says when a message arrived.
    on_commit : callable
        Gets every batch that was committed, and how many of it were new.
    """

    def __init__(
        self,
        bus: Bus,
        store: Store,
        *,
        batch: int = BATCH,
        now_ns: Callable[[], int] = time.time_ns,
        on_commit: Callable[[Sequence[Arrival], int], None] = lambda held, stored: None,
    ) -> None:
        self._on_commit = on_commit
        self._bus = bus
        self._store = store
        self._batch = batch
        self._now_ns = now_ns
        self._held: list[Arrival] = []
        self._tally = Tally()
        for kind in RECORDED:
            bus.subscribe(pattern(kind), self._take)

    @property
    def tally(self) -> Tally:
        """What became of the messages so far; those still held are not yet in it."""
        return self._tally

    def flush(self) -> int:
        """Commit what is held, then acknowledge it; return how many messages were new.

        Raises
        ------
        StoreError
            The store refuses: nothing was stored or acknowledged, and all is still held.
        """
        if not self._held:
            return 0
        stored = self._store.commit(self._held)
        held, self._held = self._held, []
        self._tally = replace(
            self._tally,
            stored=self._tally.stored + stored,
            known=self._tally.known + len(held) - stored,
        )
        self._on_commit(held, stored)
        try:
            self._acknowledge(held)
        except BusError as error:
            # Committed all the same: whoever hears nothing sends again, and then hears it.
            log.info("a commit is not acknowledged: %s", error)
        return stored

    def _take(self, where: str, payload: bytes) -> None:
        # After a refusal of the store the batch is still full: no more until it is committed.
        if len(self._held) >= self._batch:
            self.flush()
        try:
            message = decode(where, payload)
        except BadMessage as error:
            self._refuse(error)
            return
        assert isinstance(message, Recorded), "nothing subscribes this role to other kinds"
        self._held.append(Arrival(parse_topic(where).site, self._now_ns(), message))
        if len(self._held) >= self._batch:
            self.flush()

    def _refuse(self, error: BadMessage) -> None:
        count = self._tally.refused + 1
        self._tally = replace(self._tally, refused=count)
        if is_worth_saying(count):
            log.warning("message refused (%d so far): %s", count, error)

    def _acknowledge(self, held: Sequence[Arrival]) -> None:
        """Answer with one message for each sender and kind, however many were committed."""
        numbers: dict[tuple[str, str, str, Committed], list[int]] = {}
        for site, _, message in held:
            assert not isinstance(message, LogOnly), "nothing of that kind is subscribed to"
            sender = (site, message.motor_id, message.boot_id, committed_kind(message))
            numbers.setdefault(sender, []).append(message.seq)
        for (site, motor_id, boot_id, committed), seqs in numbers.items():
            ranges = to_ranges(seqs)
            for first in range(0, len(ranges), MAX_RANGES):
                ack = Ack(
                    motor_id=motor_id,
                    boot_id=boot_id,
                    committed=committed,
                    ranges=ranges[first : first + MAX_RANGES],
                )
                self._bus.publish(topic(site, motor_id, "ack"), encode(ack))
