"""The bearing judge: every bearing of the motor against the envelope spectra of its vibration."""

from collections.abc import Sequence

import msgspec

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.bank import LevelBank, envelope_bank
from dsp.comb import HARMONICS
from dsp.lines import search
from dsp.order import SLIP_BELOW, DefectLine, defect_lines
from models.bearing.faint import judge_faint
from models.bearing.family import families
from models.bearing.naming import BearingVerdict, judge_families
from models.bearing.reading import (
    WIDE_TOLERANCE,
    Spectra,
    bank_of,
    check_turns,
    supply_of,
)
from models.bearing.search import advise, doubt_bearings, rank_bearings
from models.bearing.transients import doubt_struck
from models.bearing.words import say_off_speed
from models.finding import Candidate, Confidence, Finding
from models.shaft_speed import ShaftSpeed
from models.verdict import SenseVerdict
from models.window import tail_spectra
from sensors.capture import Capture, SampleBlock, Sense
from sensors.catalogue import catalogue
from sensors.errors import WindowTooShort
from sensors.motor import Bearing, Motor


def judge_bearings(
    capture: Capture, motor: Motor, notes: tuple[AuditNote, ...], speed: ShaftSpeed | None
) -> SenseVerdict:
    """Judge the bearings of one motor by its vibration.

    Parameters
    ----------
    capture : Capture
        Best about ten seconds.
    motor : Motor
        With its bearings, as far as they are known.
    notes : tuple of AuditNote
        Of the same capture.
    speed : ShaftSpeed or None
        None where it is neither declared nor evident.
    """
    blocks = [block for block in capture.of(Sense.VIBRATION) if block.values.size]
    refusals = [refused(notes, "bearing", channel=block.channel.name) for block in blocks]
    fit = [block for block, reason in zip(blocks, refusals, strict=True) if reason is None]
    if not fit:
        reason = next(iter(refusals), None) or "no vibration channel: bearings cannot be judged"
        return _unable(reason)
    if speed is None:
        return _unable(
            "shaft speed unknown and not evident from vibration; "
            "give it with --rpm, in the manifest or as nominal_rpm in motor.toml"
        )
    try:
        return _judge(fit, motor, speed)
    except WindowTooShort as error:
        return _unable(str(error))


def _judge(blocks: Sequence[SampleBlock], motor: Motor, speed: ShaftSpeed) -> SenseVerdict:
    spectra = tail_spectra(blocks, speed.hz)
    check_turns(spectra, speed.hz)
    if not motor.bearings:
        return _unknown_bearing(spectra, speed)
    return _known_bearings(blocks, spectra, motor, speed)


def _unable(reason: str) -> SenseVerdict:
    return SenseVerdict(Sense.VIBRATION, inhibited=(reason,), judged=False)


def _known_bearings(
    blocks: Sequence[SampleBlock], spectra: Spectra, motor: Motor, speed: ShaftSpeed
) -> SenseVerdict:
    near = [_near(one, blocks, spectra) for one in motor.bearings]
    tried, others = _clear_lines(near, speed, motor)
    findings = tuple(said.finding for said in tried if said.finding)
    doubts = tuple(said.abstained for said in tried if said.abstained and said.clear)
    if findings:
        return SenseVerdict(Sense.VIBRATION, findings, doubts)
    if not doubts:
        lines = [defect_lines(bearing) for bearing in motor.bearings]
        places = list(zip(near, lines, strict=True))
        faint = judge_faint(places, speed, supply_of(motor.nameplate))
        if faint.finding is not None:
            return SenseVerdict(Sense.VIBRATION, (faint.finding,))
        doubts = () if faint.abstained is None else (faint.abstained,)
    if not doubts and others:
        doubt = doubt_bearings(others, motor.bearings)
        if doubt is not None:
            return SenseVerdict(Sense.VIBRATION, doubts=(doubt,), provisional=others)
    struck = doubt_struck(blocks)
    return SenseVerdict(Sense.VIBRATION, doubts=doubts if struck is None else (*doubts, struck))


def _clear_lines(
    near: Sequence[Spectra], speed: ShaftSpeed, motor: Motor
) -> tuple[list[BearingVerdict], tuple[Candidate, ...]]:
    """Judge each bearing by the lines that stand clear; where none does, rank others beside it.

    Banks are megabytes each: none is left when faint lines are looked for.
    """
    said, first = _judge_bearing(motor.bearings[0], near[0], speed, motor)
    tried = [said]
    for one, beside in zip(motor.bearings[1:], near[1:], strict=True):
        tried.append(_judge_bearing(one, beside, speed, motor)[0])
    if any(said.finding or (said.abstained and said.clear) for said in tried):
        return tried, ()
    return tried, rank_bearings(first, speed.hz, catalogue())


def _near(bearing: Bearing, blocks: Sequence[SampleBlock], spectra: Spectra) -> Spectra:
    """Return the channels beside a bearing; all of them where none is."""
    beside = [
        spectrum
        for block, spectrum in zip(blocks, spectra, strict=True)
        if bearing.position is None or block.channel.position in (None, bearing.position)
    ]
    return beside or spectra


def _judge_bearing(
    bearing: Bearing, spectra: Spectra, speed: ShaftSpeed, motor: Motor
) -> tuple[BearingVerdict, LevelBank]:
    lines = defect_lines(bearing)
    bank = bank_of(spectra, lines, speed.hz)
    supply_hz = supply_of(motor.nameplate)
    verdict = _judge_at(bank, lines, speed.hz, speed.tolerance, supply_hz)
    if speed.source == "estimated" and verdict.finding is not None:
        # Nobody declared this speed: a clear finding stands on one more inference.
        return BearingVerdict(_at_most(verdict.finding, "medium")), bank
    silent = verdict.finding is None and not (verdict.abstained and verdict.clear)
    if speed.source == "declared" and silent:
        # Nothing confirmed the declared speed: look again as if it were off, ask for more.
        wide = _judge_at(bank, lines, speed.hz, WIDE_TOLERANCE, supply_hz)
        if wide.finding is not None and wide.finding.confidence != "low":
            return BearingVerdict(_at_most(wide.finding, "low")), bank
        if wide.finding is not None or (wide.abstained is not None and wide.clear):
            return BearingVerdict(
                abstained=say_off_speed(wide.finding, wide.abstained, speed.hz)
            ), bank
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
        return BearingVerdict(abstained=str(error), clear=tolerance < WIDE_TOLERANCE)
    found = families(bank, lines, matches, shaft_hz)
    verdict = judge_families(bank, found, shaft_hz, supply_hz=supply_hz)
    if verdict.finding is None:
        return verdict
    # As far below as the elements' slip takes the line, and the speed's doubt to either side.
    reach = SLIP_BELOW + tolerance
    evidence = tuple(
        msgspec.structs.replace(one, tolerance_hz=reach * (one.expected_hz or 0.0))
        for one in verdict.finding.evidence
    )
    return BearingVerdict(msgspec.structs.replace(verdict.finding, evidence=evidence))


def _unknown_bearing(spectra: Spectra, speed: ShaftSpeed) -> SenseVerdict:
    bank = envelope_bank(spectra, shaft_hz=speed.hz, top_order=HARMONICS * 15.5)
    candidates: tuple[Candidate, ...] = rank_bearings(bank, speed.hz, catalogue())
    if candidates:
        doubt = advise(candidates, speed.hz)
        return SenseVerdict(Sense.VIBRATION, doubts=(doubt,), provisional=candidates)
    return _unable(
        "bearing unknown and no line stands out; its number would allow a diagnosis: "
        "give it with --bearing or in motor.toml"
    )
