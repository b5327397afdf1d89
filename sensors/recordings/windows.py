"""Cutting windows out of one segment: by time, exactly, and reading every sample once.

Indices come from rational arithmetic on the window's number, so a window hours into a
recording starts on the same sample as if it were cut alone.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sensors.capture import Capture, FloatArray, SampleBlock, Sense, Unit
from sensors.motor import MAX_SPEED_RPM
from sensors.recordings.clipping import clipped_fraction
from sensors.recordings.recording import OpenRecording, Segment, Track

# A sample this close to a window's start, in sample periods, lies in it: 0.1 s is no binary number.
SLACK = Fraction(1, 1_000_000)
NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Cut:
    """How to cut a segment, in seconds from its start.

    Attributes
    ----------
    first_s : Fraction
        Start of the first window.
    window_s, hop_s : Fraction
        Length, and distance from start to start.
    stop_s : Fraction or None
        The segment counts as ended here.
    """

    first_s: Fraction
    window_s: Fraction
    hop_s: Fraction
    stop_s: Fraction | None


def seconds(value: float) -> Fraction:
    """Return a number of seconds as it is written: 0.1 is one tenth."""
    return Fraction(repr(float(value)))


def cut_windows(opened: OpenRecording, segment: Segment, cut: Cut, seq: int) -> Iterator[Capture]:
    """Yield a segment's windows as captures numbered from `seq`.

    The fastest channel decides where the segment ends. A segment shorter than a window gives
    one short capture; after a full one, a partial last window is dropped.
    """
    tracks = opened.recording.tracks
    lead = max(range(len(tracks)), key=lambda at: tracks[at].rate_hz)
    cursors = [_Cursor(opened, segment, track, cut.stop_s) for track in tracks]
    begin, given = cut.first_s, False
    while True:
        start, stop = _span(cursors[lead].rate_hz, begin, cut.window_s)
        if stop == start:
            begin += _hops_to(cursors[lead].rate_hz, start, begin, cut) * cut.hop_s
            continue
        found = cursors[lead].take(start, stop).size
        full = found == stop - start
        if found == 0 or (given and not full):
            return
        length = cut.window_s if full else found / cursors[lead].rate_hz
        yield _capture(opened, segment, cursors, begin, length, seq)
        seq, given = seq + 1, True
        if not full:
            return
        begin += cut.hop_s


class _Cursor:
    """Forward reading of one channel that keeps the overlap of neighbouring windows."""

    def __init__(
        self, opened: OpenRecording, segment: Segment, track: Track, stop_s: Fraction | None
    ) -> None:
        self.track, self.rate_hz = track, Fraction(track.rate_hz)
        self._opened, self._segment = opened, segment
        self._stop = None if stop_s is None else _index(self.rate_hz, stop_s)
        self._first = 0
        self._held: FloatArray = np.empty(0, np.float32)

    def take(self, start: int, stop: int) -> FloatArray:
        """Return samples ``[start, stop)``, fewer at the end; `start` never goes back."""
        if self._stop is not None:
            stop = min(stop, self._stop)
        skipped = start - self._first
        self._held = self._held[skipped:] if skipped < self._held.size else self._held[:0]
        self._first = start
        have = start + self._held.size
        if have < stop:
            fresh = self._opened.read(self._segment, self.track, have, stop)
            self._held = np.concatenate([self._held, fresh]) if self._held.size else fresh
        return self._held[: max(0, stop - start)]


def _index(rate_hz: Fraction, at_s: Fraction) -> int:
    """Return the first sample at or after a time: ``ceil(at rate - slack)``."""
    # In whole numbers: fractions reduce every step, which would cost more than reading samples.
    over, under = at_s.numerator * rate_hz.numerator, at_s.denominator * rate_hz.denominator
    return -((under * SLACK.numerator - over * SLACK.denominator) // (under * SLACK.denominator))


def _hops_to(rate_hz: Fraction, sample: int, begin_s: Fraction, cut: Cut) -> int:
    """Return how many windows without a sample of a slow channel to pass over at once."""
    ahead_s = (sample + SLACK) / rate_hz - begin_s - cut.window_s
    return max(1, math.floor(ahead_s / cut.hop_s))


def _span(rate_hz: Fraction, begin_s: Fraction, length_s: Fraction) -> tuple[int, int]:
    """Return the samples of a window; equal windows of a fast channel have equal length."""
    start = _index(rate_hz, begin_s)
    over, under = length_s.numerator * rate_hz.numerator, length_s.denominator * rate_hz.denominator
    if over < under:
        return start, _index(rate_hz, begin_s + length_s)
    return start, start + _rounded(over, under)


def _rounded(over: int, under: int) -> int:
    """Return the whole number nearest to a fraction, of two the even one, as `round` does."""
    whole, rest = divmod(over, under)
    return whole + (2 * rest > under or (2 * rest == under and whole % 2 == 1))


def _capture(
    opened: OpenRecording,
    segment: Segment,
    cursors: list[_Cursor],
    begin_s: Fraction,
    length_s: Fraction,
    seq: int,
) -> Capture:
    recording = opened.recording
    blocks = tuple(
        block
        for cursor in cursors
        if (block := _block(segment, cursor, begin_s, length_s)) is not None
    )
    t0_ns = segment.t0_ns + round(begin_s * NANOSECONDS)
    return Capture(
        motor_id=recording.motor.motor_id,
        t0_ns=t0_ns,
        t1_ns=t0_ns + round(length_s * NANOSECONDS),
        blocks=blocks,
        speed_rpm=_measured_rpm(blocks, recording.speed_rpm),
        load=recording.load,
        clock=recording.clock,
        seq=seq,
    )


def _block(
    segment: Segment, cursor: _Cursor, begin_s: Fraction, length_s: Fraction
) -> SampleBlock | None:
    track = cursor.track
    start, stop = _span(cursor.rate_hz, begin_s, length_s)
    values = cursor.take(start, stop)
    if values.size == 0:
        return None
    return SampleBlock(
        channel=track.channel,
        t0_ns=segment.t0_ns
        + _rounded(start * NANOSECONDS * cursor.rate_hz.denominator, cursor.rate_hz.numerator),
        rate_hz=track.rate_hz,
        values=values,
        clipped=clipped_fraction(values, track.channel.sense, track.channel.unit),
    )


def _measured_rpm(blocks: tuple[SampleBlock, ...], declared: float | None) -> float | None:
    for block in blocks:
        if block.channel.sense is Sense.SPEED and block.unit is Unit.RPM:
            finite = block.values[np.isfinite(block.values)]
            # Some tachometers write the other direction of turning as a negative speed.
            speed_rpm = abs(float(finite.mean(dtype=np.float64))) if finite.size else math.inf
            if speed_rpm <= MAX_SPEED_RPM:
                return speed_rpm
    return declared
