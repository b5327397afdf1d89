"""Vibration velocity, which standards judge, from acceleration, which sensors measure."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dsp.spectrum import HANN_POWER_GAIN, BlockSpectrum, RealArray, hann_power
from sensors.errors import WindowTooShort


def velocity_rms(
    spectrum: BlockSpectrum, lo_hz: float, hi_hz: float, *, power: RealArray | None = None
) -> float:
    """Integrate acceleration in m/s2 to velocity RMS in mm/s between two frequencies.

    ``v_rms = 1000 sqrt(sum G(f) df / (2 pi f)^2)`` over the band: a high-pass integration in the
    frequency domain. The Hann window keeps DC and ramps from leaking into it.

    Parameters
    ----------
    spectrum : BlockSpectrum
    lo_hz, hi_hz : float
        The band.
    power : float array, shape (n // 2 + 1,), optional
        ``|Hann bins|^2`` where they are at hand.

    Raises
    ------
    WindowTooShort
        The band holds fewer than four bins.
    """
    first = int(np.ceil(lo_hz / spectrum.resolution_hz))
    last = min(int(np.floor(hi_hz / spectrum.resolution_hz)), spectrum.bins.size - 1)
    if first < 3 or last - first < 3:
        raise WindowTooShort(
            f"velocity from {lo_hz:g} Hz needs a window of {3 / lo_hz:.2g} s or more, "
            f"not {spectrum.n / spectrum.rate_hz:.2g} s"
        )
    if power is None:
        window = BlockSpectrum(spectrum.bins[: last + 3], spectrum.n, spectrum.rate_hz)
        power = hann_power(window)
    weighted = power[first : last + 1] @ _integration(first, last, spectrum.resolution_hz)
    mean_square = 2 * weighted / (spectrum.n**2 * HANN_POWER_GAIN)
    return float(1000 * np.sqrt(mean_square))


@lru_cache(maxsize=16)
def _integration(first: int, last: int, resolution_hz: float) -> npt.NDArray[np.float64]:
    """Return ``1 / (2 pi f)^2`` of successive bins."""
    hz = resolution_hz * np.arange(first, last + 1, dtype=np.float64)
    weights: npt.NDArray[np.float64] = (2 * np.pi * hz) ** -2
    return weights
