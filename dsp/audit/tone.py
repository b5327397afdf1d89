"""The strongest tone of a channel, and its phase followed through the window.

The mains is a clock: where its tone is clean, one missing sample is a jump of its phase by
``2 pi f / rate``, and irregular sampling is noise that sits on its slopes and not on its crests.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dsp.audit.survey import Survey, hann

LEAST_CYCLES = 4.0
"""Fewer cycles than this do not separate a tone from offset and harmonics under a Hann window."""
BLOCK_CYCLES = 2
"""Cycles to a phase reading: the Hann window's zeros then lie on offset and harmonics."""
LEAST_SAMPLES = 8
"""Samples to a cycle: with fewer, one lost sample is no small step but any phase at all."""
STEADY_ENOUGH = 0.05
"""Spread in samples that needs no longer span."""
SPANS = (3, 4, 6, 8, 16, 32, 64)
"""Readings either side of a step that its height is fitted from."""
STEP_SHARE = 6
"""At least this many spans must fit into a record, or there is no background to compare with."""


@dataclass(frozen=True, slots=True)
class Tone:
    """The strongest tone: frequency, and its share of the power about the mean (0 to 1)."""

    hz: float
    share: float


@dataclass(frozen=True, slots=True)
class PhaseSteps:
    """Jumps of a tone's phase, counted in samples.

    Attributes
    ----------
    hz : float
        Frequency of the tone between the jumps.
    spread : float
        Robust standard deviation of jumps beside the largest, in samples.
    largest : float
        The largest jump in samples; positive where samples are missing, negative where extra.
    at_s : float
        When it happened, within one reading.
    """

    hz: float
    spread: float
    largest: float
    at_s: float


def strongest_tone(survey: Survey) -> Tone | None:
    """Return the strongest tone of a waveform; None under four cycles of it.

    Two bins of a Hann-windowed line, magnitudes a at the peak and b at its larger neighbour, put
    it ``(2 b/a - 1) / (b/a + 1)`` bins from the peak towards the neighbour (exact for one tone).
    """
    if survey.bins is None:
        return None
    power = survey.bins.real**2 + survey.bins.imag**2
    peak = 1 + int(power[1:-1].argmax())
    side = 1 if power[peak + 1] > power[peak - 1] else -1
    ratio = float(np.sqrt(power[peak + side] / power[peak]))
    bins = peak + side * (2 * ratio - 1) / (ratio + 1)
    if bins < LEAST_CYCLES:
        return None
    near = power[max(peak - 2, 0) : peak + 3].sum()
    return Tone(bins * survey.block.rate_hz / survey.n, float(near / power[1:].sum()))


def phase_steps(survey: Survey, hz: float) -> PhaseSteps | None:
    """Follow a tone's phase; None where the record is too short to tell a jump from drift."""
    rate_hz = survey.block.rate_hz
    size = round(BLOCK_CYCLES * rate_hz / hz)
    count = survey.n // size if size >= BLOCK_CYCLES * LEAST_SAMPLES else 0
    spans = [span for span in SPANS if span * STEP_SHARE <= count]
    if not spans:
        return None
    phase = np.unwrap(np.angle(_readings(survey, hz, size, count)))
    per_sample = 2 * np.pi * hz / rate_hz
    spread, jump, middle = np.inf, 0.0, 0
    for span in spans:  # short spans first: their blind ends are shorter
        if spread > STEADY_ENOUGH:
            spread, jump, middle = min(
                (spread, jump, middle), _largest_jump(phase / per_sample, span)
            )
    drift_hz = float(np.median(np.diff(phase))) * rate_hz / (2 * np.pi * size)
    return PhaseSteps(hz + drift_hz, spread, jump, (middle + 0.5) * size / rate_hz)


def _largest_jump(phase: npt.NDArray[np.float64], span: int) -> tuple[float, float, int]:
    """Return the spread of jumps beside the largest one, the largest, and its reading."""
    kernel = _step_kernel(span)
    jumps = np.correlate(phase, kernel, "valid")
    where = int(np.abs(jumps).argmax())
    jump, middle = float(jumps[where]), where + span
    step = 0.5 + 0.5 * np.sign(np.arange(phase.size) - middle)
    beside = jumps - jump * np.correlate(step, kernel, "valid")
    return float(np.median(np.abs(beside)) / 0.6745), jump, middle


def _readings(survey: Survey, hz: float, size: int, count: int) -> npt.NDArray[np.complex128]:
    """Return the tone's complex amplitude in `count` blocks of `size` samples, turned back."""
    turn = -2j * np.pi * hz / survey.block.rate_hz
    probe = (hann(size) * np.exp(turn * np.arange(size))).astype(np.complex64)
    blocks = (survey.values[: count * size] - np.float32(survey.mean)).reshape(count, size)
    readings: npt.NDArray[np.complex128] = (blocks @ probe) * np.exp(turn * size * np.arange(count))
    return readings


@lru_cache(maxsize=8)
def _step_kernel(span: int) -> npt.NDArray[np.float64]:
    """Weights that take a line fitted before from a line fitted after, both read at the middle."""
    t = np.arange(1.0, span + 1)
    spread = t - t.mean()
    after = 1 / span - t.mean() * spread / (spread @ spread)
    return np.concatenate([-after[::-1], [0.0], after])
