"""The declared sampling rate against the one clock in sight: the mains.

The grid holds its frequency within a per cent or two; where a current or voltage shows its line
elsewhere, the declared rate is wrong by that factor, or a drive feeds the motor.
"""

from collections.abc import Iterator

from dsp.audit.survey import Scene, Survey
from dsp.audit.tone import strongest_tone
from dsp.audit_note import AuditNote
from sensors.capture import Sense

GRIDS_HZ = (50.0, 60.0)
TOLERANCE = 0.02
"""Small island grids wander by 2 %; large ones by 0.4 %."""
CLEAN_SHARE = 0.3
"""Of the power must be in the strongest tone before it is taken for the mains."""
DEPENDENT = ("slip", "current", "bearing", "velocity_severity")
"""Kinds of diagnosis that look for lines at known frequencies."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Confirm rates by the mains, refuse rates that it contradicts, call the rest unverified."""
    nameplate = scene.motor.nameplate
    judged: set[float] = set()
    for survey in scene.waveforms(Sense.POWER):
        line_hz = None if nameplate.variable_frequency_drive else mains_hz(survey)
        if line_hz is None:
            continue
        judged.add(survey.block.rate_hz)
        wanted = (nameplate.line_hz,) if nameplate.line_hz else GRIDS_HZ
        nearest = min(wanted, key=lambda grid: abs(line_hz / grid - 1))
        if abs(line_hz / nearest - 1) <= TOLERANCE:
            yield survey.note("rate", "ok", f"mains at {line_hz:.2f} Hz confirms the rate")
        else:
            yield _contradiction(survey, line_hz, nearest, known=nameplate.line_hz is not None)
    open_rates = sorted({s.block.rate_hz for s in scene.waveforms()} - judged)
    if open_rates:
        rates = ", ".join(f"{rate:g}" for rate in open_rates)
        yield AuditNote(
            check="rate",
            level="note",
            text=f"unverified: no mains line in a power channel at {rates} Hz, so a wrong "
            "declared rate would not show",
        )


def mains_hz(survey: Survey) -> float | None:
    """Return the frequency of the supply as the channel shows it; None where it shows none."""
    tone = strongest_tone(survey)
    if tone is None or tone.share < CLEAN_SHARE or abs(survey.mean) > survey.rms:
        return None
    return tone.hz


def _contradiction(survey: Survey, line_hz: float, nearest: float, *, known: bool) -> AuditNote:
    rate_hz = survey.block.rate_hz
    return AuditNote(
        check="rate",
        level="refuse" if known else "warning",
        text=f"strongest line at {line_hz:.2f} Hz where the mains should be at {nearest:g} Hz: "
        f"the rate is not {rate_hz:g} but near {rate_hz * nearest / line_hz:.0f} Hz, or a drive "
        "feeds the motor (state `variable_frequency_drive`)",
        refuses=DEPENDENT if known else ("slip",),
    )
