"""A weighting: how much less the ear hears low and very high tones than one of 1 kHz.

The curve of IEC 61672-1 as its four double poles, applied in the frequency domain.
"""

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

POLES_HZ = (20.598997, 107.65265, 737.86223, 12194.217)
"""Double, single, single and double pole (IEC 61672-1:2013, annex E)."""


def a_weighting_db(hz: npt.ArrayLike) -> Float64Array:
    """Return the A weighting in dB, 0 at 1 kHz.

    ``A(f) = 20 log10 R(f) - 20 log10 R(1000)`` with ``R(f) = f4^2 f^4 / ((f^2 + f1^2)
    sqrt((f^2 + f2^2)(f^2 + f3^2)) (f^2 + f4^2))`` (IEC 61672-1:2013, formula E.6).

    Parameters
    ----------
    hz : array, shape (...)
        Frequencies from 0; at 0 the weighting is minus infinity.

    Returns
    -------
    float64 array, shape (...)
    """
    with np.errstate(divide="ignore"):
        weighting: Float64Array = 10 * np.log10(a_weighting_power(hz))
    return weighting


def a_weighting_power(hz: npt.ArrayLike) -> Float64Array:
    """Return the factor by which A weighting scales power at each frequency, shape (...)."""
    weighted: Float64Array = _response(np.asarray(hz, np.float64)) / AT_1_KHZ
    return weighted


def _response(hz: Float64Array) -> Float64Array:
    f1, f2, f3, f4 = POLES_HZ
    square = hz**2
    poles = (square + f1**2) ** 2 * (square + f2**2) * (square + f3**2) * (square + f4**2) ** 2
    response: Float64Array = f4**4 * square**4 / poles
    return response


AT_1_KHZ = float(_response(np.array(1000.0)))
"""``R(1000)^2``, the normalisation."""
