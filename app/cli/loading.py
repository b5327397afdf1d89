"""From a command's options to recordings."""

from collections.abc import Sequence
from pathlib import Path

from sensors.capture import Sense
from sensors.motor_file import load_motor
from sensors.recordings.library import load_recordings
from sensors.recordings.recording import Recording


def load(
    sources: Sequence[Path],
    manifest: str | None,
    motor: Path | None,
    rate_hz: float | None,
    rpm: float | None,
    bearing: str | None,
    sense: Sense | None = None,
) -> tuple[Recording, ...]:
    """Load the recordings that the shared options name."""
    return load_recordings(
        sources,
        manifest=manifest,
        motor=None if motor is None else load_motor(motor),
        rate_hz=rate_hz,
        speed_rpm=rpm,
        bearing=bearing,
        sense=sense,
    )
