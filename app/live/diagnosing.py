"""Diagnoses of a live gateway: the newest capture of each motor, one at a time, beside the link.

A diagnosis takes a second. It runs in a thread of its own, where most of the time goes into array
operations that leave the loop free, so that alarms and acknowledgements never wait for it.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from app.capture_message import reason_of
from app.messages import DiagnosisMessage, encode
from app.roles.gateway import Diagnoser
from app.topics import Address, topic
from app.transfer.sender import CaptureSender
from sensors.errors import BadMessage

log = logging.getLogger(__name__)

JOB = "diagnoses"
BEAT_S = 1.0


class Diagnosing:
    """Takes captures, says what they show, and sends on those that are to be kept.

    Parameters
    ----------
    diagnoser : Diagnoser
        Judges.
    publish : callable
        Gets topic and payload of each diagnosis.
    told : callable
        Gets each diagnosis, for alarms and metrics.
    archive : CaptureSender
        Sends on to the platform what is to be kept.
    wake : callable
        Makes this job due, from any thread.
    """

    def __init__(
        self,
        diagnoser: Diagnoser,
        *,
        publish: Callable[[str, bytes], None],
        told: Callable[[DiagnosisMessage], None],
        archive: CaptureSender,
        wake: Callable[[], None],
    ) -> None:
        self._diagnoser, self._publish, self._told = diagnoser, publish, told
        self._archive, self._wake = archive, wake
        self._waiting: OrderedDict[Address, bytes] = OrderedDict()
        self._pool = ThreadPoolExecutor(1, "diagnosis")
        self._running: tuple[Address, Future[DiagnosisMessage]] | None = None
        self.overtaken = 0

    def knows(self, address: Address) -> bool:
        """Whether a capture of this motor is wanted here."""
        return self._diagnoser.knows(address.motor_id)

    def take(self, address: Address, payload: bytes) -> None:
        """Take a whole capture; an older one of the same motor that still waits is overtaken.

        Raises
        ------
        BadMessage
            It is no capture.
        """
        reason = reason_of(payload)
        if reason != "schedule":
            self._archive.offer(address.motor_id, payload, reason)
        if self._waiting.pop(address, None) is not None:
            self.overtaken += 1
        self._waiting[address] = payload
        self._wake()

    def step(self) -> float:
        """Publish what is done, begin what waits."""
        if self._running is not None and self._running[1].done():
            self._finish(*self._running)
            self._running = None
        if self._running is None and self._waiting:
            address, payload = self._waiting.popitem(last=False)
            future = self._pool.submit(self._diagnoser.judge, address.motor_id, payload)
            self._running = (address, future)
            future.add_done_callback(lambda _: self._wake())
        return BEAT_S

    def close(self) -> None:
        """End after the diagnosis at hand."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _finish(self, address: Address, future: Future[DiagnosisMessage]) -> None:
        try:
            message = future.result()
        except BadMessage as error:
            log.warning("capture of %s refused: %s", address.motor_id, error)
            return
        self._publish(topic(address.site, address.motor_id, "diagnosis"), encode(message))
        self._told(message)
