"""The part of a recording that is diagnosed at once: its newest, or the last in which it ran."""

from dataclasses import dataclass, replace

import msgspec

from app.report.time_axis import say_duration
from dsp.audit import stands_still
from dsp.audit_note import AuditNote
from models.finding import Diagnosis
from models.window import judged_s
from sensors.capture import Capture, SampleBlock
from sensors.errors import RecordingError
from sensors.motor import Motor
from sensors.recordings.recording import Recording
from sensors.recordings.windows import NANOSECONDS
from sensors.replay import latest_capture, snapshot

SLOW_S = 600.0
"""Temperatures say something by their course over minutes."""
SLOW_HZ = 10.0
"""Channels up to this rate have no waveform."""
LOOKS_BACK = 60
"""Snapshots before the last that are tried for one in which the motor ran: ten hours of a series
with one every ten minutes."""


@dataclass(frozen=True, slots=True)
class JudgedCapture:
    """What is judged of a recording, and what came after it.

    Attributes
    ----------
    capture : Capture
        What is judged.
    later : int
        How many snapshots of the series are newer; the motor ran in none of them.
    before_end_s : float
        From the judged snapshot to the last one.
    """

    capture: Capture
    later: int = 0
    before_end_s: float = 0.0

    @property
    def standstill(self) -> str | None:
        """What people are told of the snapshots after it; None where there are none."""
        if not self.later:
            return None
        these = "snapshot" if self.later == 1 else f"{self.later} snapshots"
        return (
            f"the motor does not run throughout the last {these}; judged is the one before, "
            f"{say_duration(self.before_end_s)} before the end"
        )

    def marked(self, said: Diagnosis) -> Diagnosis:
        """Return the diagnosis of the capture with what came after it among the notes."""
        if self.standstill is None:
            return said
        note = AuditNote(check="stopped", level="note", text=self.standstill)
        kept = [n for n in said.audit if (n.check, n.level) != ("stopped", "ok")]
        return msgspec.structs.replace(said, audit=(note, *kept))


def judged_capture(recording: Recording) -> JudgedCapture:
    """Return the newest part of a recording that can be diagnosed.

    Ten seconds; 32 turns of a slow shaft; ten minutes where every channel is slow. A life recorded
    in snapshots often ends with some of the machine after its stop: then the newest snapshot
    throughout which it ran. One long recording is judged by its end, whatever happens there; a
    replay judges all of it.

    Raises
    ------
    RecordingError
        There is not one sample in it.
    """
    rpm = recording.speed_rpm or recording.motor.nominal_rpm
    piece_s = judged_s(None if rpm is None else rpm / 60)
    newest = latest_capture(recording, piece_s)
    if all(block.rate_hz <= SLOW_HZ for block in newest.blocks):
        return JudgedCapture(latest_capture(recording, SLOW_S))
    if len(recording.segments) == 1 or not stands_still(newest, recording.motor):
        return JudgedCapture(newest)
    return _before_the_stop(recording, newest, piece_s) or JudgedCapture(newest)


def _before_the_stop(recording: Recording, newest: Capture, piece_s: float) -> JudgedCapture | None:
    for later in range(1, min(len(recording.segments), LOOKS_BACK + 1)):
        try:
            earlier = snapshot(recording, -1 - later, piece_s)
        except RecordingError:
            return None  # whether it ran in between cannot be told any more
        if _runs_throughout(earlier, recording.motor):
            return JudgedCapture(earlier, later, (newest.t0_ns - earlier.t0_ns) / NANOSECONDS)
    return None


def _runs_throughout(capture: Capture, motor: Motor) -> bool:
    """Say whether both halves show a motor that runs: a knock, or a stop, is in one of them."""
    middle_ns = (capture.t0_ns + capture.t1_ns) // 2
    first, second = zip(*(_halves(block) for block in capture.blocks), strict=True)
    halves = (
        replace(capture, t1_ns=middle_ns, blocks=first),
        replace(capture, t0_ns=middle_ns, blocks=second),
    )
    return not any(stands_still(half, motor) for half in halves)


def _halves(block: SampleBlock) -> tuple[SampleBlock, SampleBlock]:
    middle = block.values.size // 2
    middle_ns = block.t0_ns + round(middle / block.rate_hz * NANOSECONDS)
    first = replace(block, values=block.values[:middle])
    return first, replace(block, values=block.values[middle:], t0_ns=middle_ns)
