"""Change of sampling rate without aliases: 48 kHz recordings beside 12 kHz ones.

The block is transformed, everything above the lower of both Nyquist frequencies is taken off with
a smooth edge, and the transform is turned back at the new length. Taking every k-th sample instead
would fold what lies above the new Nyquist frequency onto lines that a diagnosis looks for.
"""

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from dsp.extrapolate import continued
from sensors.capture import check_rate
from sensors.errors import BadRate, WindowTooShort

RealArray = npt.NDArray[np.floating[Any]]

PASS_SHARE = 0.78
"""Kept flat up to this share of Nyquist: the usable 1/2.56 of the rate of vibration analysers."""
EDGE_SAMPLES = 64
"""Output samples of margin at either end; the filter's response has died away by then."""
LARGEST_TERM = 100_000
"""Ratios of rates with larger terms than this are measurement noise, not a declared rate."""


def resample(x: RealArray, *, rate_hz: float, new_rate_hz: float) -> RealArray:
    """Return the last axis sampled at another rate.

    Parameters
    ----------
    x : float array, shape (..., n)
        Finite samples at `rate_hz`; float32 stays float32.
    rate_hz, new_rate_hz : float
        Rates before and after, whose ratio must be rational.

    Returns
    -------
    float array, shape (..., ceil(n * new_rate_hz / rate_hz))
        Output sample m stands at time ``m / new_rate_hz`` after the first input sample. Tones
        are unchanged up to 0.39 of the lower rate and gone from 0.5 of it on. Beyond its ends
        the block is taken to go on as linear prediction expects, exact for tones.

    Raises
    ------
    BadRate
        A rate is impossible, or the ratio is not a fraction of sensible terms.
    WindowTooShort
        The last axis is empty.
    """
    if x.shape[-1] == 0:
        raise WindowTooShort("an empty block cannot be resampled; give at least one sample")
    ratio = _ratio(rate_hz, new_rate_hz)
    up, down = ratio.numerator, ratio.denominator
    if up == down:
        return x.copy()
    n = x.shape[-1]
    margin = down * -(-EDGE_SAMPLES // up)
    periods = fft.next_fast_len(-(-(n + 2 * margin) // down), real=True)
    bins = fft.rfft(_embedded(x, margin, periods * down, -(-EDGE_SAMPLES * down // up)))
    kept = periods * min(up, down) // 2 + 1
    low = bins[..., :kept] * (_low_pass(kept) * (up / down)).astype(x.dtype)
    start = margin // down * up
    wanted = -(-n * up // down)
    out: RealArray = fft.irfft(low, periods * up)[..., start : start + wanted]
    return out


def _embedded(x: RealArray, start: int, length: int, beyond: int) -> RealArray:
    """Place rows at `start` of longer ones and carry them on by `beyond` samples either way."""
    n = x.shape[-1]
    out = np.repeat(x.mean(-1, keepdims=True), length, axis=-1)
    out[..., start : start + n] = x
    for row, wide in zip(x.reshape(-1, n), out.reshape(-1, length), strict=True):
        wide[start - beyond : start] = continued(row[::-1], beyond)[::-1]
        wide[start + n : start + n + beyond] = continued(row, beyond)
    return out


def _ratio(rate_hz: float, new_rate_hz: float) -> Fraction:
    check_rate(rate_hz, "resampling from")
    check_rate(new_rate_hz, "resampling to")
    exact = Fraction(new_rate_hz) / Fraction(rate_hz)
    near = exact.limit_denominator(LARGEST_TERM)
    if near.numerator > LARGEST_TERM or abs(near / exact - 1) > Fraction(1, 10**9):
        raise BadRate(
            f"{rate_hz!r} Hz to {new_rate_hz!r} Hz is not a ratio of whole numbers up to "
            f"{LARGEST_TERM}; choose a new rate that is"
        )
    return near


def _low_pass(kept: int) -> npt.NDArray[np.float64]:
    """Gain over 0 to the lower Nyquist frequency: one, then half a cosine down to zero."""
    share = np.arange(kept) / max(kept - 1, 1)
    depth = np.clip((share - PASS_SHARE) / (1 - PASS_SHARE), 0.0, 1.0)
    gain: npt.NDArray[np.float64] = 0.5 + 0.5 * np.cos(np.pi * depth)
    return gain
