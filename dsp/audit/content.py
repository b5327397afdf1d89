"""How far up a channel really carries signal, whatever its declared rate promises."""

from collections.abc import Iterator

from dsp.audit.survey import Scene
from dsp.audit_note import AuditNote
from sensors.capture import Sense


def check(scene: Scene) -> Iterator[AuditNote]:
    """Note channels that are empty from some frequency on: resampled, or filtered."""
    for survey in scene.waveforms(Sense.VIBRATION, Sense.SOUND):
        nyquist_hz = survey.block.rate_hz / 2
        content_hz = survey.bandwidth_hz
        if content_hz < nyquist_hz:
            yield survey.note(
                "bandwidth",
                "note",
                f"nothing above {content_hz:.0f} Hz of {nyquist_hz:.0f} Hz: filtered, or raised "
                f"from a rate near {2 * content_hz:.0f} Hz; judged as {content_hz:.0f} Hz wide",
            )
