"""Filters and coloured noise that run on from chunk to chunk.

A filter is described by its magnitude over frequency and made linear-phase; it looks back into
the chunk before, never into a state, so chunks can be made in any order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from sensors.simulator.fault import add
from sensors.simulator.scenario import Mode
from sensors.simulator.streams import Stream, generator

FloatArray = npt.NDArray[np.float64]
Magnitude = Callable[[FloatArray], FloatArray]

# A quarter of a period of 12.5 Hz is the longest memory that any filter here needs.
MEMORY_S = 0.02
# Above this fraction of the rate a channel's anti-alias filter lets nothing through.
PASSBAND = 0.45


@dataclass(frozen=True, slots=True)
class Filter:
    """A finite filter for chunks of `size` samples that are preceded by `memory` older ones.

    Attributes
    ----------
    size, memory : int
        Samples of a chunk, and samples of the past that it needs.
    length : int
        FFT length.
    spectrum : complex128 array, shape (length // 2 + 1,)
        Transform of the zero-padded taps.
    gain : float
        Standard deviation of filtered white noise of unit deviation.
    """

    size: int
    memory: int
    length: int
    spectrum: npt.NDArray[np.complex128]
    gain: float

    def run(self, past: FloatArray, chunk: FloatArray) -> FloatArray:
        """Filter a chunk, given the chunk before it."""
        joined = np.concatenate((past[past.size - self.memory :], chunk))
        filtered = fft.irfft(fft.rfft(joined, self.length) * self.spectrum, self.length)
        valid: FloatArray = filtered[self.memory : self.memory + self.size]
        return valid


def design(magnitude: Magnitude, *, rate_hz: float, size: int) -> Filter:
    """Make a filter by sampling a magnitude over frequency (window method, Hann)."""
    memory = min(2 * int(MEMORY_S * rate_hz / 2), size)
    grid = fft.next_fast_len(8 * (memory + 1), real=True)
    ideal = fft.irfft(magnitude(fft.rfftfreq(grid, 1 / rate_hz)), grid)
    taps = np.roll(ideal, memory // 2)[: memory + 1] * np.hanning(memory + 3)[1:-1]
    length = fft.next_fast_len(size + memory, real=True)
    return Filter(size, memory, length, fft.rfft(taps, length), float(np.linalg.norm(taps)))


def coloured_noise(
    seed: int, stream: Stream, member: int, shape: Filter
) -> Callable[[int], FloatArray]:
    """Return the function from a chunk's index to noise of unit deviation, so filtered."""

    @lru_cache(maxsize=2)
    def white(index: int) -> FloatArray:
        return generator(seed, stream, member, index).standard_normal(shape.size)

    def noise(index: int) -> FloatArray:
        return shape.run(white(index - 1), white(index)) / shape.gain

    return noise


def structure(modes: tuple[Mode, ...], rate_hz: float) -> Magnitude:
    """Return the magnitude of broadband vibration: flat, with a hill at each natural mode."""

    def magnitude(frequency_hz: FloatArray) -> FloatArray:
        hills = [_hill(mode, frequency_hz) for mode in passed(modes, rate_hz)]
        return add([np.ones_like(frequency_hz), *hills])

    return magnitude


def passed(modes: tuple[Mode, ...], rate_hz: float) -> tuple[Mode, ...]:
    """Return the modes that a channel's anti-alias filter lets through."""
    return tuple(mode for mode in modes if mode.frequency_hz < PASSBAND * rate_hz)


def _hill(mode: Mode, frequency_hz: FloatArray) -> FloatArray:
    ratio = frequency_hz / mode.frequency_hz
    resonance = np.abs(ratio**2 / (1 - ratio**2 + 2j * mode.damping * ratio))
    return 2.0 * mode.gain * 2 * mode.damping * resonance
