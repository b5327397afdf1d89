"""What every check needs to know of a channel, measured once.

A `Survey` is one block with its range, level, converter step and spectrum; a `Scene` is the whole
capture with its motor and the capture before it. Checks read them and return notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import fft

from dsp.audit.bandwidth import content_share
from dsp.audit_note import AuditNote
from sensors.capture import Capture, Channel, FloatArray, SampleBlock, Sense
from sensors.motor import Motor

Level = Literal["ok", "note", "warning", "refuse"]

LARGEST_READING = 1e12
"""No sensor reads beyond this in any unit; float32 sums of squares stay finite below it."""
SMALLEST_SWING = 1e-30
"""What moves by less than this stands still."""
WAVEFORMS = frozenset({Sense.POWER, Sense.VIBRATION, Sense.SOUND})
"""Senses sampled fast enough to have a waveform; the others may rightly stand still."""
LEAST_WAVE = 16
"""Fewer samples make no spectrum worth reading."""
STEP_SAMPLES = 4096
"""Samples sorted to find the converter's step: two of them are one step apart almost surely."""
TIED_SHARE = 0.005
"""Share of samples that must equal another for a converter's grid to be believed."""
GRID_SHARE = 0.9
"""Or the share of gaps between distinct values that must be whole steps."""

KINDS: dict[Sense, tuple[str, ...]] = {
    Sense.POWER: ("current", "slip", "power"),
    Sense.VIBRATION: ("vibration", "bearing", "velocity_severity"),
    Sense.SOUND: ("sound",),
    Sense.TEMPERATURE: ("temperature",),
    Sense.SPEED: (),
    Sense.PROCESS: (),
}
"""Kinds of diagnosis that stand on each sense."""


@dataclass(frozen=True, slots=True)
class Survey:
    """One block and what was measured of it.

    Attributes
    ----------
    block : SampleBlock
        The samples as they came.
    values : float32 array, shape (n,)
        The same with unusable samples replaced by the mean of the others.
    unusable : int
        How many samples are not finite, or absurd.
    lowest, highest, mean, rms : float
        Of the usable samples; `rms` is about the mean. In the block's unit.
    step : float or None
        Distance between neighbouring values of the converter; None where none is visible.
    bins : complex64 array, shape (n // 2 + 1,), or None
        Hann-windowed rFFT of the deviation divided by its peak; None without a waveform.
    bandwidth_hz : float
        Frequency above which the spectrum is empty; Nyquist where there is no such cliff.
    """

    block: SampleBlock
    values: FloatArray
    unusable: int
    lowest: float
    highest: float
    mean: float
    rms: float
    step: float | None
    bins: npt.NDArray[np.complex64] | None
    bandwidth_hz: float

    @property
    def channel(self) -> Channel:
        """The sensor."""
        return self.block.channel

    @property
    def n(self) -> int:
        """Number of samples."""
        return self.values.size

    @property
    def peak(self) -> float:
        """Largest deviation from the mean, by which `bins` are divided."""
        return max(self.highest - self.mean, self.mean - self.lowest)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of diagnosis that stand on this channel."""
        return KINDS[self.channel.sense]

    @property
    def is_waveform(self) -> bool:
        """Whether the channel is alive and sampled as a waveform."""
        return self.bins is not None

    def note(self, check: str, level: Level, text: str) -> AuditNote:
        """Return a note on this channel; ``refuse`` forbids every diagnosis that stands on it."""
        return AuditNote(
            check=check,
            level=level,
            text=text,
            channel=self.channel.name,
            refuses=self.kinds if level == "refuse" else (),
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """A capture as the checks see it."""

    capture: Capture
    motor: Motor
    previous: Capture | None
    surveys: tuple[Survey, ...]

    def waveforms(self, *senses: Sense) -> Iterator[Survey]:
        """Yield live waveforms, of the senses given or of all."""
        for survey in self.surveys:
            if survey.is_waveform and (not senses or survey.channel.sense in senses):
                yield survey


def survey_block(block: SampleBlock) -> Survey | None:
    """Measure a block; None where it holds no usable sample."""
    values, unusable = _usable(block.values)
    if values.size == 0:
        return None
    nyquist_hz = block.rate_hz / 2
    lowest, highest = float(values.min()), float(values.max())
    mean = min(max(float(values.mean(dtype=np.float64)), lowest), highest)
    peak = max(highest - mean, mean - lowest)
    if peak < SMALLEST_SWING:
        return Survey(block, values, unusable, lowest, highest, mean, 0.0, None, None, nyquist_hz)
    d = values - np.float32(mean)
    d *= np.float32(1.0 / peak)
    rms = peak * float(np.sqrt(d @ d / d.size))
    step = converter_step(values)
    if block.channel.sense not in WAVEFORMS or d.size < LEAST_WAVE:
        return Survey(block, values, unusable, lowest, highest, mean, rms, step, None, nyquist_hz)
    bins = fft.rfft(d * hann(d.size))
    width_hz = (
        nyquist_hz if block.channel.sense is Sense.POWER else nyquist_hz * content_share(bins)
    )
    return Survey(block, values, unusable, lowest, highest, mean, rms, step, bins, width_hz)


@lru_cache(maxsize=8)
def hann(n: int) -> FloatArray:
    """Periodic Hann window, shape (n,)."""
    window: FloatArray = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype(np.float32)
    window.flags.writeable = False
    return window


def converter_step(values: FloatArray) -> float | None:
    """Return the step of the grid that all values lie on, or None where they lie on none."""
    looked_at = values[:: max(1, values.size // STEP_SAMPLES)]
    distinct = np.unique(looked_at)
    if distinct.size < 2:
        return None
    gaps = np.diff(distinct.astype(np.float64))
    step = float(gaps.min())
    if step < 8 * float(np.spacing(np.abs(distinct).max())):
        return None  # finer than float32 can carry: rounding, not a converter
    small = gaps[gaps < 32 * step] / step
    whole = np.abs(small - np.round(small)) < 0.1
    tied = distinct.size <= (1 - TIED_SHARE) * looked_at.size
    return step if tied or whole.mean() >= GRID_SHARE else None


def _usable(values: FloatArray) -> tuple[FloatArray, int]:
    if values.size == 0:
        return values, 0
    if values.max() < LARGEST_READING and values.min() > -LARGEST_READING:
        return values, 0
    good = np.abs(values) < LARGEST_READING
    if not good.any():
        return values[:0], values.size
    mean = values[good].mean(dtype=np.float64)
    return np.where(good, values, np.float32(mean)), int(values.size - good.sum())
