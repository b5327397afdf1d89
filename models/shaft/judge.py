"""The shaft judge: unbalance, misalignment, bent shaft, looseness, soft foot, gears, by vibration.

A pattern of lines is no fault yet, for a sound machine too turns once a turn. It is named where
a standard's limit says that the machine shakes too much, or a baseline that it has changed;
without either only patterns that no sound machine shows are named, and as a mere suspicion.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.severity import SeverityLimits
from dsp.shaft_orders import TWICE_LINE, ShaftOrders
from models.finding import Finding, Measure
from models.shaft.change import added, matters, rise_db
from models.shaft.family import in_cepstrum
from models.shaft.gear import worn_gear
from models.shaft.level import ShaftLevel, shaft_level
from models.shaft.patterns import Pattern, find_patterns
from models.shaft.possible import possible
from models.shaft.rules import ShaftRules, load_shaft_rules
from models.shaft.source import shaft_orders
from models.shaft.words import (
    Grounds,
    doubt_of,
    finding_of,
    say_merged,
    say_shared,
    say_unexplained,
)
from models.shaft_speed import ShaftSpeed, fastest_hz
from models.verdict import SenseVerdict
from sensors.capture import Capture, SampleBlock, Sense
from sensors.conditions import Condition
from sensors.errors import WindowTooShort
from sensors.motor import Motor

NO_SPEED = (
    "shaft speed unknown and not evident from vibration: unbalance, misalignment and looseness "
    "cannot be judged; give it with --rpm, in the manifest or as nominal_rpm in motor.toml"
)
NO_DIRECTION = "no vibration channel across the shaft: shaft faults need a radial direction"
DRIVEN = (
    "a drive feeds the motor: twice the line's frequency is not known, and soft foot and air gap "
    "are not judged"
)
NO_LINE = "supply frequency unknown: state `line_hz` on the nameplate for soft foot and air gap"


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything one judgement stands on."""

    blocks: tuple[SampleBlock, ...]
    orders: ShaftOrders
    level: ShaftLevel
    speed: ShaftSpeed
    rules: ShaftRules


def judge_shaft(
    capture: Capture,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    *,
    baseline: ShaftOrders | None = None,
    limits: ShaftRules | None = None,
    zones: SeverityLimits | None = None,
) -> SenseVerdict:
    """Judge the shaft of one motor, and what holds it, by its vibration.

    Parameters
    ----------
    capture : Capture
        Best about ten seconds, with channels across and along the shaft.
    motor : Motor
        Power, shaft height and mounting decide which limits apply.
    notes : tuple of AuditNote
        Of the same capture.
    speed : ShaftSpeed or None
        None where it is neither declared nor evident.
    baseline : ShaftOrders, optional
        Of the same channels while the motor was sound, from `baseline_orders`.
    limits : ShaftRules, optional
        Other limits than `shaft_faults.toml`.
    zones : SeverityLimits, optional
        Other zones of velocity than `dsp/iso.toml`.
    """
    fit, left_out = _fit(capture, notes)
    if not fit:
        return _unable(*(left_out or ("no vibration channel: the shaft cannot be judged",)))
    if speed is None:
        return _unable(NO_SPEED)
    try:
        orders = shaft_orders(capture, fit, speed, motor.nameplate)
    except WindowTooShort as error:
        return _unable(str(error))
    level = shaft_level(fit, motor, notes, speed, zones)
    case = _Case(tuple(fit), orders, level, speed, limits or load_shaft_rules())
    return _verdict(case, motor, baseline, left_out)


def baseline_orders(
    capture: Capture, motor: Motor, notes: tuple[AuditNote, ...], speed: ShaftSpeed | None
) -> ShaftOrders | None:
    """Read what `judge_shaft` takes as baseline off a capture of the sound motor.

    None where the audit refuses its vibration, the speed is unknown or the window too short.
    """
    fit, _ = _fit(capture, notes)
    if not fit or speed is None:
        return None
    try:
        return shaft_orders(capture, fit, speed, motor.nameplate)
    except WindowTooShort:
        return None


def _fit(
    capture: Capture, notes: tuple[AuditNote, ...]
) -> tuple[list[SampleBlock], tuple[str, ...]]:
    """Return the vibration channels that may be judged, and why the others may not."""
    blocks = [block for block in capture.of(Sense.VIBRATION) if block.values.size]
    refusals = [refused(notes, "vibration", channel=block.channel.name) for block in blocks]
    fit = [block for block, reason in zip(blocks, refusals, strict=True) if reason is None]
    return fit, tuple(reason for reason in refusals if reason is not None)


