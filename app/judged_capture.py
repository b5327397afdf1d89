"""The part of a recording that is diagnosed at once: the newest in which the motor ran."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice

import msgspec

from app.report.time_axis import say_duration
from dsp.audit import standstill
from dsp.audit_note import AuditNote
from models.finding import Diagnosis
from models.window import judged_s
from sensors.capture import Capture
from sensors.recordings.recording import Recording
from sensors.recordings.windows import NANOSECONDS
from sensors.replay import latest_capture, newest_first

SLOW_S = 600.0
"""Temperatures say something by their course over minutes."""
SLOW_HZ = 10.0
"""Channels up to this rate have no waveform."""
LOOKS_BACK = 60
"""Pieces that are tried for one in which the motor ran: ten minutes of a file, a logger's day."""
JOINED_NS = 1_000_000
"""Pieces with less than this between them follow one another."""


@dataclass(frozen=True, slots=True)
class JudgedCapture:
    """What is judged of a recording, and how long before its end that was taken.

    Attributes
    ----------
    capture : Capture
        The newest piece in which the motor ran; the newest where it never did.
    still_s : float
        From the start of `capture` to that of the newest piece: since then the motor stood still.
    """

    capture: Capture
    still_s: float = 0.0

    @property
    def standstill(self) -> str | None:
        """What people are told of the time since; None where it ran to the end."""
        if not self.still_s:
            return None
        return (
            f"the motor stood still in the last {say_duration(self.still_s)}; judged is what it "
            "did before"
        )

    def marked(self, said: Diagnosis) -> Diagnosis:
        """Return the diagnosis of the capture with the standstill after it among the notes."""
        if self.standstill is None:
            return said
        note = AuditNote(check="stopped", level="note", text=self.standstill)
        audit = tuple(note if one.check == "stopped" else one for one in said.audit)
        return msgspec.structs.replace(said, audit=audit)


def judged_capture(recording: Recording) -> JudgedCapture:
    """Return the newest part of a recording that can be diagnosed.

    Ten seconds; 32 turns of a slow shaft; ten minutes where every channel is slow. Where the motor
    stands still in it, as at the end of a run to failure, the newest before in which it ran; not
    the seconds in which it ran down, where there are others.

    Raises
    ------
    RecordingError
        There is not one sample in it.
    """
    rpm = recording.speed_rpm or recording.motor.nominal_rpm
    piece_s = judged_s(None if rpm is None else rpm / 60)
    with closing(newest_first(recording, piece_s)) as pieces:
        newest = next(pieces)
        if all(block.rate_hz <= SLOW_HZ for block in newest.blocks):
            return JudgedCapture(latest_capture(recording, SLOW_S))
        for piece in chain([newest], islice(pieces, LOOKS_BACK)):
            if standstill(piece, recording.motor) is None:
                ran = piece if piece is newest else _before_the_stop(piece, pieces, recording)
                return JudgedCapture(ran, (newest.t0_ns - ran.t0_ns) / NANOSECONDS)
    return JudgedCapture(newest)


def _before_the_stop(piece: Capture, earlier: Iterator[Capture], recording: Recording) -> Capture:
    """Return the piece that ran on into `piece`, which holds the stop itself; else `piece`."""
    before = next(earlier, None)
    if before is None or piece.t0_ns - before.t1_ns > JOINED_NS:
        return piece
    return piece if standstill(before, recording.motor) else before
