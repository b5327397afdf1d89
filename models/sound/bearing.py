"""Bearings by their sound: the same lines as in vibration, believed less."""

import msgspec

from dsp.lines import search
from dsp.order import SLIP_BELOW, defect_lines
from models.bearing.family import NOTICEABLE, families
from models.bearing.naming import CHANCE, BearingVerdict, judge_families
from models.bearing.reading import Spectra, bank_of, check_turns, supply_of
from models.finding import Finding
from models.shaft_speed import ShaftSpeed
from models.sound.limits import HeardBearing
from sensors.capture import Sense
from sensors.motor import Bearing, Motor

RANK = ("low", "medium", "high")


def judge_heard_bearings(
    spectra: Spectra,
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
    check_turns(spectra, speed.hz)
    return tuple(_judge(one, spectra, motor, speed, rules) for one in motor.bearings)


def _judge(
    bearing: Bearing,
    spectra: Spectra,
    motor: Motor,
    speed: ShaftSpeed,
    rules: HeardBearing,
) -> BearingVerdict:
    lines = defect_lines(bearing)
    bank = bank_of(spectra, lines, speed.hz)
    matches = search(bank, lines, shaft_hz=speed.hz, speed_tolerance=speed.tolerance)
    found = families(bank, lines, matches, speed.hz)
    verdict = judge_families(bank, found, speed.hz, supply_hz=supply_of(motor.nameplate))
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
