"""The physics verdict on one capture: audit first, then a judge for each kind of fault."""

from collections.abc import Callable, Sequence
from typing import Literal

from dsp.audit import audit, refused
from dsp.audit.needs import BEARING_TURNS
from dsp.audit_note import AuditNote
from dsp.features.extract import shaft_frequency
from models.agreement import weigh
from models.bearing.judge import judge_bearings
from models.change import against_baseline
from models.finding import Diagnosis, SenseReport, Severity
from models.rotor.judge import judge_rotor
from models.shaft_speed import DECLARED_TOLERANCE, ShaftSpeed, find_speed
from models.sound.judge import judge_sound
from models.supply.judge import judge_supply
from models.thermal.judge import judge_temperature
from models.velocity_level import velocity_severity
from models.verdict import SenseVerdict
from models.window import LONGEST_S, tail_spectra
from sensors.capture import Capture, Sense
from sensors.errors import WindowTooShort
from sensors.motor import Motor

__all__ = ["LONGEST_S", "diagnose"]

Judge = Callable[[Capture, Motor, tuple[AuditNote, ...], ShaftSpeed | None], SenseVerdict]

JUDGES: tuple[Judge, ...] = (
    judge_bearings,
    judge_supply,
    judge_rotor,
    judge_sound,
    judge_temperature,
)
"""Bearings first: their silence is none, see `_abstention`."""
SENSES = (Sense.POWER, Sense.VIBRATION, Sense.SOUND, Sense.TEMPERATURE)


def diagnose(capture: Capture, motor: Motor, baseline: Capture | None = None) -> Diagnosis:
    """Judge one capture of one motor.

    Parameters
    ----------
    capture : Capture
        Best about ten seconds.
    motor : Motor
        Nameplate and bearings as far as they are known.
    baseline : Capture, optional
        Of the same motor in health: findings then say how much their lines have grown.

    Returns
    -------
    Diagnosis
        With findings, or the reason for abstaining, and the audit's notes.
    """
    notes = audit(capture, motor)
    speed = shaft_speed(capture, motor, notes)
    verdicts = [judge(capture, motor, notes, speed) for judge in JUDGES]
    severity = velocity_severity(capture, motor, notes, speed)
    findings = weigh(verdicts, severity)
    if baseline is not None and speed is not None:
        was = shaft_speed(baseline, motor, audit(baseline, motor)) or speed
        findings = against_baseline(findings, (capture, speed.hz), (baseline, was.hz))
    return Diagnosis(
        motor_id=capture.motor_id,
        findings=findings,
        abstained=None
        if findings
        else _abstention(verdicts, severity, felt=_has(capture, Sense.VIBRATION)),
        audit=notes,
        provisional=tuple(c for verdict in verdicts for c in verdict.provisional),
        shaft_hz=None if speed is None else speed.hz,
        senses=tuple(_report(sense, capture, verdicts) for sense in SENSES),
        measured=tuple(m for verdict in verdicts for m in verdict.measured),
    )


def shaft_speed(capture: Capture, motor: Motor, notes: tuple[AuditNote, ...]) -> ShaftSpeed | None:
    """Find the shaft's speed from vibration that can carry it, else believe what is declared."""
    declared_hz = shaft_frequency(capture, motor)
    declared = (
        None if declared_hz is None else ShaftSpeed(declared_hz, DECLARED_TOLERANCE, "declared")
    )
    fit = [
        block
        for block in capture.of(Sense.VIBRATION)
        if refused(notes, "bearing", channel=block.channel.name) is None
    ]
    try:
        spectra = tail_spectra(fit)
        if not spectra:
            return declared
        if declared_hz is not None and declared_hz / spectra[0][1].resolution_hz < BEARING_TURNS:
            return declared
        return find_speed(spectra, motor, declared_hz)
    except WindowTooShort:
        return declared


def _abstention(
    verdicts: Sequence[SenseVerdict], severity: Severity | None, *, felt: bool
) -> str | None:
    """Say why nothing was named though the motor cannot be called sound; None where it can.

    It can where nothing stands out, and either its bearings were judged, which fail most, or there
    is no vibration to judge them by and another sense found nothing.
    """
    doubts = [doubt for verdict in verdicts for doubt in verdict.doubts] + _rough(severity)
    if doubts:
        return "; ".join(doubts)
    bearings, *others = verdicts
    if bearings.judged or (not felt and any(verdict.judged for verdict in others)):
        return None
    return "; ".join(bearings.inhibited)


def _rough(severity: Severity | None) -> list[str]:
    """Say that a machine shakes though nothing explains it: no finding is no health."""
    if severity is None or severity.zone not in ("C", "D"):
        return []
    return [
        f"vibration of {severity.value:.1f} {severity.unit} RMS is zone {severity.zone} and no "
        "bearing explains it: look for unbalance, misalignment, looseness or resonance"
    ]


def _has(capture: Capture, sense: Sense) -> bool:
    return any(block.values.size for block in capture.of(sense))


def _report(sense: Sense, capture: Capture, verdicts: Sequence[SenseVerdict]) -> SenseReport:
    own = [verdict for verdict in verdicts if verdict.sense is sense]
    doubts = tuple(doubt for verdict in own for doubt in verdict.doubts)
    inhibited = tuple(reason for verdict in own for reason in verdict.inhibited)
    if not _has(capture, sense):
        return SenseReport(sense=sense, state="absent")
    if any(verdict.findings for verdict in own):
        return SenseReport(sense=sense, state="finding", doubts=doubts, inhibited=inhibited)
    judged = any(verdict.judged for verdict in own)
    state: Literal["doubt", "clear", "unable"] = (
        "doubt" if doubts else "clear" if judged else "unable"
    )
    return SenseReport(sense=sense, state=state, doubts=doubts, inhibited=inhibited)
