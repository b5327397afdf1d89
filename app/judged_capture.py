"""The part of a recording that is diagnosed at once: its newest ten seconds, or ten minutes."""

from models.window import LONGEST_S
from sensors.capture import Capture
from sensors.recordings.recording import Recording
from sensors.replay import latest_capture

SLOW_S = 600.0
"""Temperatures say something by their course over minutes."""
SLOW_HZ = 10.0
"""Channels up to this rate have no waveform."""


def judged_capture(recording: Recording) -> Capture:
    """Return the newest ten seconds of a recording; ten minutes where every channel is slow.

    Raises
    ------
    RecordingError
        There is not one sample in it.
    """
    capture = latest_capture(recording, LONGEST_S)
    if any(block.rate_hz > SLOW_HZ for block in capture.blocks):
        return capture
    return latest_capture(recording, SLOW_S)
