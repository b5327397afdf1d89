"""The last seconds of a motor's signals, joined from successive windows.

Slow diagnoses need longer captures than the windows that features are made of.
"""

import numpy as np

from sensors.capture import Capture, Gap, SampleBlock


class CaptureRing:
    """Keeps up to `span_s` of the newest captures of one motor.

    Captures must follow each other: one that starts elsewhere, as a snapshot does, starts the
    ring anew.
    """

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._captures: list[Capture] = []

    def push(self, capture: Capture) -> None:
        """Add a capture, dropping what is older than the span."""
        if self._captures and not _follows(self._captures[-1], capture):
            self._captures.clear()
        self._captures.append(capture)
        while self.duration_s - self._captures[0].duration_s >= self._span_s - 1e-6:
            self._captures.pop(0)

    @property
    def duration_s(self) -> float:
        """Time held, from the first capture's start to the last one's end."""
        if not self._captures:
            return 0.0
        return (self._captures[-1].t1_ns - self._captures[0].t0_ns) / 1e9

    def joined(self) -> Capture:
        """Return everything held as one capture, numbered as the newest."""
        if len(self._captures) == 1:
            return self._captures[0]
        first, last = self._captures[0], self._captures[-1]
        speeds = [c.speed_rpm for c in self._captures if c.speed_rpm is not None]
        blocks = zip(*(c.blocks for c in self._captures), strict=True)
        return Capture(
            motor_id=last.motor_id,
            t0_ns=first.t0_ns,
            t1_ns=last.t1_ns,
            blocks=tuple(_join(parts) for parts in blocks),
            speed_rpm=float(np.mean(speeds)) if speeds else None,
            load=last.load,
            clock=last.clock,
            seq=last.seq,
        )


def _follows(before: Capture, after: Capture) -> bool:
    """Whether a capture continues another: same channels, next sample, to half a sample."""
    if len(before.blocks) != len(after.blocks):
        return False
    return all(
        a.channel == b.channel
        and a.rate_hz == b.rate_hz
        and abs(b.t0_ns - a.t0_ns - a.values.size / a.rate_hz * 1e9) <= 0.5e9 / a.rate_hz
        for a, b in zip(before.blocks, after.blocks, strict=True)
    )


def _join(parts: tuple[SampleBlock, ...]) -> SampleBlock:
    sizes = [part.values.size for part in parts]
    starts = np.cumsum([0, *sizes[:-1]])
    gaps = tuple(
        Gap(int(start) + gap.at, gap.missing)
        for start, part in zip(starts, parts, strict=True)
        for gap in part.gaps
    )
    total = max(sum(sizes), 1)
    return SampleBlock(
        channel=parts[0].channel,
        t0_ns=parts[0].t0_ns,
        rate_hz=parts[0].rate_hz,
        values=np.concatenate([part.values for part in parts]),
        clipped=sum(p.clipped * n for p, n in zip(parts, sizes, strict=True)) / total,
        gaps=gaps,
    )
