"""Bearings by their sound: the same lines as in vibration, believed less."""

from collections.abc import Sequence

import msgspec

from dsp.audit.needs import BEARING_TURNS
from dsp.bank import envelope_bank
from dsp.comb import HARMONICS
from dsp.lines import HIGHEST_ORDER, search
from dsp.order import SLIP_BELOW, defect_lines
from dsp.spectrum import BlockSpectrum
from models.bearing.family import NOTICEABLE, families
from models.bearing.judge import GRIDS_HZ
from models.bearing.naming import CHANCE, BearingVerdict, judge_families
from models.finding import Finding
from models.shaft_speed import ShaftSpeed
from models.sound.limits import HeardBearing
from sensors.capture import Sense
from sensors.errors import WindowTooShort
from sensors.motor import Bearing, Motor

RANK = ("low", "medium", "high")


def judge_heard_bearings(
    spectra: Sequence[tuple[str, BlockSpectrum]],
    motor: Motor,
    speed: ShaftSpeed,
    rules: HeardBearing,
) -> tuple[BearingVerdict, ...]:
    """Judge every bearing of the motor by the envelope spectra of its microphones.

    Parameters
    ----------
    spectra : sequence of (str, BlockSpectrum)
        Channel names and spectra.
    motor : Motor
        With at least one bearing.
    speed : ShaftSpeed
        Of the shaft.
    rules : HeardBearing
        From `sound.toml`.

    Raises
    ------
    WindowTooShort
        The window holds too few turns, or no band to demodulate.
    """
    turns = speed.hz / spectra[0][1].resolution_hz
    if turns < BEARING_TURNS:
        raise WindowTooShort(
            f"the window holds {turns:.1f} turns of the shaft; bearing lines need "
            f"{BEARING_TURNS:g} or more ({BEARING_TURNS / speed.hz:.2g} s)"
        )
    return tuple(_judge(one, spectra, motor, speed, rules) for one in motor.bearings)


def _judge(
    bearing: Bearing,
    spectra: Sequence[tuple[str, BlockSpectrum]],
    motor: Motor,
    speed: ShaftSpeed,
    rules: HeardBearing,
) -> BearingVerdict:
    lines = defect_lines(bearing)
    top = HARMONICS * max(HIGHEST_ORDER, 1.5 * max(line.order for line in lines)) * 1.02
    bank = envelope_bank(spectra, shaft_hz=speed.hz, top_order=top)
    matches = search(bank, lines, shaft_hz=speed.hz, speed_tolerance=speed.tolerance)
    line_hz = motor.nameplate.line_hz
    supply_hz = GRIDS_HZ if line_hz is None else (line_hz,)
    found = families(bank, lines, matches, speed.hz)
    verdict = judge_families(bank, found, speed.hz, supply_hz=supply_hz)
    if verdict.finding is None:
        # Of faint modulation every room has some: heard from afar it casts no doubt on a motor.
        deep = any(f.match.chance <= CHANCE and f.match.depth >= NOTICEABLE for f in found)
        return verdict if deep else BearingVerdict()
    return BearingVerdict(_as_heard(verdict.finding, SLIP_BELOW + speed.tolerance, rules))


def _as_heard(finding: Finding, reach: float, rules: HeardBearing) -> Finding:
    evidence = tuple(
        msgspec.structs.replace(
            one, sense=Sense.SOUND, tolerance_hz=reach * (one.expected_hz or 0.0)
        )
        for one in finding.evidence
    )
    held = finding.confidence
    if not isinstance(held, str) or RANK.index(held) > RANK.index(str(rules.highest_confidence)):
        held = rules.highest_confidence
    return msgspec.structs.replace(
        finding, confidence=held, evidence=evidence, alternatives=rules.alternatives
    )
