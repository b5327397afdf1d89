"""Units: what may be said of a channel whose samples are no physical quantity."""

from collections.abc import Iterator

from dsp.audit.survey import Scene
from dsp.audit_note import AuditNote
from sensors.capture import Sense, Unit

CHECK = "calibration"


def check(scene: Scene) -> Iterator[AuditNote]:
    """Refuse absolute judgements on channels without a physical unit."""
    for block in scene.capture.blocks:
        name, unit = block.channel.name, block.unit
        if block.channel.sense is Sense.VIBRATION and unit is not Unit.MPS2:
            yield AuditNote(
                check=CHECK,
                level="refuse",
                text=f"vibration in {unit.value!r}, not m/s2: no severity; state the scale",
                channel=name,
                refuses=("velocity_severity",),
            )
        elif block.channel.sense is Sense.POWER and unit in (Unit.FULL_SCALE, Unit.UNSCALED):
            yield AuditNote(
                check=CHECK,
                level="refuse",
                text=f"samples in {unit.value!r}, not V or A: no power; state the scale",
                channel=name,
                refuses=("power",),
            )
        elif block.channel.sense is Sense.SOUND and unit is not Unit.PASCAL:
            yield AuditNote(
                check=CHECK,
                level="note",
                text="microphone not calibrated: levels are dBFS, never dBA",
                channel=name,
            )
