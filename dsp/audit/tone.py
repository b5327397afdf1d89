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
SPANS = (3, 4, 6, 8, 16)
"""Readings either side of a step that its height is fitted from; the steadiest span is taken."""
STEP_SHARE = 6
"""At least this many spans must fit into a record, or a step would be its own background."""


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
    spread : float
        Robust standard deviation of the jumps where nothing jumps, in samples.
    largest : float
        The largest jump in samples; positive where samples are missing, negative where extra.
    at_s : float
        When it happened, within one reading.
    gain : float
        Amplitude after over amplitude before: a load that steps changes it, a lost sample not.
    """

    spread: float
    largest: float
    at_s: float
    gain: float


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
    count = survey.n // size if size >= 4 else 0
    spans = [span for span in SPANS if span * STEP_SHARE <= count]
    if not spans:
        return None
    readings = _readings(survey, hz, size, count)
    phase = np.unwrap(np.angle(readings))
    candidates = [
        (np.correlate(phase, _step_kernel(span), "valid") * rate_hz / (2 * np.pi * hz), span)
        for span in spans
    ]
    jumps, span = min(candidates, key=lambda pair: _spread(pair[0]))
    where = int(np.abs(jumps).argmax())
    middle = where + span
    gain = float(np.abs(readings[middle + 1]) / max(np.abs(readings[middle - 1]), 1e-30))
    return PhaseSteps(_spread(jumps), float(jumps[where]), (middle + 0.5) * size / rate_hz, gain)


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


def _spread(jumps: npt.NDArray[np.float64]) -> float:
    """Return the standard deviation from the lower third of magnitudes, unmoved by a step."""
    return float(np.quantile(np.abs(jumps), 1 / 3) / 0.4307)
