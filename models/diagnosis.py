"""The physics verdict on one capture: audit first, then the rules that the data can carry."""

from collections.abc import Sequence

import msgspec

from dsp.audit import audit, refused
from dsp.bank import LevelBank, envelope_bank
from dsp.comb import HARMONICS
from dsp.features.extract import shaft_frequency
from dsp.lines import HIGHEST_ORDER, search
from dsp.order import DefectLine, defect_lines
from dsp.severity import judge_velocity, velocity_band_hz
from dsp.spectrum import BlockSpectrum, transform
from dsp.velocity import velocity_rms
from models.bearing import BearingVerdict, judge_families
from models.bearing_search import advise, doubt_bearings, rank_bearings
from models.family import families
from models.finding import Candidate, Confidence, Diagnosis, Finding, Severity
from models.shaft import ShaftSpeed, find_speed
from sensors.capture import Capture, FloatArray, SampleBlock, Sense, Unit
from sensors.catalogue import catalogue
from sensors.errors import WindowTooShort
from sensors.motor import Bearing, Motor

FEWEST_TURNS = 20.0
"""Turns of the shaft that a bearing diagnosis needs to part its lines from the shaft's."""
LONGEST_S = 10.0
"""Longer captures are judged by their last part: slip smears longer combs."""
GRIDS_HZ = (50.0, 60.0)
"""Supplies that there are, where the nameplate does not say."""
WIDE_TOLERANCE = 0.05
"""Where neither signal nor tachometer confirms the speed, it may be this far off, relative."""


def diagnose(capture: Capture, motor: Motor) -> Diagnosis:
    """Judge one capture of one motor.

    Parameters
    ----------
    capture : Capture
        Best about ten seconds.
    motor : Motor
        Nameplate and bearings as far as they are known.

    Returns
    -------
    Diagnosis
        With findings, or the reason for abstaining, and the audit's notes.
    """
    notes = audit(capture, motor)
    verdict = Diagnosis(motor_id=capture.motor_id, audit=notes)
    blocks = [block for block in capture.of(Sense.VIBRATION) if block.values.size]
    refusals = [refused(notes, "bearing", channel=block.channel.name) for block in blocks]
    fit = [block for block, reason in zip(blocks, refusals, strict=True) if reason is None]
    if not fit:
        reason = next(iter(refusals), None) or "no vibration channel: bearings cannot be judged"
        return msgspec.structs.replace(verdict, abstained=reason)
    try:
        return _bearings(verdict, fit, motor, shaft_frequency(capture, motor))
    except WindowTooShort as error:
        return msgspec.structs.replace(verdict, abstained=str(error))


def _bearings(
    verdict: Diagnosis, blocks: Sequence[SampleBlock], motor: Motor, declared_hz: float | None
) -> Diagnosis:
    spectra = [(b.channel.name, transform(_tail(b), rate_hz=b.rate_hz)) for b in blocks]
    if declared_hz is not None:
        _check_turns(declared_hz, spectra)
    speed = find_speed(spectra, motor, declared_hz)
    if speed is None:
        return msgspec.structs.replace(
            verdict,
            abstained="shaft speed unknown and not evident from vibration; "
            "give it with --rpm, in the manifest or as nominal_rpm in motor.toml",
        )
    _check_turns(speed.hz, spectra)
    if not motor.bearings:
        return _unknown_bearing(verdict, spectra, speed)
    tried = [_judge_bearing(one, blocks, spectra, speed, motor) for one in motor.bearings]
    judged = [verdict_of for verdict_of, _ in tried]
    severity = velocity_severity(blocks, spectra, motor, speed)
    findings = [msgspec.structs.replace(v.finding, severity=severity) for v in judged if v.finding]
    reasons = [v.abstained for v in judged if v.abstained] + _rough(severity)
    others: tuple[Candidate, ...] = ()
    if not findings and not reasons:
        others = rank_bearings(tried[0][1], speed.hz, catalogue())
        doubt = doubt_bearings(others, motor.bearings) if others else None
        others, reasons = (others, [doubt]) if doubt else ((), [])
    return msgspec.structs.replace(
        verdict,
        findings=tuple(sorted(findings, key=_strength, reverse=True)),
        abstained="; ".join(reasons) if reasons and not findings else None,
        provisional=others,
        shaft_hz=speed.hz,
    )


def _check_turns(shaft_hz: float, spectra: Sequence[tuple[str, BlockSpectrum]]) -> None:
    turns = shaft_hz / spectra[0][1].resolution_hz
    if turns < FEWEST_TURNS:
        raise WindowTooShort(
            f"the window holds {turns:.1f} turns of the shaft; bearing lines need "
            f"{FEWEST_TURNS:g} or more ({FEWEST_TURNS / shaft_hz:.2g} s)"
        )


def _tail(block: SampleBlock) -> FloatArray:
    return block.values[-round(LONGEST_S * block.rate_hz) :]


