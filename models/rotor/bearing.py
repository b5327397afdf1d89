"""Bearing lines in motor current: support for what vibration says, never a finding alone.

A damaged bearing moves the rotor and swings the torque at its defect frequency fv, which current
shows as ``|f +- k fv|`` (R. R. Schoen et al., "Motor bearing damage detection using stator current
monitoring", IEEE Trans. Ind. Appl. 31(6), 1995). The lines are small, and every machine coupled to
the motor makes others.
"""

from collections.abc import Sequence

from dsp.audit_note import AuditNote
from dsp.line_frame import LineFrame, follow_line, line_frame
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine, defect_lines
from dsp.sidebands import SidebandPair, Span, find_pair
from dsp.slip import MOST_NYQUIST
from models.finding import Evidence
from models.rotor.current import RotorCurrent, rotor_current
from models.rotor.limits import RotorLimits, load_rotor_limits
from models.shaft_speed import ShaftSpeed
from sensors.capture import Capture, Sense
from sensors.errors import BadRate, BadSamples, WindowTooShort
from sensors.motor import Motor

BEYOND = 2.0
"""The spectrum is read to this many times the highest defect line, for pseudo-lines."""


def bearing_lines(
    capture: Capture,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    *,
    limits: RotorLimits | None = None,
) -> tuple[Evidence, ...]:
    """List the bearing lines that stand in the current, to be shown beside a bearing's finding.

    Parameters
    ----------
    capture, motor, notes, speed
        As `models.rotor.judge.judge_rotor`.
    limits : RotorLimits, optional
        Other limits than `rotor.toml`.

    Returns
    -------
    tuple of Evidence
        Those above what as many searches find by chance; empty too where nothing can be read.
    """
    current = rotor_current(capture, notes)
    lines = [line for bearing in motor.bearings for line in defect_lines(bearing)]
    if isinstance(current, str) or speed is None or not lines:
        return ()
    most = (limits or load_rotor_limits()).chance / len(lines)
    try:
        frame, line_hz = _frame(current, motor, max(line.order for line in lines) * speed.hz)
        found = [(line, _pair(frame, line, speed, line_hz)) for line in lines]
    except (WindowTooShort, BadRate, BadSamples):
        return ()
    return tuple(
        _evidence(current, line, pair, speed.hz, line_hz)
        for line, pair in found
        if pair is not None and pair.chance <= most
    )


def _frame(current: RotorCurrent, motor: Motor, highest_hz: float) -> tuple[LineFrame, float]:
    track = follow_line(
        current.values,
        current.reference,
        rate_hz=current.rate_hz,
        nominal_hz=motor.nameplate.line_hz,
    )
    span_hz = min(BEYOND * highest_hz, MOST_NYQUIST * current.rate_hz / 2 - track.hz)
    return line_frame(current.values, track, order=1.0, span_hz=span_hz), track.hz


def _pair(
    frame: LineFrame, line: DefectLine, speed: ShaftSpeed, line_hz: float
) -> SidebandPair | None:
    """Find one line's pair; None where it is beyond the spectrum, or another line's place."""
    hz, top_hz = line.order * speed.hz, frame.lower.bins.size * frame.resolution_hz
    lo_hz = hz * (1 - SLIP_BELOW - speed.tolerance)
    hi_hz = hz * (1 + SLIP_ABOVE + speed.tolerance)
    others = _others(line_hz, speed, top_hz)
    if hi_hz + frame.resolution_hz > top_hz or any(lo < hi_hz and hi > lo_hz for lo, hi in others):
        return None
    try:
        return find_pair(frame, lo_hz, hi_hz, expected=others)
    except WindowTooShort:
        return None


def _others(line_hz: float, speed: ShaftSpeed, top_hz: float) -> Sequence[Span]:
    """List where harmonics of the line, and multiples of the shaft's frequency, stand."""
    harmonics = [k * line_hz for k in range(1, int(top_hz / line_hz) + 1)]
    turns = [k * speed.hz for k in range(1, int(top_hz / speed.hz) + 1)]
    tolerance = speed.tolerance
    return [(hz, hz) for hz in harmonics] + [
        (hz * (1 - tolerance), hz * (1 + tolerance)) for hz in turns
    ]


def _evidence(
    current: RotorCurrent, line: DefectLine, pair: SidebandPair, shaft_hz: float, line_hz: float
) -> Evidence:
    expected_hz = line.order * shaft_hz
    return Evidence(
        text=f"current of {current.name} carries {line.name} of {line.bearing}: lines "
        f"{pair.offset_hz:.1f} Hz beside the supply's at {pair.highest_dbc:.0f} dBc, "
        f"{pair.over_floor_db:.0f} dB over the floor; weak alone",
        channel=current.name,
        line=f"f +- {line.name}",
        expected_hz=line_hz + expected_hz,
        found_hz=line_hz + pair.offset_hz,
        level_db=pair.over_floor_db,
        chance=pair.chance,
        sense=Sense.POWER,
        tolerance_hz=SLIP_BELOW * expected_hz,
        sidebands_db=(pair.lower_db, pair.upper_db),
    )
