"""What the microphones say of a motor: how loud, of what colour, bearings and fan by their lines.

Sound is a witness beside vibration: it hears the fan best, and everything else from afar.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.sound_level import SoundLevel, sound_level
from models.bearing.reading import Spectra
from models.finding import Finding, Measure
from models.shaft_speed import ShaftSpeed
from models.sound.bearing import judge_heard_bearings
from models.sound.blades import judge_blades
from models.sound.limits import SoundLimits, load_sound_limits
from models.verdict import SenseVerdict
from models.window import tail_spectra
from sensors.capture import Capture, SampleBlock, Sense
from sensors.errors import BadSamples, WindowTooShort
from sensors.motor import Motor

LOUDEST_BANDS = 3
"""Third octaves that are listed; all of them are in `dsp.sound_level`."""


def judge_sound(
    capture: Capture,
    motor: Motor,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    *,
    limits: SoundLimits | None = None,
) -> SenseVerdict:
    """Judge one motor by its microphones.

    Parameters
    ----------
    capture : Capture
        With a sound channel of a few seconds.
    motor : Motor
        Bearings and `fan_blades` place the lines.
    notes : tuple of AuditNote
        Of the same capture: a clipped microphone is left out, with the reason.
    speed : ShaftSpeed or None
        Without it there are levels only.
    limits : SoundLimits, optional
        Other limits than `sound.toml`.

    Returns
    -------
    SenseVerdict
        Findings among the bearing's conditions, of low confidence, and blade_fault.
    """
    rules = limits or load_sound_limits()
    blocks = [block for block in capture.of(Sense.SOUND) if block.values.size]
    if not blocks:
        return SenseVerdict(Sense.SOUND, inhibited=("no microphone",), judged=False)
    reasons = [refused(notes, "sound", channel=block.channel.name) for block in blocks]
    fit = [block for block, reason in zip(blocks, reasons, strict=True) if reason is None]
    # A reason begins with its channel's name, which may be the sense's own.
    inhibited = [f"sound: {why.removeprefix('sound: ')}" for why in reasons if why is not None]
    heard: list[tuple[SampleBlock, SoundLevel]] = []
    for block in fit:
        try:
            heard.append((block, sound_level(block)))
        except (BadSamples, WindowTooShort) as error:
            inhibited.append(str(error))
    if not heard:
        return SenseVerdict(Sense.SOUND, inhibited=tuple(inhibited), judged=False)
    said = _lines([block for block, _ in heard], motor, speed, rules)
    return SenseVerdict(
        Sense.SOUND,
        findings=said.findings,
        doubts=said.doubts,
        inhibited=(*inhibited, *said.inhibited),
        measured=_measures(max((level for _, level in heard), key=lambda level: level.level_db)),
        judged=said.judged,
    )


def _measures(level: SoundLevel) -> tuple[Measure, ...]:
    """List the level, the loudest third octaves and the spectrum's shape."""
    flat = "dB" if level.unit == "dBA" else level.unit
    loudest = np.argsort(level.thirds_db)[::-1][:LOUDEST_BANDS]
    bands = [
        Measure(
            name=f"third_octave_{level.thirds.nominal_hz[k]:g}_hz",
            value=float(level.thirds_db[k]),
            unit=flat,
        )
        for k in loudest
    ]
    return (
        Measure(name="sound_level", value=level.level_db, unit=level.unit),
        *bands,
        Measure(name="spectral_flatness", value=level.flatness_db, unit="dB"),
        Measure(name="spectral_entropy", value=level.entropy, unit="1"),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What the lines said: findings, doubts, what hindered, and whether anything was judged."""

    findings: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()
    inhibited: tuple[str, ...] = ()
    judged: bool = False


def _lines(
    blocks: Sequence[SampleBlock], motor: Motor, speed: ShaftSpeed | None, rules: SoundLimits
) -> _Said:
    if speed is None:
        return _Said(
            inhibited=("sound: shaft speed unknown, so lines of bearings and fan are too",)
        )
    spectra = tail_spectra(blocks, speed.hz)
    parts = (_bearings(spectra, motor, speed, rules), _blades(spectra, motor, speed, rules))
    return _Said(
        findings=tuple(finding for part in parts for finding in part.findings),
        doubts=tuple(doubt for part in parts for doubt in part.doubts),
        inhibited=tuple(reason for part in parts for reason in part.inhibited),
        judged=any(part.judged for part in parts),
    )


def _bearings(spectra: Spectra, motor: Motor, speed: ShaftSpeed, rules: SoundLimits) -> _Said:
    if not motor.bearings:
        return _Said(inhibited=("sound: no bearing stated, so its lines are unknown",))
    try:
        verdicts = judge_heard_bearings(spectra, motor, speed, rules.bearing)
    except WindowTooShort as error:
        return _Said(inhibited=(f"sound: {error}",))
    return _Said(
        findings=tuple(v.finding for v in verdicts if v.finding is not None),
        doubts=tuple(f"sound: {v.abstained}" for v in verdicts if v.abstained is not None),
        judged=True,
    )


def _blades(spectra: Spectra, motor: Motor, speed: ShaftSpeed, rules: SoundLimits) -> _Said:
    """Judge the fan by the microphone that says most of it."""
    blades = motor.nameplate.fan_blades
    if blades is None:
        return _Said(inhibited=("sound: number of fan blades unknown; state `fan_blades`",))
    verdicts = [judge_blades(name, one, blades, speed, rules.blades) for name, one in spectra]
    findings = [v.finding for v in verdicts if v.finding is not None]
    hindered = [v.inhibited for v in verdicts if v.inhibited is not None]
    return _Said(
        findings=tuple(sorted(findings, key=_height, reverse=True)[:1]),
        doubts=() if findings else tuple(f"sound: {v.doubt}" for v in verdicts if v.doubt),
        inhibited=tuple(f"sound: {reason}" for reason in hindered[:1]),
        judged=len(hindered) < len(verdicts),
    )


def _height(finding: Finding) -> float:
    return finding.evidence[0].level_db or 0.0
