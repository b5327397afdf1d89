"""The part of a recording that is diagnosed at once: its newest ten seconds, or what it needs."""

from models.window import judged_s
from sensors.capture import Capture
from sensors.recordings.recording import Recording
from sensors.replay import latest_capture

SLOW_S = 600.0
"""Temperatures say something by their course over minutes."""
SLOW_HZ = 10.0
"""Channels up to this rate have no waveform."""


def judged_capture(recording: Recording) -> Capture:
    """Return the newest part of a recording that can be diagnosed.

    Ten seconds; 32 turns of a slow shaft; ten minutes where every channel is slow.

    Raises
    ------
    RecordingError
        There is not one sample in it.
    """
    rpm = recording.speed_rpm or recording.motor.nominal_rpm
    capture = latest_capture(recording, judged_s(None if rpm is None else rpm / 60))
    if any(block.rate_hz > SLOW_HZ for block in capture.blocks):
        return capture
    return latest_capture(recording, SLOW_S)
