"""What other senses add to a bearing that vibration or sound has named: figures, never a name."""

import msgspec

from dsp.audit_note import AuditNote
from models.finding import Finding, Measure
from models.plant import PlantRules
from models.rotor.bearing import bearing_lines
from models.shaft_speed import ShaftSpeed
from models.sound.heard_felt import band_heard, heard_and_felt
from sensors.capture import Capture
from sensors.conditions import BEARING_CONDITIONS
from sensors.motor import Motor


def corroborate(
    findings: tuple[Finding, ...],
    capture: Capture,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    rules: PlantRules | None = None,
) -> tuple[tuple[Finding, ...], tuple[Measure, ...]]:
    """Add the bearing's lines in the current to its finding, and measure what is heard and felt.

    Parameters
    ----------
    findings : tuple of Finding
        Of all senses.
    capture, motor, notes, speed
        What they were judged on.
    rules : PlantRules, optional
        Other limits than the shipped ones.

    Returns
    -------
    findings : tuple of Finding
        Bearing findings with the evidence of the current, weak as it is, behind their own.
    measured : tuple of Measure
        Coherence of sound and vibration in the band where a line was heard.
    """
    bearings = [finding for finding in findings if finding.condition in BEARING_CONDITIONS]
    if not bearings:
        return findings, ()
    in_current = bearing_lines(
        capture, motor, notes, speed, limits=None if rules is None else rules.rotor
    )

    def told(finding: Finding) -> Finding:
        own = {one.line for one in finding.evidence}
        seen = tuple(one for one in in_current if one.line in own)
        if finding not in bearings or not seen:
            return finding
        return msgspec.structs.replace(finding, evidence=(*finding.evidence, *seen))

    band = band_heard([one for finding in bearings for one in finding.evidence])
    heard = None if rules is None else rules.sound
    measured = () if band is None else heard_and_felt(capture, notes, band, limits=heard)
    return tuple(told(finding) for finding in findings), measured
