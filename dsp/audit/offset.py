"""A constant added to a wave: a sensor's bias, a rectified load, a current clamp off zero."""

from collections.abc import Iterator

from dsp.audit.survey import Scene
from dsp.audit_note import AuditNote
from sensors.capture import Sense, Unit

LARGEST_OFFSET = {Sense.POWER: 0.1, Sense.SOUND: 0.2, Sense.VIBRATION: 3.0}
"""Mean over RMS. A current or voltage should have none and sound nearly none; accelerometers that
measure down to zero carry gravity or a bias many times the vibration."""
CAUSES = {
    Sense.POWER: "zero the sensor, or expect rectified current",
    Sense.SOUND: "the converter's or the microphone's bias reaches the record",
    Sense.VIBRATION: "a bias of the sensor or its converter, or gravity",
}
GRAVITY_MPS2 = 10.5
"""Up to this a constant acceleration is the Earth's (9.81 and a sensor's tolerance)."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Note offsets that are large for their sense; analysis removes them, the sensor keeps them."""
    for survey in scene.waveforms():
        if abs(survey.mean) <= LARGEST_OFFSET[survey.channel.sense] * survey.rms:
            continue
        if survey.channel.unit is Unit.MPS2 and abs(survey.mean) <= GRAVITY_MPS2:
            continue
        yield survey.note(
            "offset",
            "note",
            f"mean of {survey.mean:.4g} {survey.channel.unit.value} beside "
            f"{survey.rms:.4g} RMS: {CAUSES[survey.channel.sense]}",
        )
