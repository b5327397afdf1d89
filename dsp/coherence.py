"""How much of one channel's tone is another's: coherence at chosen frequencies, at any two rates.

Each channel is read at the exact frequencies asked for, in Hann segments that begin at the same
times, so channels of different rates meet without being resampled.
"""

import numpy as np
import numpy.typing as npt

from dsp.spectrum import RealArray
from sensors.capture import check_rate
from sensors.errors import WindowTooShort

Float64Array = npt.NDArray[np.float64]
Complex128Array = npt.NDArray[np.complex128]

FEWEST_SEGMENTS = 4
"""The coherence of a single segment is 1 whatever it holds."""
SHORTEST_SEGMENT = 8
OVERLAP_CORRELATION = (1 / 6) ** 2
"""Squared correlation of neighbouring Hann windows, half overlapped (Welch, 1967)."""


def coherence(
    first: RealArray,
    second: RealArray,
    *,
    rates_hz: tuple[float, float],
    lines_hz: npt.ArrayLike,
    segment_s: float,
) -> Float64Array:
    """Return the magnitude-squared coherence of two channels at given frequencies.

    ``|<X Y*>|^2 / (<|X|^2> <|Y|^2>)`` over half-overlapped Hann segments, each mean removed.

    Parameters
    ----------
    first, second : float array, shape (n,), (m,)
        Samples from the same moment on.
    rates_hz : tuple of float
        Their rates.
    lines_hz : array, shape (l,)
        Where.
    segment_s : float
        Length of a segment; resolution is about two over it.

    Returns
    -------
    float64 array, shape (l,)
        From 0 to 1; NaN where a channel is silent. Compare with `chance_coherence`.

    Raises
    ------
    WindowTooShort
        Fewer than four segments fit.
    BadRate
        A rate is impossible.
    """
    lines = np.asarray(lines_hz, np.float64)
    x = line_readings(first, rate_hz=rates_hz[0], lines_hz=lines, segment_s=segment_s)
    y = line_readings(second, rate_hz=rates_hz[1], lines_hz=lines, segment_s=segment_s)
    count = min(len(x), len(y))
    if count < FEWEST_SEGMENTS:
        raise WindowTooShort(
            f"{count} segments of {segment_s:g} s fit both channels; coherence needs "
            f"{FEWEST_SEGMENTS}: use a longer window"
        )
    x, y = x[:count], y[:count]
    cross = np.abs((x * y.conj()).sum(0)) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        shared: Float64Array = cross / ((np.abs(x) ** 2).sum(0) * (np.abs(y) ** 2).sum(0))
    return shared


def line_readings(
    values: RealArray, *, rate_hz: float, lines_hz: Float64Array, segment_s: float
) -> Complex128Array:
    """Read complex amplitudes of lines in half-overlapped Hann segments.

    Parameters
    ----------
    values : float array, shape (n,)
    rate_hz : float
    lines_hz : float64 array, shape (l,)
    segment_s : float

    Returns
    -------
    complex128 array, shape (k, l)
        Peak amplitudes; phases count from the first sample, so a steady tone stands still.
    """
    check_rate(rate_hz, "coherence")
    size = round(segment_s * rate_hz)
    if size < SHORTEST_SEGMENT:
        raise WindowTooShort(f"a segment of {segment_s:g} s holds {size} samples at {rate_hz:g} Hz")
    hop_s = segment_s / 2
    count = max(int((values.size - size) / (hop_s * rate_hz) + 1e-9) + 1, 0)
    starts = np.round(np.arange(count) * hop_s * rate_hz).astype(np.intp)
    starts = starts[starts + size <= values.size]
    turn = -2j * np.pi * lines_hz / rate_hz
    steps = np.arange(size)[:, None]
    probe = (0.5 - 0.5 * np.cos(2 * np.pi * steps / size)) * np.exp(steps * turn)
    readings = np.empty((starts.size, lines_hz.size), np.complex128)
    # A probe without a mean of its own passes over that of a segment. Its real and imaginary parts
    # in turn: samples are real, and need not become complex for it.
    parts, rows = (probe - probe.mean(0)).view(np.float64), readings.view(np.float64)
    for row, start in zip(rows, starts.tolist(), strict=True):
        np.matmul(values[start : start + size].astype(np.float64), parts, out=row)
    readings *= np.exp(starts[:, None] * turn) * (4 / size)
    return readings


def chance_coherence(segments: int, chance: float) -> float:
    """Return the coherence that independent noise exceeds with probability `chance`.

    ``1 - chance^(1/(k - 1))`` with k independent segments (Carter, 1977); half-overlapped Hann
    segments count for slightly less than their number.
    """
    independent = segments / (1 + 2 * (segments - 1) / segments * OVERLAP_CORRELATION)
    return float(1.0 - chance ** (1.0 / (independent - 1.0)))


def segment_count(duration_s: float, segment_s: float) -> int:
    """Return how many half-overlapped segments a window holds."""
    return max(int(2 * duration_s / segment_s - 1 + 1e-9), 0)
