"""Missing and surplus samples: by the reader's word, by the clock, and by the mains.

Where a channel shows a clean line tone, one sample lost in a million is a step of its phase.
Where nothing vouches for a channel, the audit says so instead of staying silent.
"""

from collections.abc import Iterator

from dsp.audit.cut import is_cut
from dsp.audit.survey import KINDS, Scene, Survey
from dsp.audit.tone import phase_steps, strongest_tone
from dsp.audit_note import AuditNote
from sensors.capture import Capture, SampleBlock

CHECK = "continuity"
REFUSED_SHARE = 0.01
"""A hundredth of the window missing leaves no coherent record."""
CLEAN_SHARE = 0.5
"""Of the power must be in the tone that is followed."""
STEADY_SAMPLES = 0.1
"""Phase known to a tenth of a sample: then one sample stands ten deviations out."""
LEAST_STEP = 0.5
STEP_DEVIATIONS = 8.0
"""Jumps of half a sample and of eight deviations do not come by chance in a year of windows."""
DRIFT_SHARE = 500e-6
"""Less than this may be a converter's clock against the computer's, where it comes every time."""
SNAPSHOT_SHARE = 0.1
"""Captures further apart than a tenth of the window are meant to be apart."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Report breaks, confirm channels that a tone vouches for, and name those left unverified."""
    for block in scene.capture.blocks:
        yield from _known_breaks(block, scene)
    doubtful = []
    for survey in scene.waveforms():
        note = _by_tone(survey)
        if note is None:
            doubtful.append(survey.channel.name)
        else:
            yield note
    if doubtful:
        yield AuditNote(
            check=CHECK,
            level="note",
            text=f"unverified: no clean tone in {', '.join(doubtful)}; "
            "a missing sample there would not show",
        )


def _known_breaks(block: SampleBlock, scene: Scene) -> Iterator[AuditNote]:
    missing = sum(gap.missing for gap in block.gaps)
    if missing:
        yield _break(block, missing, f"{missing} samples missing in {len(block.gaps)} gaps")
    due = (scene.capture.t1_ns - block.t0_ns) * 1e-9 * block.rate_hz
    held = block.values.size + missing
    if due - held > LEAST_STEP:
        text = f"{held} samples where the window holds {due:.1f}: about {due - held:.0f} missing"
        yield _break(block, due - held, text)
    elif held - due > 0.999:  # one more than the last instant before the window's end
        text = f"{held} samples where the window holds {due:.1f}: repeated, or the rate is wrong"
        yield _break(block, held - due, text)
    if scene.previous is not None:
        yield from _since(block, scene.previous)


def _since(block: SampleBlock, previous: Capture) -> Iterator[AuditNote]:
    """Compare a block's start with the end of the same channel's block before."""
    for before in previous.blocks:
        if before.channel.name != block.channel.name or before.rate_hz != block.rate_hz:
            continue
        held = before.values.size + sum(gap.missing for gap in before.gaps)
        lost = (block.t0_ns - before.t0_ns) * 1e-9 * block.rate_hz - held
        if block.t0_ns <= before.t0_ns:
            yield _break(block, 0, "time does not move on since the capture before")
        elif LEAST_STEP < lost < SNAPSHOT_SHARE * block.values.size:
            text = f"{lost:.0f} samples lost since the capture before"
            if lost < DRIFT_SHARE * held:
                text += f"; as many at every capture are a clock {lost / held * 1e6:.0f} ppm slow"
            yield _break(block, lost, text)


def _break(block: SampleBlock, samples: float, text: str) -> AuditNote:
    refused = samples > REFUSED_SHARE * block.values.size
    return AuditNote(
        check=CHECK,
        level="refuse" if refused else "warning",
        text=text,
        channel=block.channel.name,
        refuses=KINDS[block.channel.sense] if refused else (),
    )


def _by_tone(survey: Survey) -> AuditNote | None:
    """Return what the phase of a channel's strongest tone says; None where it says nothing."""
    tone = strongest_tone(survey)
    if tone is None or tone.share < CLEAN_SHARE:
        return None
    steps = phase_steps(survey, tone.hz)
    if steps is None or steps.spread > STEADY_SAMPLES:
        return None
    if abs(steps.largest) > max(LEAST_STEP, STEP_DEVIATIONS * steps.spread):
        if not is_cut(survey, steps):
            return None  # the load moved the phase, and would hide a lost sample
        what = "missing" if steps.largest > 0 else "too many"
        return survey.note(
            CHECK,
            "warning",
            f"{abs(steps.largest):.1f} samples {what} near {steps.at_s:.2f} s: "
            f"the phase of its {tone.hz:.1f} Hz tone jumps; look for lost buffers",
        )
    return survey.note(
        CHECK, "ok", f"phase of its {tone.hz:.1f} Hz tone is steady to {steps.spread:.3f} samples"
    )
