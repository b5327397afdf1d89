"""Readers in step with a clock: a recording or simulator in real time, or so many times faster.

The schedule is reckoned from its first moment, never from the last delivery, so it does not
drift: a window is due when, at this pace, its last sample would just have been measured. Who asks
late gets what is due at once until it is even again; `PacedReader.lag_s` says how late it was.
"""

import time
from collections.abc import Callable

from sensors.capture import Capture
from sensors.motor import Motor
from sensors.reader import Reader

NS = 1_000_000_000


class PacedReader:
    """Delivers another reader's captures no sooner than they are due.

    Parameters
    ----------
    reader : Reader
        Whose captures.
    speed : float or None
        Multiple of real time; None is as fast as can be, and never late.
    now_ns : callable
        A clock that never goes back, in nanoseconds.
    wait : callable
        Waits so many seconds.
    """

    def __init__(
        self,
        reader: Reader,
        speed: float | None,
        *,
        now_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._reader, self._speed = reader, speed
        self._now_ns, self._wait = now_ns, wait
        self._ahead: Capture | None = None
        self._ended = False
        # From here on, not from the first question: live signals are dated when they are opened,
        # and whoever opens many asks for the first one late.
        self._began_ns = now_ns()
        self._first_ns: int | None = None
        self._lag_ns = 0

    @property
    def motor(self) -> Motor:
        """The motor whose signals these are."""
        return self._reader.motor

    @property
    def lag_s(self) -> float:
        """How long after it was due the last capture was delivered."""
        return self._lag_ns / NS

    def due_in_s(self) -> float | None:
        """Return in how many seconds `read` delivers without waiting; None at the end."""
        capture = self._peek()
        return None if capture is None else max(0, self._due_ns(capture) - self._now_ns()) / NS

    def read(self) -> Capture | None:
        """Return the next capture when it is due, or None at the end of the source."""
        while (due_s := self.due_in_s()) is not None and due_s > 0.0:
            self._wait(due_s)
        capture, self._ahead = self._ahead, None
        if capture is not None:
            self._lag_ns = max(0, self._now_ns() - self._due_ns(capture))
        return capture

    def close(self) -> None:
        """Release files and devices; reading afterwards is an error."""
        self._ahead = None
        self._reader.close()

    def _peek(self) -> Capture | None:
        if self._ahead is None and not self._ended:
            self._ahead = self._reader.read()
            self._ended = self._ahead is None
        return self._ahead

    def _due_ns(self, capture: Capture) -> int:
        if self._speed is None:
            return self._now_ns()
        if self._first_ns is None:
            self._first_ns = capture.t0_ns
        return self._began_ns + round((capture.t1_ns - self._first_ns) / self._speed)
