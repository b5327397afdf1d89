"""Statistics of a block in time: how strong, how impulsive, how lopsided.

Samples in, one number a row out. Everything is taken about the block's mean, because a constant
offset belongs to the sensor and not to the machine; the mean itself is returned beside it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sensors.errors import BadSamples, WindowTooShort

RealArray = npt.NDArray[np.floating[Any]]
Float64Array = npt.NDArray[np.float64]

SAFE_SIZES = (2.0**-11, 2.0**20)
"""Rows whose largest sample is between these keep fourth powers inside float32."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Time statistics of each row, all of shape ``x.shape[:-1]``, of the deviation d = x - mean.

    Attributes
    ----------
    mean : float64 array
        Mean of the samples, in their unit.
    rms : float64 array
        ``sqrt(<d^2>)``, in the unit of the samples.
    peak : float64 array
        ``max |d|``, in the unit of the samples.
    crest_factor : float64 array
        ``peak / rms``; sqrt 2 for a sine.
    kurtosis_pearson : float64 array
        ``<d^4> / <d^2>^2``; 3 for a Gaussian, 1.5 for a sine. (Fisher's is this less 3.)
    skewness : float64 array
        ``<d^3> / <d^2>^1.5``; 0 for anything symmetric.
    shape_factor : float64 array
        ``rms / <|d|>``.
    impulse_factor : float64 array
        ``peak / <|d|>``.
    clearance_factor : float64 array
        ``peak / <sqrt|d|>^2``.

    Notes
    -----
    Every ratio of a constant row is 0/0 and is NaN, never zero. A row with a non-finite sample
    is NaN throughout. Moments are biased (divided by n), as in ``scipy.stats`` by default.
    """

    mean: Float64Array
    rms: Float64Array
    peak: Float64Array
    crest_factor: Float64Array
    kurtosis_pearson: Float64Array
    skewness: Float64Array
    shape_factor: Float64Array
    impulse_factor: Float64Array
    clearance_factor: Float64Array


def moments(x: npt.ArrayLike) -> Moments:
    """Return all time statistics of the last axis in one go.

    Parameters
    ----------
    x : array, shape (..., n)
        Samples; float32 stays float32, integers are taken as float64.

    Returns
    -------
    Moments
        Each field of shape (...).

    Raises
    ------
    WindowTooShort
        The last axis is empty.
    BadSamples
        The samples are complex, text or objects.

    Notes
    -----
    Float32 is made safe in two ways: the mean is subtracted twice, so that what a large offset
    rounds away in the first mean is found in the second, and huge or tiny rows are scaled by
    a power of two before anything is raised to the fourth power.
    """
    rows = _as_float(x)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return _of_deviations(*_within_float32(rows, rows.max(-1), rows.min(-1)))


def median(x: RealArray) -> RealArray:
    """Return the median of the last axis, several times faster than numpy's own.

    Parameters
    ----------
    x : float array, shape (..., n)
        Finite, n above 0.

    Returns
    -------
    float array, shape (...)
    """
    low, high = (x.shape[-1] - 1) // 2, x.shape[-1] // 2
    ranked = np.partition(x, (low, high) if low < high else high)
    middle: RealArray = (ranked[..., low] + ranked[..., high]) / 2
    return middle


def _as_float(x: npt.ArrayLike) -> RealArray:
    rows = np.asarray(x)
    if rows.dtype.kind not in "fiub":
        raise BadSamples(f"statistics need real numbers, not {rows.dtype}; convert the samples")
    if rows.ndim == 0 or rows.shape[-1] == 0:
        raise WindowTooShort("statistics of an empty block are undefined; give at least one sample")
    return rows if rows.dtype in (np.float32, np.float64) else rows.astype(np.float64)


def _within_float32(
    rows: RealArray, highest: RealArray, lowest: RealArray
) -> tuple[RealArray, Float64Array, Float64Array, Float64Array | float]:
    """Return rows, highest and lowest, scaled where need be, and the unit that undoes it."""
    size = np.maximum(highest, -lowest)
    if SAFE_SIZES[0] <= size.min() and size.max() < SAFE_SIZES[1]:
        return rows, highest.astype(np.float64), lowest.astype(np.float64), 1.0
    exponent = np.frexp(size)[1]
    unit = np.ldexp(1.0, exponent)
    return np.ldexp(rows, -exponent[..., None]), highest / unit, lowest / unit, unit


def _of_deviations(
    rows: RealArray, highest: Float64Array, lowest: Float64Array, unit: Float64Array | float
) -> Moments:
    ones = np.ones(rows.shape[-1], rows.dtype)
    d, mean = _centred(rows, ones, constant=highest == lowest)
    peak = np.maximum(highest - mean, mean - lowest) * (highest != lowest)
    squared = d * d
    power, cube, fourth = _product(d, d), _product(squared, d), _product(squared, squared)
    rms = np.sqrt(power)
    size = np.abs(d, out=d)
    mean_size = (size @ ones).astype(np.float64) / ones.size
    mean_root = (np.sqrt(size, out=size) @ ones).astype(np.float64) / ones.size
    return Moments(
        mean=mean * unit,
        rms=rms * unit,
        peak=peak * unit,
        crest_factor=peak / rms,
        kurtosis_pearson=fourth / power**2,
        skewness=cube / (power * rms),
        shape_factor=rms / mean_size,
        impulse_factor=peak / mean_size,
        clearance_factor=peak / mean_root**2,
    )


def _centred(
    rows: RealArray, ones: RealArray, *, constant: npt.NDArray[np.bool_]
) -> tuple[RealArray, Float64Array]:
    n = ones.size
    first = rows @ ones / n
    d = rows - first[..., None]
    second = d @ ones / n
    d -= second[..., None]
    if constant.any():
        d[constant] = 0
    return d, first.astype(np.float64) + second


def _product(a: RealArray, b: RealArray) -> Float64Array:
    """Return ``<a b>`` of each row through BLAS, several times faster than a ufunc and a sum."""
    product = (a[..., None, :] @ b[..., :, None])[..., 0, 0]
    mean: Float64Array = product.astype(np.float64) / a.shape[-1]
    return mean
