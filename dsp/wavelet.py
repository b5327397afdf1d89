"""Wavelet-packet energies: how a block's energy spreads over equal bands, 2**level of them.

The packet tree is walked in the frequency domain, on the block's rFFT that is there anyway: a
filter is a product and keeping every second sample is a fold of the spectrum onto itself. Nothing
returns to time, because by Parseval the energy of a packet can be read where it is.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pywt
from scipy import fft

from sensors.capture import check_rate
from sensors.errors import BadConfig, BadSamples, WindowTooShort

RealArray = npt.NDArray[np.floating[Any]]
ComplexArray = npt.NDArray[np.complexfloating[Any, Any]]

DEEPEST_LEVEL = 12
"""4096 bands: finer than that, a plain spectrum serves better."""


def packet_energies(x: RealArray, *, wavelet: str, level: int) -> RealArray:
    """Return the energy of every wavelet packet of a level, in order of frequency.

    Parameters
    ----------
    x : float array, shape (..., n)
        Samples; the last ``n mod 2**level`` are left out, so that every packet is whole.
    wavelet : str
        An orthogonal wavelet known to pywt, e.g. ``db8``.
    level : int
        Depth of the tree, from 1 to 12.

    Returns
    -------
    float array, shape (..., 2**level)
        ``sum |c|^2`` of each packet, in the squared unit of `x`. They equal
        ``pywt.WaveletPacket(x, wavelet, "periodization").get_level(level, order="freq")`` and
        sum to ``sum x^2``, because periodised orthogonal packets preserve energy.

    Raises
    ------
    WindowTooShort
        Fewer than ``2**level`` samples.
    BadConfig
        The wavelet is unknown or not orthogonal, or the level is out of range.
    """
    _check_level(level)
    n = x.shape[-1] >> level << level
    if n == 0:
        raise WindowTooShort(f"{x.shape[-1]} samples cannot fill {2**level} wavelet packets")
    return packet_energies_of_bins(fft.rfft(x[..., :n]), n, wavelet=wavelet, level=level)


def packet_energies_of_bins(bins: ComplexArray, n: int, *, wavelet: str, level: int) -> RealArray:
    """Return the same energies from the unwindowed rFFT of `n` samples, shape (..., n // 2 + 1).

    Raises
    ------
    WindowTooShort
        `n` is not a multiple of ``2**level``: not every packet would be whole.
    BadSamples
        `bins` cannot be the rFFT of `n` samples.
    BadConfig
        The wavelet is unknown or not orthogonal, or the level is out of range.
    """
    _check_level(level)
    if bins.shape[-1] != n // 2 + 1:
        raise BadSamples(f"{bins.shape[-1]} bins are not the rFFT of {n} samples")
    if n == 0 or n % 2**level:
        raise WindowTooShort(f"{n} samples cannot fill {2**level} wavelet packets of equal length")
    nodes = bins[..., None, :]
    for depth in range(level):
        nodes = split_nodes(nodes, n >> depth, wavelet)
    return node_energies(nodes, n >> level)[..., _natural_of_frequency(level)]


def packet_bands(rate_hz: float, level: int) -> npt.NDArray[np.float64]:
    """Return lower and upper edge of each packet in Hz, shape (2**level, 2), in order.

    Raises
    ------
    BadRate
        The rate is impossible.
    BadConfig
        The level is out of range.
    """
    check_rate(rate_hz, "wavelet packets")
    _check_level(level)
    edges = np.linspace(0.0, rate_hz / 2, 2**level + 1)
    return np.column_stack([edges[:-1], edges[1:]])


def band_energies(
    energies: RealArray, *, rate_hz: float, edges_hz: RealArray
) -> npt.NDArray[np.float64]:
    """Map packet energies into fixed bands, so that blocks of different rates compare.

    Parameters
    ----------
    energies : float array, shape (..., 2**level)
        Packet energies in order of frequency.
    rate_hz : float
        Sampling rate of the block they come from.
    edges_hz : float array, shape (b + 1,)
        Rising edges of the bands wanted.

    Returns
    -------
    float64 array, shape (..., b)
        Each packet gives every band the share of its width that lies inside. A band that
        reaches beyond Nyquist was not measured whole and is NaN, never zero.

    Raises
    ------
    BadConfig
        The edges do not rise, or the energies are not a full level of packets.
    BadRate
        The rate is impossible.
    """
    edges = np.asarray(edges_hz, dtype=np.float64)
    packets = energies.shape[-1]
    if edges.ndim != 1 or edges.size < 2 or not (np.diff(edges) > 0).all() or edges[0] < 0:
        raise BadConfig(f"band edges {edges.tolist()} Hz must be two or more and must rise")
    if packets < 2 or packets & (packets - 1):
        raise BadConfig(f"{packets} energies are not a full level of packets: a power of two")
    low, high = packet_bands(rate_hz, packets.bit_length() - 1).T[:, :, None]
    inside = np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])
    share = np.maximum(inside, 0.0) / (high - low)
    mapped: npt.NDArray[np.float64] = energies @ share
    return np.where(edges[1:] <= rate_hz / 2 * (1 + 1e-9), mapped, np.nan)


def split_nodes(nodes: ComplexArray, n: int, wavelet: str) -> ComplexArray:
    """Split spectra (..., m, n // 2 + 1) into low and high halves (..., 2 m, n // 4 + 1).

    With a filter's response H, keeping every second sample folds ``P = S H`` to
    ``(P[k] + P[k + n/2]) / 2``, and for real signals ``P[k + n/2] = conj(P[n/2 - k])``.
    """
    near, far = _filters(wavelet, n, nodes.dtype.char)
    kept = near.shape[-1]
    mirrored = np.conj(nodes[..., n // 2 - kept + 1 : n // 2 + 1][..., ::-1])
    out: ComplexArray = nodes[..., None, :kept] * near
    out += mirrored[..., None, :] * far
    return out.reshape(*nodes.shape[:-2], 2 * nodes.shape[-2], kept)


@lru_cache(maxsize=64)
def _filters(wavelet: str, n: int, dtype: str) -> tuple[ComplexArray, ComplexArray]:
    """Return both responses, low and high, at the bins kept and at those folded onto them.

    They carry half the filter's length as advance, which is where pywt starts to keep samples.
    """
    bank = _orthogonal(wavelet)
    taps = np.array([bank.dec_lo, bank.dec_hi])
    whole = np.pad(taps, ((0, 0), (0, -taps.shape[1] % n))).reshape(2, -1, n).sum(1)
    wrapped = np.roll(whole, -(taps.shape[1] // 2), axis=1)
    response = fft.rfft(wrapped) / 2
    kept = n // 4 + 1
    near, far = response[:, :kept], np.conj(response[:, n // 2 - kept + 1 :][:, ::-1])
    return near.astype(dtype), far.astype(dtype)


def _orthogonal(wavelet: str) -> pywt.Wavelet:
    try:
        bank = pywt.Wavelet(wavelet)
    except (ValueError, TypeError) as error:
        raise BadConfig(f"wavelet {wavelet!r} is unknown to pywt; use e.g. 'db8'") from error
    if not bank.orthogonal:
        raise BadConfig(f"wavelet {wavelet!r} is not orthogonal, so its energies do not add up")
    return bank


def node_energies(nodes: ComplexArray, n: int) -> RealArray:
    """Return the energy of packets of n samples from their spectra (..., m, n // 2 + 1)."""
    parts = nodes.view(nodes.real.dtype)
    whole = (parts[..., None, :] @ parts[..., :, None])[..., 0, 0]
    # Bins at zero and Nyquist are real and stand for themselves alone.
    ends = parts[..., 0] ** 2 + (parts[..., -2] ** 2 if n % 2 == 0 else 0.0)
    total: RealArray = (2 * whole - ends) / n
    return total


def _natural_of_frequency(level: int) -> npt.NDArray[np.int64]:
    """Position in the tree of the packet that is i-th by frequency: the Gray code of i.

    Every high-pass branch turns its spectrum round, so the order of frequencies reverses there.
    """
    index = np.arange(2**level, dtype=np.int64)
    order: npt.NDArray[np.int64] = np.bitwise_xor(index, index >> 1)
    return order


def _check_level(level: int) -> None:
    if not 1 <= level <= DEEPEST_LEVEL:
        raise BadConfig(f"wavelet packet level {level} must be from 1 to {DEEPEST_LEVEL}")
