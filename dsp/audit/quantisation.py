"""Whether a signal moves its converter enough to be seen between the steps."""

import math
from collections.abc import Iterator

from dsp.audit.survey import Scene
from dsp.audit_note import AuditNote

FAINT_STEPS = 4.0
"""RMS in steps: rounding noise (step / sqrt 12) is then 23 dB down, and masks what is fainter."""
LOST_STEPS = 1.0
"""RMS in steps below which rounding is no longer noise but distortion: nothing can be judged."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Report channels whose level is near the converter's step."""
    for survey in scene.waveforms():
        if survey.step is None or survey.rms >= FAINT_STEPS * survey.step:
            continue
        bits = math.log2((survey.highest - survey.lowest) / survey.step + 1)
        yield survey.note(
            "quantisation",
            "refuse" if survey.rms < LOST_STEPS * survey.step else "warning",
            f"{survey.rms / survey.step:.1f} steps RMS, {bits:.1f} bits in use; raise the gain "
            "or take a more sensitive sensor",
        )
