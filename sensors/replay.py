"""Replay: a recording as a Reader, window by window in order of its own time.

Nothing above can tell it from a converter in the field. Memory holds one window a channel,
however long the recording is.
"""

from collections.abc import Iterator
from fractions import Fraction

from sensors.capture import Capture
from sensors.errors import BadConfig, RecordingError
from sensors.motor import Motor
from sensors.recordings.recording import Recording, Segment
from sensors.recordings.windows import NANOSECONDS, Cut, cut_windows, seconds


class ReplayReader:
    """Windows of a recording as captures.

    Windows never span two segments. A segment shorter than `window_s` (a snapshot) gives one
    capture of all of it; otherwise a partial last window is dropped.

    Parameters
    ----------
    recording : Recording
        What to replay.
    window_s, hop_s : float
        Length of a window, and distance from start to start.
    from_s, to_s : float
        Part of the recording to replay, in seconds from its first sample; None is to its end.
    seq0 : int
        Number of the first capture.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        window_s: float,
        hop_s: float,
        from_s: float = 0.0,
        to_s: float | None = None,
        seq0: int = 0,
    ) -> None:
        for name, value in (("window_s", window_s), ("hop_s", hop_s)):
            if not 0.0 < value < float("inf"):
                raise BadConfig(f"{name} = {value!r} s must be above 0")
        self._recording = recording
        self._opened = recording.open()
        self._closed = False
        self._captures = self._windows(window_s, hop_s, from_s, to_s, seq0)

    @property
    def motor(self) -> Motor:
        """The motor whose signals these are."""
        return self._recording.motor

    def read(self) -> Capture | None:
        """Return the next capture in order of time, or None at the end of the recording."""
        if self._closed:
            raise RecordingError(f"{self._recording.path}: this reader is closed; make a new one")
        return next(self._captures, None)

    def close(self) -> None:
        """Release the file."""
        self._closed = True
        self._opened.close()

    def _windows(
        self, window_s: float, hop_s: float, from_s: float, to_s: float | None, seq: int
    ) -> Iterator[Capture]:
        begin, end = seconds(from_s), None if to_s is None else seconds(to_s)
        for segment, since, until in _timeline(self._recording.segments):
            if (end is not None and end <= since) or (until is not None and until <= begin):
                continue
            cut = Cut(
                first_s=max(begin - since, Fraction(0)),
                window_s=seconds(window_s),
                hop_s=seconds(hop_s),
                stop_s=None if end is None else end - since,
            )
            for capture in cut_windows(self._opened, segment, cut, seq):
                yield capture
                seq = capture.seq + 1


def _timeline(
    segments: tuple[Segment, ...],
) -> Iterator[tuple[Segment, Fraction, Fraction | None]]:
    """Yield segments with their start, and that of the next, in seconds from the first."""
    starts = [Fraction(one.t0_ns - segments[0].t0_ns, NANOSECONDS) for one in segments]
    yield from zip(segments, starts, [*starts[1:], None], strict=True)


def whole_capture(recording: Recording, max_s: float) -> Capture:
    """Return the first uninterrupted `max_s` seconds of a recording, or all where it is shorter.

    Raises
    ------
    RecordingError
        There is not one sample in it.
    """
    return snapshot(recording, 0, max_s)


def latest_capture(recording: Recording, max_s: float) -> Capture:
    """Return the newest uninterrupted `max_s` seconds of a recording, or all where it is shorter.

    Raises
    ------
    RecordingError
        There is not one sample in its last piece.
    """
    segment = recording.segments[-1]
    with recording.open() as opened:
        length = opened.last_segment_s
        piece_s = seconds(max_s)
        first_s = Fraction(0) if length is None else max(seconds(length) - piece_s, Fraction(0))
        cut = Cut(first_s=first_s, window_s=piece_s, hop_s=piece_s, stop_s=None)
        found = _last(cut_windows(opened, segment, cut, 0))
    if found is None:
        raise RecordingError(f"{segment.path}: holds no samples; check the file")
    return found


def _last(captures: Iterator[Capture]) -> Capture | None:
    newest = None
    for capture in captures:
        newest = capture
    return newest


def snapshot(recording: Recording, number: int, max_s: float) -> Capture:
    """Return segment `number` of a recording (from its end where negative), at most `max_s`.

    Raises
    ------
    RecordingError
        No such segment, or not one sample in it.
    """
    count = len(recording.segments)
    if not -count <= number < count:
        raise RecordingError(f"{recording.path}: snapshot {number} is not among its {count}")
    segment = recording.segments[number]
    cut = Cut(first_s=Fraction(0), window_s=seconds(max_s), hop_s=seconds(max_s), stop_s=None)
    with recording.open() as opened:
        capture = next(cut_windows(opened, segment, cut, number % count), None)
    if capture is None:
        raise RecordingError(f"{segment.path}: holds no samples; check the file")
    return capture
