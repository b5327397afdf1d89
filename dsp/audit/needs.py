"""What each diagnosis needs of a recording: length, bandwidth, and facts of the motor.

A diagnosis whose needs are not met is refused with the figure that is missing, so that the next
recording can be right.
"""

import math
from collections.abc import Iterator

from dsp.audit.mains import mains_hz
from dsp.audit.survey import LEAST_WAVE, WAVEFORMS, Scene, Survey
from dsp.audit_note import AuditNote
from dsp.severity import load_limits
from sensors.capture import Sense, Unit

CHECK = "resolution"
BEARING_TURNS = 20.0
"""Turns of the shaft in a window, so bins to an order: under a Hann window, whose lines are four
bins wide, lines a fifth of an order apart are two, and a cage's (0.4) stands clear of zero."""
BEARING_BANDWIDTH_HZ = 2000.0
"""Impacts ring housings at a few kHz; below 2 kHz there is no resonance to demodulate."""
SHAFT_ORDERS = 3.0
"""Unbalance, misalignment and looseness speak at the first three orders."""
SLIP_CYCLES = 10.0
"""Record ``T >= 10 / (2 s f)``: ten cycles of the sideband's distance from the line."""
LEAST_SLIP, LARGEST_SLIP = 0.0005, 0.2
"""A running induction motor slips, but not by a fifth: else speed, poles and line do not fit."""
MISDECLARED = 0.06
"""Nameplates and set points are off by up to 5 % of speed, which is as much in slip."""
HIGH_SLIP = 0.02
"""What is named where slip is unknown: common at rated load from a few kW up."""
CURRENT_CYCLES = 4.0
"""Cycles that separate the line from offset and harmonics under a Hann window."""
POWER_CYCLES = 0.95
"""One cycle, and the grid's tolerance, is enough for power."""
LOWEST_LINE_HZ = 50.0
"""Assumed where neither the nameplate nor the signal tells: the longer cycle of both grids."""
POWER_RATE = 10.0
"""Samples to a mains cycle for power with harmonics up to the fourth."""


def rounded_up(seconds: float) -> float:
    """Return a length in hundredths of a second, never shorter: advice must suffice."""
    return math.ceil(seconds * 100 - 1e-6) / 100


def check(scene: Scene) -> Iterator[AuditNote]:
    """Refuse, with the reason, what the recording is too short or too slow for."""
    for survey in scene.surveys:
        if survey.channel.sense in WAVEFORMS and survey.n < LEAST_WAVE:
            yield survey.note(CHECK, "refuse", f"{survey.n} samples make no waveform")
    for survey in scene.waveforms(Sense.VIBRATION):
        for kinds, text in _vibration(survey, scene):
            yield _refusal(kinds, text, survey)
    currents = [s for s in scene.waveforms(Sense.POWER) if s.channel.unit is not Unit.VOLT]
    for survey in currents:
        for kinds, text in _power(survey, scene):
            yield _refusal(kinds, text, survey)
    if currents:
        yield from _slip(currents[0], scene)


def _refusal(kinds: tuple[str, ...], text: str, survey: Survey | None = None) -> AuditNote:
    channel = None if survey is None else survey.channel.name
    return AuditNote(check=CHECK, level="refuse", text=text, channel=channel, refuses=kinds)


def _vibration(survey: Survey, scene: Scene) -> Iterator[tuple[tuple[str, ...], str]]:
    duration_s, width_hz = survey.block.duration_s, survey.bandwidth_hz
    rules = load_limits()
    if width_hz < BEARING_BANDWIDTH_HZ:
        yield (
            ("bearing",),
            f"{width_hz:.0f} Hz wide; bearing impacts need {BEARING_BANDWIDTH_HZ:.0f} Hz",
        )
    if duration_s < rules.least_duration_s or width_hz < rules.band.high_hz:
        yield (
            ("velocity_severity",),
            f"{duration_s:.3g} s and {width_hz:.0f} Hz wide; velocity severity needs "
            f"{rules.least_duration_s:g} s and {rules.band.high_hz:g} Hz",
        )
    speed_rpm = _speed_rpm(scene)
    if speed_rpm is None:
        return
    shaft_hz = speed_rpm / 60
    if duration_s * shaft_hz < BEARING_TURNS:
        yield (
            ("bearing",),
            f"{duration_s * shaft_hz:.1f} turns at {speed_rpm:g} rpm do not separate bearing "
            f"lines, which takes {BEARING_TURNS:g}; record "
            f"{rounded_up(BEARING_TURNS / shaft_hz):g} s or more",
        )
    if width_hz < SHAFT_ORDERS * shaft_hz:
        yield (
            ("vibration",),
            f"{width_hz:.0f} Hz wide; shaft faults at {speed_rpm:g} rpm need "
            f"{SHAFT_ORDERS * shaft_hz:.0f} Hz",
        )


