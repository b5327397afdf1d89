"""What temperature says of a motor: against its materials, and against its own thermal model.

A motor that is hot because it works hard is not at fault: without a model of it, only what its
materials cannot bear is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dsp.audit import refused
from dsp.audit_note import AuditNote
from models.finding import Finding, Measure
from models.shaft_speed import ShaftSpeed
from models.thermal.fit import ThermalFit
from models.thermal.insulation import (
    HotSpot,
    beyond_class,
    find_hot_spot,
    hot_bearing,
    list_figures,
    warming,
)
from models.thermal.limits import ThermalLimits, load_thermal_limits
from models.thermal.reading import Reading, read_ambient, read_motor, relative_load
from models.thermal.residual import hotter_than_explained, loaded_too_high, measure_residual
from models.verdict import SenseVerdict
from sensors.capture import Capture, Sense, Unit
from sensors.motor import Motor

Judged = Sequence[Finding | str | None]


def judge_temperature(
    capture: Capture,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    *,
    fitted: ThermalFit | None = None,
    limits: ThermalLimits | None = None,
) -> SenseVerdict:
    """Judge one motor by its temperatures.

    Parameters
    ----------
    capture : Capture
        Temperatures in degC; position ``ambient`` is the air, and load conditions the rest.
    motor : Motor
        `insulation_class` gives the limit, `hot_spot_allowance_k` the winding's hottest place.
    notes : tuple of AuditNote
        Of the same capture: refused sensors are left out, with the reason.
    speed : ShaftSpeed or None
        Not needed.
    fitted : ThermalFit, optional
        The motor's own thermal model, from `models.thermal.fit.fit_thermal` in health.
    limits : ThermalLimits, optional
        Other limits than `thermal.toml`.

    Returns
    -------
    SenseVerdict
        Findings among overheating and overload.
    """
    del speed
    rules = limits or load_thermal_limits()
    readings = read_motor(capture, notes, rules.residual.sensor_k)
    inhibited = _unread(capture, notes)
    if not readings:
        reasons = inhibited or ("no temperature of the motor in degC",)
        return SenseVerdict(Sense.TEMPERATURE, inhibited=reasons, judged=False)
    ambient = read_ambient(capture, notes, rules.residual.sensor_k)
    driven_by = fitted.driven_by if fitted is not None else "load"
    load = relative_load(capture, motor.nameplate, driven_by)
    hot_spot = find_hot_spot(readings, motor.nameplate, load, rules)
    said = (
        _Said(inhibited=("the motor stands still: heat is not set against load",))
        if _stands_still(notes)
        else _by_model(readings, ambient, load, hot_spot, fitted, rules)
    )
    judged: Judged = (
        beyond_class(readings, hot_spot, motor.nameplate, rules),
        hot_bearing(readings, rules),
        warming(readings, rules),
        *said.judged,
    )
    classed = motor.nameplate.insulation_class is not None
    unknown = () if classed else ("insulation class unknown: state `insulation_class`",)
    return SenseVerdict(
        Sense.TEMPERATURE,
        findings=_one_each([one for one in judged if isinstance(one, Finding)]),
        doubts=tuple(one for one in judged if isinstance(one, str)),
        inhibited=(*inhibited, *unknown, *said.inhibited),
        measured=(*list_figures(readings, ambient, hot_spot, rules), *said.measured),
        judged=classed or bool(said.measured) or any(one is not None for one in judged),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What the motor's own model said, or why it could not."""

    judged: Judged = ()
    measured: tuple[Measure, ...] = ()
    inhibited: tuple[str, ...] = ()


def _by_model(
    readings: Sequence[Reading],
    ambient: Reading | None,
    load: float | None,
    hot_spot: HotSpot | None,
    fitted: ThermalFit | None,
    rules: ThermalLimits,
) -> _Said:
    if fitted is None:
        return _Said(inhibited=("no thermal model of this motor: heat is not set against load",))
    own = [reading for reading in readings if not reading.is_bearing]
    if not own or ambient is None or load is None:
        lacking = "no frame temperature" if not own else "no ambient temperature"
        text = lacking if not own or ambient is None else f"no {fitted.driven_by}"
        return _Said(inhibited=(f"{text} beside the thermal model: heat is not set against load",))
    residual = measure_residual(max(own, key=lambda reading: reading.degc), ambient, load, fitted)
    if residual is None:
        return _Said(inhibited=("window too short for a slope: the thermal model is not asked",))
    overload = None if hot_spot is None else loaded_too_high(residual, hot_spot, fitted)
    hotter = hotter_than_explained(residual, fitted, rules.residual)
    return _Said((hotter, overload), residual.measures)


def _stands_still(notes: tuple[AuditNote, ...]) -> bool:
    """Say whether the audit saw a motor that does not turn, and so cools by another law."""
    return any(note.check == "stopped" and note.level == "refuse" for note in notes)


def _unread(capture: Capture, notes: tuple[AuditNote, ...]) -> tuple[str, ...]:
    """Say which temperature channels are not read, and why."""
    found = []
    for block in capture.of(Sense.TEMPERATURE):
        reason = refused(notes, "temperature", channel=block.channel.name)
        if reason is not None:
            found.append(f"temperature: {reason}")
        elif block.unit is not Unit.DEGC:
            found.append(f"{block.channel.name}: unit {block.unit.value!r} is no temperature")
    return tuple(found)


def _one_each(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Join findings of one condition: the first is the surest, the others are its evidence."""
    joined: dict[str, Finding] = {}
    for finding in findings:
        known = joined.get(finding.condition)
        joined[finding.condition] = finding if known is None else _with_evidence(known, finding)
    return tuple(joined.values())


def _with_evidence(finding: Finding, other: Finding) -> Finding:
    return msgspec.structs.replace(
        finding,
        evidence=(*finding.evidence, *other.evidence),
        alternatives=tuple(dict.fromkeys((*finding.alternatives, *other.alternatives))),
    )
