"""Irregular sampling, seen on the mains: noise that sits on a tone's slopes and not on its crests.

A sample taken j too late reads ``A w j cos(w t)`` too much, so the noise that jitter makes is three
times stronger, weighted by slope squared, than weighted by height squared; any other noise is the
same on both. Loops stamped in milliseconds sample like that and show sidebands that are not there.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import fft

from dsp.audit.survey import Scene, Survey
from dsp.audit.tone import Tone, strongest_tone
from dsp.audit_note import AuditNote
from sensors.capture import Sense

CLEAN_SHARE = 0.9
"""Of the power must be in the tone; noise of rectified currents follows their pulses by itself."""
LEAST_RATIO = 1.5
"""Noise on slopes over noise on crests: 1 without jitter, 3 where jitter makes all of it."""
LEAST_JITTER = 0.04
"""RMS jitter in sampling intervals; converters with a clock of their own read under 0.02."""
HARMONIC_WIDTH = 0.1
"""Share of the tone's frequency around each harmonic that is no noise (drift, modulation)."""
LINE_OVER_FLOOR = 30.0
"""Bins this far above the median power are lines of the machine, not noise."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Report power channels whose noise sits on the slopes; slip sidebands cannot be trusted."""
    for survey in scene.waveforms(Sense.POWER):
        tone = strongest_tone(survey)
        if tone is None or tone.share < CLEAN_SHARE:
            continue
        ratio, jitter = sampling_jitter(survey, tone)
        if ratio < LEAST_RATIO or jitter < LEAST_JITTER:
            continue
        yield AuditNote(
            check="jitter",
            level="refuse",
            text=f"samples are {jitter / survey.block.rate_hz * 1e6:.0f} us RMS off their time "
            f"({jitter:.2f} intervals): sidebands are not real; sample by a hardware clock",
            channel=survey.channel.name,
            refuses=("slip",),
        )


def sampling_jitter(survey: Survey, tone: Tone) -> tuple[float, float]:
    """Return the ratio of noise on slopes to noise on crests, and RMS jitter in intervals.

    With the tone ``s``, its quadrature ``q`` and the noise ``r``, all under the same window, the
    excess ``<r^2 q^2> - <r^2 s^2>`` of jitter j is a quarter of ``(w j)^2 <(s^2 + q^2)^2>``.
    """
    if survey.bins is None:
        return 1.0, 0.0
    hz = np.arange(survey.bins.size) * (survey.block.rate_hz / survey.n)
    around = np.abs(hz - tone.hz * np.maximum(np.round(hz / tone.hz), 0))
    in_line = around < max(HARMONIC_WIDTH * tone.hz, 4 * hz[1])
    carrier = np.where(np.abs(hz - tone.hz) < tone.hz / 2, survey.bins, 0)
    noise_power = fft.irfft(_noise(survey.bins, in_line), survey.n) ** 2
    crest, slope = (fft.irfft(turned, survey.n) ** 2 for turned in (carrier, carrier * -1j))
    on_crest, on_slope = float(noise_power @ crest), float(noise_power @ slope)
    wave = crest + slope
    excess = max(on_slope - on_crest, 0.0) / max(float(wave @ wave), 1e-30)
    jitter_s = 2 * np.sqrt(excess) / (2 * np.pi * tone.hz)
    return on_slope / max(on_crest, 1e-30), float(jitter_s * survey.block.rate_hz)


def _noise(
    bins: npt.NDArray[np.complex64], in_line: npt.NDArray[np.bool_]
) -> npt.NDArray[np.complex64]:
    power = bins.real**2 + bins.imag**2
    rest = power[~in_line]
    floor = float(np.median(rest)) if rest.size else 0.0
    return np.where(in_line | (power > LINE_OVER_FLOOR * floor), np.complex64(0), bins)
