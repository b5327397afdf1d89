"""A source that runs on: dated from now, numbered through, and over and over if so wished."""

from collections.abc import Callable
from dataclasses import replace

from sensors.capture import Capture, SampleBlock
from sensors.motor import Motor
from sensors.reader import Reader


class RunningOn:
    """Another reader's captures as one live stream.

    Captures are numbered through. Each further run begins where the one before ended, so time
    never goes back; between two runs the signal jumps, as a recording does at its ends.

    Parameters
    ----------
    start : callable
        Begins the source from its first capture.
    loop : bool
        Whether to begin again at its end.
    first_ns : int or None
        UTC of the first sample, nanoseconds; None keeps the source's own time.
    first_seq : int
        Number of the first capture: a source that is begun anew within one boot goes on counting,
        for a number given twice would make new windows look like old ones.
    motor : Motor or None
        Whose signals these are to be; None keeps the source's own.
    """

    def __init__(
        self,
        start: Callable[[], Reader],
        *,
        loop: bool = False,
        first_ns: int | None = None,
        first_seq: int = 0,
        motor: Motor | None = None,
    ) -> None:
        self._start, self._loop, self._next_ns = start, loop, first_ns
        self._dated = first_ns is not None
        self._reader = start()
        self._shift_ns: int | None = None
        self._seq = first_seq
        self._motor = motor

    @property
    def motor(self) -> Motor:
        """The motor whose signals these are."""
        return self._motor or self._reader.motor

    def read(self) -> Capture | None:
        """Return the next capture, or None at the end of a source that does not begin again."""
        capture = self._reader.read()
        # A source without a single capture is at its end, however often it begins.
        if capture is None and self._loop and self._shift_ns is not None:
            self._reader.close()
            self._reader, self._shift_ns = self._start(), None
            capture = self._reader.read()
        return None if capture is None else self._placed(capture)

    def close(self) -> None:
        """Release files and devices; reading afterwards is an error."""
        self._reader.close()

    def _placed(self, capture: Capture) -> Capture:
        if self._shift_ns is None:
            self._shift_ns = 0 if self._next_ns is None else self._next_ns - capture.t0_ns
        by_ns = self._shift_ns
        # Not `replace`, which takes four times as long, for every channel of every window.
        blocks = tuple(
            SampleBlock(b.channel, b.t0_ns + by_ns, b.rate_hz, b.values, b.clipped, b.gaps)
            for b in capture.blocks
        )
        placed = replace(
            capture,
            motor_id=self.motor.motor_id,
            t0_ns=capture.t0_ns + by_ns,
            t1_ns=capture.t1_ns + by_ns,
            blocks=blocks,
            clock="utc" if self._dated else capture.clock,
            seq=self._seq,
        )
        self._next_ns = placed.t1_ns
        self._seq += 1
        return placed
