"""The physics verdict on one capture: audit first, then a judge for each kind of fault."""

from collections.abc import Sequence
from typing import Literal

from dsp.audit import audit
from models.agreement import weigh
from models.bearing.judge import judge_bearings
from models.change import against_baseline
from models.corroboration import corroborate
from models.finding import Diagnosis, SenseReport
from models.plant import PlantRules, load_plant
from models.reference import Reference
from models.rotor.judge import judge_rotor
from models.shaft.judge import judge_shaft
from models.shaft.level import velocity_severity
from models.shaft_speed import shaft_speed
from models.sound.judge import judge_sound
from models.supply.judge import judge_supply
from models.thermal.fit import ThermalFit
from models.thermal.judge import judge_temperature
from models.verdict import SenseVerdict
from sensors.capture import Capture, Sense
from sensors.motor import Motor

SENSES = (Sense.POWER, Sense.VIBRATION, Sense.SOUND, Sense.TEMPERATURE)


def diagnose(
    capture: Capture,
    motor: Motor,
    reference: Reference | None = None,
    plant: PlantRules | None = None,
    thermal: ThermalFit | None = None,
) -> Diagnosis:
    """Judge one capture of one motor.

    Parameters
    ----------
    capture : Capture
        Best about ten seconds.
    motor : Motor
        Nameplate and bearings as far as they are known.
    reference : Reference, optional
        The same motor in health (`models.reference.reference_of`): shaft faults are then judged by
        what was added, and findings say how much their lines have grown.
    plant : PlantRules, optional
        Other limits than the shipped ones (`models.plant.load_plant`).
    thermal : ThermalFit, optional
        The motor's own thermal model: heat is then set against load and air.

    Returns
    -------
    Diagnosis
        With findings, or the reason for abstaining, and the audit's notes.
    """
    notes = audit(capture, motor)
    speed = shaft_speed(capture, motor, notes)
    rules = plant or load_plant()
    scene = (capture, motor, notes, speed)
    if speed is None or (reference is not None and not reference.is_at(speed.hz)):
        reference = None
    orders = None if reference is None else reference.orders
    # Bearings first: their silence is none, see `_abstention`.
    verdicts = [
        judge_bearings(*scene),
        judge_shaft(*scene, baseline=orders, limits=rules.shaft, zones=rules.severity),
        judge_supply(
            *scene,
            limits=rules.electrical,
            health=None if reference is None else reference.capture,
        ),
        judge_rotor(*scene, limits=rules.rotor),
        judge_sound(*scene, limits=rules.sound),
        judge_temperature(*scene, fitted=thermal, limits=rules.thermal),
    ]
    findings = weigh(verdicts, velocity_severity(*scene, rules.severity), rules.sights)
    findings, measured = corroborate(findings, capture, motor, notes, speed, rules)
    if reference is not None and reference.shaft_hz is not None and speed is not None:
        was = (reference.capture, reference.shaft_hz)
        findings = against_baseline(findings, (capture, speed.hz), was)
    present = frozenset(sense for sense in SENSES if _has(capture, sense))
    return Diagnosis(
        motor_id=capture.motor_id,
        findings=findings,
        abstained=None if findings else _abstention(verdicts, present),
        audit=notes,
        provisional=tuple(c for verdict in verdicts for c in verdict.provisional),
        shaft_hz=None if speed is None else speed.hz,
        senses=tuple(_report(sense, capture, verdicts) for sense in SENSES),
        measured=(*(m for verdict in verdicts for m in verdict.measured), *measured),
    )


def _abstention(verdicts: Sequence[SenseVerdict], present: frozenset[Sense]) -> str | None:
    """Say why nothing was named though the motor cannot be called sound; None where it can.

    It can where nothing stands out, and either its bearings were judged, which fail most, or there
    is no vibration to judge them by and another sense found nothing. Without vibration the reasons
    of the senses that are there come first: those can be mended.
    """
    doubts = [doubt for verdict in verdicts for doubt in verdict.doubts]
    if doubts:
        return "; ".join(doubts)
    bearings, *others = verdicts
    felt = Sense.VIBRATION in present
    if bearings.judged or (not felt and any(verdict.judged for verdict in others)):
        return None
    own = [] if felt else [one for one in others if one.sense in present]
    return "; ".join(reason for one in (*own, bearings) for reason in one.inhibited)


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
