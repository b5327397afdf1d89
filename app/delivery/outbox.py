"""Messages not yet acknowledged, in a bounded ring: live ones first, older ones as there is room.

A pure data structure: it asks no clock and sends nothing. Numbers rise with every message put in,
so that order survives losing the link. What is dropped when the ring is full is remembered by its
numbers, exactly.
"""

import heapq
import math
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from itertools import takewhile

from app.delivery.entry import Entry, Key, Sender
from app.receipts import LOSS_OF, Ack, SeqRange

MAX_BYTES = 32 * 2**20
WINDOW = 500
"""Older messages on their way at a time; live ones are not held back by them."""
RESEND_S = 5.0
"""A message that is not acknowledged after so long is sent again, or after `PATIENCE` times as long
as acknowledgements take of late: on a slow link all would be sent twice and more else ..."""
PATIENCE = 2.0
LONGEST_RESEND_S = 60.0
"""... and while nothing at all is acknowledged, after twice as long each time, up to this."""
OVERTAKEN_S = 1.0
"""What was sent so long before something of the same sender that is now acknowledged never got
through: messages keep their order, and a commit takes all that came before."""


class Outbox:
    """Holds messages until they are acknowledged.

    Parameters
    ----------
    max_bytes : int
        Beyond this the oldest reports are dropped, and only then other messages.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._held: dict[Key, Entry] = {}
        self._reports: OrderedDict[int, Entry] = OrderedDict()
        self._others: OrderedDict[int, Entry] = OrderedDict()
        self._statements: OrderedDict[int, Entry] = OrderedDict()
        self._live: deque[int] = deque()
        self._backlog: list[int] = []
        self._flying: OrderedDict[int, float] = OrderedDict()
        self._next = 0
        self._held_bytes = 0
        self._again: set[int] = set()
        self._resend_s = RESEND_S
        self._heard_s = -math.inf
        self._silent = False
        self._lost: dict[Sender, list[list[int]]] = {}
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def held_bytes(self) -> int:
        """Bytes that all of it takes."""
        return self._held_bytes

    def oldest_s(self, now_s: float) -> float:
        """Age of the message that has been held longest; 0 where none is."""
        return max((now_s - each.put_s for each in self._firsts()), default=0.0)

    def put(self, key: Key, topic: str, payload: bytes, now_s: float = 0.0) -> None:
        """Hold a message and mark it to be sent next; one that is held already is left alone."""
        if key in self._held:
            return
        entry = Entry(self._next, key, topic, payload, now_s)
        self._next += 1
        self._held[key] = entry
        self._shelf(entry)[entry.number] = entry
        self._held_bytes += entry.cost
        self._live.append(entry.number)
        while self._held_bytes > self.max_bytes and self._drop_oldest():
            pass

    def due(self, now_s: float) -> list[Entry]:
        """Return what is to be sent now, live messages first; they count as sent.

        Parameters
        ----------
        now_s : float
            On a clock that never goes back.
        """
        self._give_up_waiting(now_s)
        send = [entry for number in self._live if (entry := self._entry(number))]
        self._live.clear()
        while self._backlog and len(self._flying) + len(send) < WINDOW:
            entry = self._entry(heapq.heappop(self._backlog))
            if entry:
                send.append(entry)
        for entry in send:
            self._flying[entry.number] = now_s
        return send

    def acknowledge(self, ack: Ack, now_s: float) -> int:
        """Let go of what was committed; return how many messages that were."""
        known = [entry for key in self._meant(ack) if (entry := self._held.get(key))]
        if not known:
            return 0
        sent = {e.number: self._flying[e.number] for e in known if e.number in self._flying}
        # Of what was sent twice nobody knows which one was acknowledged (Karn's rule).
        once = [sent_s for number, sent_s in sent.items() if number not in self._again]
        for entry in known:
            self._release(entry)
        latest_s = max(sent.values(), default=-math.inf)
        self._send_overtaken((ack.motor_id, ack.boot_id, ack.committed), latest_s)
        self._hear(now_s, now_s - min(once) if once else None)
        return len(known)

    def _hear(self, now_s: float, took_s: float | None) -> None:
        """Adapt to how long acknowledgements take; hurry where nobody gave any for long."""
        self._heard_s = now_s
        if self._silent:
            self._silent, self._resend_s = False, RESEND_S
            self.hurry()
        elif took_s is not None:
            self._resend_s = max(RESEND_S, PATIENCE * took_s)

    def _meant(self, ack: Ack) -> Iterator[Key]:
        whose = (ack.motor_id, ack.boot_id, ack.committed)
        for first, last in ack.ranges:
            # A hostile range may be endless: walk whichever is shorter.
            if last - first > len(self._held):
                yield from [k for k in self._held if k[:3] == whose and first <= k.seq <= last]
            else:
                yield from (Key(*whose, seq) for seq in range(first, last + 1))

    def _send_overtaken(self, sender: tuple[str, str, str], acknowledged_s: float) -> None:
        overtaken = []
        for number, sent_s in self._flying.items():
            if sent_s > acknowledged_s - OVERTAKEN_S:
                break
            entry = self._entry(number)
            if entry is not None and entry.key[:3] == sender:
                overtaken.append(number)
        self._land(overtaken)

    def hurry(self) -> None:
        """Count everything as unsent: the link was lost, or whoever commits was away."""
        self._land(list(self._flying))
        for number in self._live:
            heapq.heappush(self._backlog, number)
        self._live.clear()

    def _land(self, numbers: Sequence[int]) -> None:
        """Count messages on their way as unsent: they go again as there is room."""
        for number in numbers:
            del self._flying[number]
            self._again.add(number)
            heapq.heappush(self._backlog, number)

    def take_lost(self) -> list[tuple[Sender, tuple[SeqRange, ...]]]:
        """Return what was dropped and not yet stated, by sender.

        A sender whose last statement is still held waits, so that statements never pile up.
        """
        stating = {entry.key[:3] for entry in self._statements.values()}
        ready = [
            sender
            for sender in self._lost
            if (sender.motor_id, sender.boot_id, LOSS_OF[sender.held]) not in stating
        ]
        return [
            (sender, tuple((first, last) for first, last in sorted(self._lost.pop(sender))))
            for sender in ready
        ]

    def _give_up_waiting(self, now_s: float) -> None:
        waited = takewhile(lambda on: now_s - on[1] >= self._resend_s, self._flying.items())
        expired = [number for number, _ in waited]
        self._land(expired)
        if expired:
            self._silent = now_s - self._heard_s >= self._resend_s
            self._resend_s = min(2 * self._resend_s, LONGEST_RESEND_S)

    def _drop_oldest(self) -> bool:
        """Drop one message, never a statement of loss; tell whether there was one to drop."""
        shelf = self._reports or self._others
        if not shelf:
            return False
        entry = next(iter(shelf.values()))
        self._release(entry)
        self.dropped += 1
        motor_id, boot_id, held, seq = entry.key
        assert held in LOSS_OF, "statements are on a shelf of their own"
        runs = self._lost.setdefault(Sender(motor_id, boot_id, held), [])
        # Numbers of one sender rise, so that a day of them is one run.
        if runs and runs[-1][1] + 1 == seq:
            runs[-1][1] = seq
        else:
            runs.append([seq, seq])
        return True

    def _release(self, entry: Entry) -> None:
        del self._held[entry.key]
        del self._shelf(entry)[entry.number]
        self._flying.pop(entry.number, None)
        self._again.discard(entry.number)
        self._held_bytes -= entry.cost

    def _shelf(self, entry: Entry) -> OrderedDict[int, Entry]:
        committed = entry.key.committed
        if committed == "report":
            return self._reports
        return self._others if committed in LOSS_OF else self._statements

    def _entry(self, number: int) -> Entry | None:
        return next((shelf[number] for shelf in self._shelves() if number in shelf), None)

    def _firsts(self) -> list[Entry]:
        return [next(iter(shelf.values())) for shelf in self._shelves() if shelf]

    def _shelves(self) -> tuple[OrderedDict[int, Entry], ...]:
        return self._reports, self._others, self._statements