def _verdict(
    case: _Case, motor: Motor, baseline: ShaftOrders | None, left_out: tuple[str, ...]
) -> SenseVerdict:
    changes, shared, why_not = _changes(case, baseline)
    compared = baseline is not None and not why_not
    rough, doubts = _by_level(case, compared, shared)
    # What has changed says more than what is much: the rest may always have been so.
    findings, astray = possible(
        changes or rough, case.orders.shaft_hz, fastest_hz(motor.nameplate, case.speed.hz)
    )
    inhibited = [*left_out, *why_not, *say_merged(case.orders), *_unread(motor)]
    if all(axis.channel.axis in ("z", "axial") for axis in case.orders.axes):
        inhibited.append(NO_DIRECTION)
    if case.level.reason is not None and baseline is None:
        inhibited.append(
            f"no limit says how much is too much: {case.level.reason}; "
            "or give a capture of the sound machine as baseline"
        )
    return SenseVerdict(
        Sense.VIBRATION,
        findings=findings,
        doubts=astray if findings else (*doubts, *astray),
        inhibited=tuple(inhibited),
        measured=_measured(case),
        judged=compared or case.level.reason is None,
    )


def _changes(
    case: _Case, baseline: ShaftOrders | None
) -> tuple[list[Finding], list[str], tuple[str, ...]]:
    """Name or doubt what has been added since the baseline, or say why nothing can be."""
    if baseline is None:
        return [], [], ()
    rule = case.rules.baseline
    more = added(case.orders, baseline, largest_speed_change=rule.largest_speed_change)
    if isinstance(more, str):
        return [], [], (more,)
    findings: list[Finding] = []
    shared: list[str] = []
    # A mesh may be as it was, with new sidebands: those are what must have risen.
    common = {axis.channel.name for axis in more.axes}
    own = [axis for axis in case.orders.axes if axis.channel.name in common]
    gear = worn_gear(own, case.rules)
    for pattern in find_patterns(more, case.rules):
        rise = rise_db(pattern, case.orders, baseline)
        limit = case.level.limit_of(pattern.axis.channel.name)
        if rise < rule.least_rise_db or not matters(pattern, case.orders, rule, limit):
            continue
        if pattern.shared:
            shared.append(say_shared(pattern, case.rules))
        else:
            findings.append(_finding(case, pattern, rise))
    if gear is not None and (rise := rise_db(gear, case.orders, baseline)) >= rule.least_rise_db:
        findings.append(_finding(case, gear, rise))
    return findings, shared, ()


def _by_level(
    case: _Case, compared: bool, shared: Sequence[str]
) -> tuple[list[Finding], list[str]]:
    """Name patterns where a limit is passed; elsewhere suspect or doubt what is out of the way.

    What is as in a baseline is not suspected of anything; `shared` are the doubts of what is not.
    """
    findings: list[Finding] = []
    doubts = list(shared)
    blind = case.level.reason is not None and not compared
    for pattern in find_patterns(case.orders, case.rules):
        rough = case.level.rough(pattern.axis.channel.name)
        if pattern.shared and case.level.is_rough:
            # It names nothing, so that any rough channel will do; once is enough.
            doubts += [] if shared else [say_shared(pattern, case.rules)]
        elif rough or (blind and pattern.telling):
            findings.append(_finding(case, pattern, None))
        elif blind:
            doubts += doubt_of(pattern, case.rules)
    explained = bool(findings or doubts)
    gear = worn_gear(case.orders.axes, case.rules)
    if gear is not None and not compared:
        doubts += doubt_of(gear, case.rules)
    if case.level.is_rough and not explained:
        doubts.append(say_unexplained(case.orders, case.level))
    return findings, doubts


def _finding(case: _Case, pattern: Pattern, rise: float | None) -> Finding:
    """Turn a pattern into a finding; a family of harmonics is looked for in the cepstrum too."""
    name = pattern.axis.channel.name
    grounds = Grounds(case.rules, case.level.severity_of(name), rise, case.speed)
    finding = finding_of(pattern, case.orders, grounds)
    if pattern.condition is not Condition.LOOSENESS:
        return finding
    block = next(block for block in case.blocks if block.channel.name == name)
    seen = in_cepstrum(block, case.orders.shaft_hz)
    return msgspec.structs.replace(finding, evidence=(*finding.evidence, *seen))


def _unread(motor: Motor) -> Iterator[str]:
    if motor.nameplate.variable_frequency_drive:
        yield DRIVEN
    elif motor.nameplate.line_hz is None:
        yield NO_LINE


def _measured(case: _Case) -> tuple[Measure, ...]:
    """Give the velocity of the channel that shakes most, and of its lines."""
    channel = case.level.worst
    velocity = case.level.channels[channel][0]
    if velocity <= 0:
        return ()
    axis = next(a for a in case.orders.axes if a.channel.name == channel)
    names = {"velocity_1x": "1x", "velocity_2x": "2x", "velocity_2f": TWICE_LINE}
    lines = {name: axis.lines[line].rms for name, line in names.items() if line in axis.lines}
    figures = {"velocity": velocity} | lines
    return tuple(Measure(name=name, value=v, unit="mm/s") for name, v in figures.items())


def _unable(*reasons: str) -> SenseVerdict:
    return SenseVerdict(Sense.VIBRATION, inhibited=reasons, judged=False)