def _strength(finding: Finding) -> tuple[int, float]:
    rank = {"high": 3, "medium": 2, "low": 1}
    confidence = finding.confidence
    level = finding.evidence[0].level_db or 0.0
    return (rank[confidence] if isinstance(confidence, str) else 0, level)


def _judge_bearing(
    bearing: Bearing,
    blocks: Sequence[SampleBlock],
    spectra: Sequence[tuple[str, BlockSpectrum]],
    speed: ShaftSpeed,
    motor: Motor,
) -> tuple[BearingVerdict, LevelBank]:
    near = [
        spectrum
        for block, spectrum in zip(blocks, spectra, strict=True)
        if bearing.position is None or block.channel.position in (None, bearing.position)
    ]
    lines = defect_lines(bearing)
    top = HARMONICS * max(HIGHEST_ORDER, 1.5 * max(line.order for line in lines)) * 1.02
    bank = envelope_bank(near or spectra, shaft_hz=speed.hz, top_order=top)
    line_hz = motor.nameplate.line_hz
    supply_hz = GRIDS_HZ if line_hz is None else (line_hz,)
    verdict = _judge_at(bank, lines, speed.hz, speed.tolerance, supply_hz)
    if speed.source == "estimated" and verdict.finding is not None:
        # Nobody declared this speed: a clear finding stands on one more inference.
        return BearingVerdict(_at_most(verdict.finding, "medium")), bank
    if speed.source == "declared" and verdict.finding is None:
        # Nothing confirmed the declared speed: look again as if it were off, ask for more.
        wide = _judge_at(bank, lines, speed.hz, WIDE_TOLERANCE, supply_hz)
        if wide.finding is not None and wide.finding.confidence != "low":
            return BearingVerdict(_at_most(wide.finding, "low")), bank
    return verdict, bank


def _at_most(finding: Finding, confidence: Confidence) -> Finding:
    if finding.confidence == "low" or finding.confidence == confidence:
        return finding
    return msgspec.structs.replace(finding, confidence=confidence)


def _judge_at(
    bank: LevelBank,
    lines: Sequence[DefectLine],
    shaft_hz: float,
    tolerance: float,
    supply_hz: Sequence[float],
) -> BearingVerdict:
    try:
        matches = search(bank, lines, shaft_hz=shaft_hz, speed_tolerance=tolerance)
    except WindowTooShort as error:
        # One bearing whose lines fill the spectrum takes nothing from the others.
        return BearingVerdict(abstained=str(error))
    found = families(bank, lines, matches, shaft_hz)
    return judge_families(bank, found, shaft_hz, supply_hz=supply_hz)


def _unknown_bearing(
    verdict: Diagnosis, spectra: Sequence[tuple[str, BlockSpectrum]], speed: ShaftSpeed
) -> Diagnosis:
    bank = envelope_bank(spectra, shaft_hz=speed.hz, top_order=HARMONICS * 15.5)
    candidates = rank_bearings(bank, speed.hz, catalogue())
    reason = (
        advise(candidates, speed.hz)
        if candidates
        else "bearing unknown and no line stands out; its number would allow a diagnosis: "
        "give it with --bearing or in motor.toml"
    )
    return msgspec.structs.replace(
        verdict, abstained=reason, provisional=candidates, shaft_hz=speed.hz
    )


def _rough(severity: Severity | None) -> list[str]:
    """Say that a machine shakes though no bearing line explains it: no finding is no health."""
    if severity is None or severity.zone not in ("C", "D"):
        return []
    return [
        f"vibration of {severity.value:.1f} {severity.unit} RMS is zone {severity.zone} and no "
        "bearing explains it: look for unbalance, misalignment, looseness or resonance"
    ]


def velocity_severity(
    blocks: Sequence[SampleBlock],
    spectra: Sequence[tuple[str, BlockSpectrum]],
    motor: Motor,
    speed: ShaftSpeed,
) -> Severity | None:
    """Worst velocity RMS of the calibrated channels with its zone, or None without any."""
    lo, hi = velocity_band_hz(speed.hz * 60)
    worst: tuple[float, SampleBlock] | None = None
    for block, (_, spectrum) in zip(blocks, spectra, strict=True):
        if block.unit is not Unit.MPS2 or spectrum.nyquist_hz < hi:
            continue
        velocity = velocity_rms(spectrum, lo, hi)
        if worst is None or velocity > worst[0]:
            worst = (velocity, block)
    if worst is None:
        return None
    velocity, block = worst
    zone = judge_velocity(
        velocity,
        motor.nameplate,
        speed_rpm=speed.hz * 60,
        duration_s=block.duration_s,
        bandwidth_hz=block.rate_hz / 2,
        unit_is_calibrated=True,
    ).zone
    return Severity(value=velocity, unit="mm/s", zone=zone)