def _speed_rpm(scene: Scene) -> float | None:
    """Return the speed without its sign: a shaft that turns backwards has the same lines."""
    speed_rpm = scene.capture.speed_rpm or scene.motor.nominal_rpm
    return None if speed_rpm is None else abs(speed_rpm)


def _power(survey: Survey, scene: Scene) -> Iterator[tuple[tuple[str, ...], str]]:
    line_hz = scene.motor.nameplate.line_hz or mains_hz(survey) or LOWEST_LINE_HZ
    cycles = survey.block.duration_s * line_hz
    if cycles < CURRENT_CYCLES:
        kinds = ("current",) if cycles > POWER_CYCLES else ("current", "power")
        yield kinds, f"{cycles:.2g} cycles of {line_hz:.0f} Hz; lines need {CURRENT_CYCLES:g}"
    if survey.block.rate_hz < POWER_RATE * line_hz:
        yield (
            ("power",),
            f"{survey.block.rate_hz:g} Hz is under {POWER_RATE:g} samples to a cycle of "
            f"{line_hz:.0f} Hz",
        )


def _slip(survey: Survey, scene: Scene) -> Iterator[AuditNote]:
    """Refuse slip where nothing can tell it; doubt a declared speed that leaves it open."""
    nameplate = scene.motor.nameplate
    if nameplate.variable_frequency_drive:
        said = "a drive feeds the motor, so slip against the mains has no meaning"
        yield _refusal(("slip",), said)
        return
    speed_rpm = _speed_rpm(scene) or nameplate.rated_rpm
    if nameplate.line_hz is None or nameplate.poles is None or speed_rpm is None:
        said = "slip needs `poles` and `line_hz` of the nameplate and a shaft speed"
        yield _refusal(("slip",), said)
        return
    slip = scene.motor.slip(speed_rpm)
    if slip is None or not -MISDECLARED < slip < LARGEST_SLIP:
        said = (
            f"{speed_rpm:g} rpm does not fit {nameplate.poles} poles at {nameplate.line_hz:g} Hz: "
            "speed, poles or line are wrong, or a drive feeds the motor"
        )
        yield _refusal(("slip",), said)
        return
    if slip <= LEAST_SLIP:
        said = (
            f"{speed_rpm:g} rpm leaves {nameplate.poles} poles at {nameplate.line_hz:g} Hz no "
            "slip: a nominal speed, taken as unknown; measure it"
        )
        yield AuditNote(check=CHECK, level="warning", text=said)
    yield from _slip_length(survey, nameplate.line_hz, slip)


def _slip_length(survey: Survey, line_hz: float, slip: float) -> Iterator[AuditNote]:
    """Refuse a record too short for any slip that may be; note one too short for that declared.

    A speed that is off by a few per cent says nothing of slip: what is too short for the motor's
    own slip is known only where that has been measured.
    """

    def needed(of: float) -> str:
        needed_s = SLIP_CYCLES / (2 * of * line_hz)
        return (
            f"slip {of:.2%} puts sidebands {2 * of * line_hz:.2f} Hz from the line: "
            f"record {rounded_up(needed_s):.4g} s, not {survey.block.duration_s:.3g} s"
        )

    least_slip = SLIP_CYCLES / (2 * line_hz * survey.block.duration_s)
    if max(slip, 0.0) + MISDECLARED < least_slip:
        yield _refusal(("slip",), needed(slip if slip > LEAST_SLIP else HIGH_SLIP))
    elif LEAST_SLIP < slip < least_slip:
        yield AuditNote(check=CHECK, level="warning", text=needed(slip))
