"""The rotor judged from motor current: bars, shaft and air gap, or why they cannot be."""

from dsp.audit_note import AuditNote
from models.finding import Finding, Measure
from models.rotor.bars import hidden_bars, judge_bars
from models.rotor.current import rotor_current
from models.rotor.limits import RotorLimits, load_rotor_limits
from models.rotor.load import RotorLoad, rotor_load
from models.rotor.search import bars_elsewhere, say_lines, search_slips, stands
from models.rotor.shaft import judge_gap, judge_shaft
from models.rotor.view import LineView, RotorView, view_rotor
from models.shaft_speed import ShaftSpeed
from models.verdict import SenseVerdict
from sensors.capture import Capture, Sense
from sensors.errors import BadRate, BadSamples, WindowTooShort
from sensors.motor import Motor, Nameplate

UNKNOWN_SLIP = (
    "slip is unknown: no speed is measured, a declared one may be off by more than the slip, and "
    "the current does not tell it; measure the speed to a tenth of the slip, or record longer"
)


def judge_rotor(
    capture: Capture,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    *,
    limits: RotorLimits | None = None,
) -> SenseVerdict:
    """Judge the rotor from the motor's current.

    Parameters
    ----------
    capture : Capture
        Ten seconds or more, at steady load, of one current or three.
    motor : Motor
        Poles and line frequency are needed; the number of rotor bars lets the air gap be judged.
    notes : tuple of AuditNote
        From `dsp.audit.audit`: what it refuses for slip or current is not judged.
    speed : ShaftSpeed or None
        Shaft speed: one that vibration confirmed tells slip, one merely declared does not.
    limits : RotorLimits, optional
        Other limits than `rotor.toml`.

    Returns
    -------
    SenseVerdict
        Inhibited, with the reason, below about a third of rated load, under a drive, where speed,
        poles and line do not fit, where the recording is too short for the slip, or where slip is
        unknown and not every slip that the load allows could be searched.
    """
    rules = limits or load_rotor_limits()
    current = rotor_current(capture, notes)
    if isinstance(current, str):
        return _inhibited(current)
    if motor.nameplate.poles is None:
        return _inhibited("slip needs `poles` on the nameplate")
    try:
        view = view_rotor(current, motor.nameplate, speed)
    except (WindowTooShort, BadRate, BadSamples) as error:
        return _inhibited(str(error))
    load = rotor_load(capture, motor, view, rules.load)
    if load is not None and load.share < rules.load.least:
        return _inhibited(
            f"load is {load.share:.0%} of rated by {load.source}: rotor faults show from "
            f"{rules.load.least:.0%}; record under load",
            measures(view, load) if isinstance(view, RotorView) else (),
        )
    if isinstance(view, LineView):
        return _without_slip(view, load, motor.nameplate, rules)
    return _verdict(view, load, motor.nameplate, rules)


def _without_slip(
    view: LineView, load: RotorLoad | None, plate: Nameplate, rules: RotorLimits
) -> SenseVerdict:
    """Doubt what stands at any slip that may be; sound only where nothing does at all of them."""
    searched = search_slips(view, plate, load)
    pair = searched.pair
    if pair is not None and stands(pair, rules):
        doubt = (
            f"{say_lines(pair)}, where broken bars would put them at slip "
            f"{pair.offset_hz / view.track.hz / 2:.2%}, but slip is not known: a swinging load may "
            "put them there; measure the speed to a tenth of the slip"
        )
        return SenseVerdict(Sense.POWER, doubts=(doubt,))
    if pair is not None and searched.covered and pair.highest_dbc < rules.bars.suspect_dbc:
        said = (
            "rotor: slip is unknown, so shaft and air gap are not judged; bars are, at every slip "
            f"from {searched.lo:.2%} to {searched.hi:.2%} that the load allows"
        )
        return SenseVerdict(Sense.POWER, inhibited=(said,))
    return _inhibited(UNKNOWN_SLIP)


def _verdict(
    view: RotorView, load: RotorLoad | None, plate: Nameplate, rules: RotorLimits
) -> SenseVerdict:
    findings: list[Finding] = []
    bars = plate.rotor_bars
    doubts = [] if view.conflict is None else [view.conflict]
    cage = judge_bars(view, load, bars, rules)
    if isinstance(cage, Finding):
        findings.append(cage)
    elif cage is not None:
        doubts = [cage]
    else:
        elsewhere = bars_elsewhere(view, plate, load, rules)
        doubts += [] if elsewhere is None else [elsewhere]
    gap = None
    if bars is not None:
        gap, static = judge_gap(view, bars, rules)
        doubts += [] if static is None else [static]
    around = gap or judge_shaft(view, rules)
    findings += [] if around is None else [around]
    hidden = hidden_bars(view, rules)
    return SenseVerdict(
        Sense.POWER,
        tuple(findings),
        tuple(doubts),
        inhibited=() if hidden is None else (f"rotor: {hidden}",),
        measured=measures(view, load),
        judged=hidden is None,
    )


def measures(view: RotorView, load: RotorLoad | None) -> tuple[Measure, ...]:
    """Return slip, load and sideband heights as figures."""
    figures = [
        ("slip", 100 * view.slip.slip, "%"),
        ("slip_uncertainty", 100 * view.slip.uncertainty, "%"),
        ("slip_sideband_lower", view.cage.lower_dbc, "dBc"),
        ("slip_sideband_upper", view.cage.upper_dbc, "dBc"),
        ("slip_sideband_floor", view.cage.floor_dbc, "dBc"),
        ("shaft_sideband", view.shaft.highest_dbc, "dBc"),
    ]
    if load is not None:
        figures.append(("load", 100 * load.share, "%"))
    return tuple(Measure(name=name, value=float(value), unit=unit) for name, value, unit in figures)


def _inhibited(reason: str, measured: tuple[Measure, ...] = ()) -> SenseVerdict:
    return SenseVerdict(
        Sense.POWER, inhibited=(f"rotor: {reason}",), measured=measured, judged=False
    )
