"""Puts raw captures together again and hands each on once."""

import logging
import time
from collections.abc import Callable
from threading import Lock

from app.bus.bus import Bus
from app.seldom import is_worth_saying
from app.topics import Address, parse_topic, pattern, topic
from app.transfer.capture_ack import CaptureAck, encode_ack
from app.transfer.chunk import decode_chunk
from app.transfer.inbox import (
    Inbox,
    ReceiverLimits,
    ReceiverTally,
    Taken,
    Whose,
    expire,
    release,
    settle,
    take,
)
from app.transfer.leg import ACK_KIND, CHUNK_KIND, Leg
from sensors.errors import BadMessage, BusError, MotorwatchError

log = logging.getLogger(__name__)

HandOn = Callable[[Address, bytes], None]


class CaptureReceiver:
    """Takes chunks off a bus.

    Parameters
    ----------
    bus : Bus
        Where chunks come from and acknowledgements go.
    hand_on : callable
        Gets address and content of each whole capture. Only when it returns is the capture
        acknowledged as complete. It raises BadMessage for what is no capture (refused for good)
        and any other MotorwatchError for what cannot be kept now (the sender comes again).
    knows : callable
        Whether a capture of this address is wanted at all.
    leg, limits, now_ns
        As of `CaptureSender`.
    """

    def __init__(
        self,
        bus: Bus,
        hand_on: HandOn,
        *,
        knows: Callable[[Address], bool] = lambda _: True,
        leg: Leg = "capture",
        limits: ReceiverLimits | None = None,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._bus = bus
        self._hand_on = hand_on
        self._knows = knows
        self._leg: Leg = leg
        self._now_ns = now_ns
        self._lock = Lock()
        self._inbox = Inbox(limits or ReceiverLimits())
        self._refused = 0
        bus.subscribe(pattern(CHUNK_KIND[leg]), self._take)

    @property
    def tally(self) -> ReceiverTally:
        """What became of what arrived."""
        return self._inbox.tally

    @property
    def refused(self) -> int:
        """Messages that were no chunks, of motors not known, or captures that were none."""
        return self._refused

    @property
    def held_bytes(self) -> int:
        """What is reserved for transfers under way."""
        return sum(partial.size for partial in self._inbox.partial.values())

    def tick(self) -> None:
        """Throw away transfers that stand still; the owner calls it now and then."""
        with self._lock:
            self._inbox = expire(self._inbox, self._now_ns())

    def _take(self, where: str, payload: bytes) -> None:
        try:
            address = parse_topic(where)
            if not self._knows(address):
                raise BadMessage(f"{where}: no capture of that motor is wanted here")
            chunk = decode_chunk(payload)
        except BadMessage as error:
            self._refuse(error)
            return
        whose = Whose(address.site, address.motor_id, chunk.transfer_id)
        with self._lock:
            taken = take(self._inbox, whose, chunk, self._now_ns())
            self._inbox = taken.inbox
        ack = taken.ack if taken.content is None else self._deliver(address, whose, taken)
        self._answer(address, ack)

    def _deliver(self, address: Address, whose: Whose, taken: Taken) -> CaptureAck:
        assert taken.content is not None
        try:
            self._hand_on(address, taken.content)
        except BadMessage as error:
            self._refuse(error)
            with self._lock:
                self._inbox, ack = settle(self._inbox, whose, "refused")
            return ack
        except MotorwatchError as error:
            log.error("a raw capture cannot be kept and will come again: %s", error)
            with self._lock:
                self._inbox, ack = release(self._inbox, whose)
            return ack
        with self._lock:
            self._inbox, ack = settle(self._inbox, whose)
        return ack

    def _answer(self, address: Address, ack: CaptureAck) -> None:
        where = topic(address.site, address.motor_id, ACK_KIND[self._leg])
        try:
            self._bus.publish(where, encode_ack(ack))
        except BusError as error:
            log.info("a capture chunk is not answered, its sender will ask again: %s", error)

    def _refuse(self, error: BadMessage) -> None:
        self._refused += 1
        if is_worth_saying(self._refused):
            log.warning("capture chunk refused (%d so far): %s", self._refused, error)
