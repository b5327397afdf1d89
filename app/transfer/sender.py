"""Sends raw captures over a bus, a window of chunks at a time."""

import logging
import time
from collections.abc import Callable
from threading import Lock

from app.bus.bus import Bus
from app.capture_message import Reason
from app.topics import parse_topic, pattern, topic
from app.transfer.capture_ack import decode_ack
from app.transfer.chunk import encode_chunk
from app.transfer.leg import ACK_KIND, CHUNK_KIND, Leg
from app.transfer.outbox import Outbox, SenderLimits, SenderTally, hear, next_chunks, offer, wake
from sensors.errors import BadMessage, BusError

log = logging.getLogger(__name__)


class CaptureSender:
    """Owes captures to one receiver until it has said that each is complete.

    Parameters
    ----------
    bus : Bus
        Where chunks go and acknowledgements come from.
    site : str
        First level of every topic after the version.
    leg : str
        ``capture`` from a device to its gateway, ``archive`` from there to the platform.
    limits : SenderLimits
        What may be held, and be under way.
    now_ns : callable
        A clock that never jumps.

    Notes
    -----
    Whatever is urgent goes first by itself, as long as the owner calls `pump` only when no live
    report waits to be sent. Any thread may call.
    """

    def __init__(
        self,
        bus: Bus,
        site: str,
        *,
        leg: Leg = "capture",
        limits: SenderLimits | None = None,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._bus = bus
        self._site = site
        self._leg: Leg = leg
        self._now_ns = now_ns
        self._lock = Lock()
        self._outbox = Outbox(limits or SenderLimits())
        bus.subscribe(pattern(ACK_KIND[leg], site), self._on_ack)

    @property
    def tally(self) -> SenderTally:
        """What became of the captures so far."""
        return self._outbox.tally

    @property
    def waiting(self) -> int:
        """Captures that are still owed."""
        return len(self._outbox.pending)

    def offer(self, motor_id: str, content: bytes, reason: Reason) -> None:
        """Take on a capture; `pump` sends it.

        Raises
        ------
        BadMessage
            There is nothing in it, or the motor's name cannot stand in a topic.
        """
        topic(self._site, motor_id, CHUNK_KIND[self._leg])
        with self._lock:
            before = self._outbox.tally
            self._outbox = offer(self._outbox, self._site, motor_id, content, reason)
            after = self._outbox.tally
        lost = after.dropped + after.too_large
        if lost > before.dropped + before.too_large:
            log.warning("a raw capture was dropped (%d so far): no room for more", lost)

    def pump(self) -> int:
        """Send what may go out now, and return how many chunks that was."""
        with self._lock:
            self._outbox, chunks = next_chunks(self._outbox, self._now_ns())
        # Published without the lock: a bus within the process answers before `publish` returns.
        for sent, (pending, chunk) in enumerate(chunks):
            where = topic(pending.site, pending.motor_id, CHUNK_KIND[self._leg])
            try:
                self._bus.publish(where, encode_chunk(chunk))
            except BusError as error:
                log.info("capture chunks wait, the bus takes none: %s", error)
                return sent
        return len(chunks)

    def link_up(self) -> None:
        """Send at once what the old link left unanswered: the bus is connected anew."""
        with self._lock:
            self._outbox = wake(self._outbox)

    def _on_ack(self, where: str, payload: bytes) -> None:
        try:
            ack = decode_ack(payload)
            if ack.motor_id != parse_topic(where).motor_id:
                raise BadMessage(f"{where}: acknowledges a capture of {ack.motor_id!r}")
        except BadMessage as error:
            log.warning("capture acknowledgement refused: %s", error)
            return
        with self._lock:
            self._outbox = hear(self._outbox, ack, self._now_ns())
