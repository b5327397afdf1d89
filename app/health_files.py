"""From files to what is known of a motor in health: a recording of it, its thermal model."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from app.judged_capture import judged_capture
from app.known_health import NOTHING_KNOWN, KnownHealth
from app.thermal_model import load_thermal
from models.reference import reference_of
from sensors.errors import BadConfig
from sensors.recordings.recording import Recording


def known_health(baseline: Sequence[Recording], thermal: Path | None) -> KnownHealth:
    """Read what is known of a motor in health.

    Parameters
    ----------
    baseline : sequence of Recording
        Of the motor in health; its newest ten seconds count. Empty where there is none.
    thermal : Path or None
        Made by `motorwatch thermal`.

    Raises
    ------
    BadConfig
        More than one recording, or the thermal model is none.
    RecordingError
        The recording holds nothing.
    """
    if len(baseline) > 1:
        raise BadConfig(
            f"the baseline {baseline[0].path} holds {len(baseline)} recordings; name one, of the "
            "motor in health"
        )
    fitted = None if thermal is None else load_thermal(thermal)
    if not baseline and fitted is None:
        return NOTHING_KNOWN
    healthy = [reference_of(judged_capture(one).capture, one.motor) for one in baseline]
    facts = (*(one.recording_id for one in baseline), msgspec.json.encode(fitted).decode())
    return KnownHealth(
        reference=healthy[0] if healthy else None,
        thermal=fitted,
        digest=hashlib.sha256("\0".join(facts).encode()).hexdigest(),
    )
