"""Energy of fixed bands from wavelet packets, split no further than the bands ask.

Splitting a packet preserves its energy, so one that lies inside a band is counted as it is; only
packets that an edge cuts through are split, down to the level at which they are shared out.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dsp.wavelet import ComplexArray, node_energies, split_nodes

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Depth:
    """What becomes of the packets that reached one depth: rows counted, their shares, rows split.

    Rows are in the order in which splitting left them.
    """

    counted: Places
    shares: Floats
    split: Places


def packet_band_energies(
    bins: ComplexArray,
    n: int,
    *,
    rate_hz: float,
    edges_hz: tuple[float, ...],
    wavelet: str,
    level: int,
) -> Floats:
    """Gather the packet energies of a block into bands.

    Parameters
    ----------
    bins : complex array, shape (n // 2 + 1,)
        Unwindowed rFFT of `n` samples, a multiple of ``2**level``.
    n : int
    rate_hz : float
    edges_hz : tuple of float, length b + 1
        Rising edges of the bands.
    wavelet, level : str, int
        As for `dsp.wavelet.packet_energies`.

    Returns
    -------
    float64 array, shape (b,)
        Equal to `dsp.wavelet.band_energies` of all packets of the level; NaN where a band
        reaches beyond Nyquist.
    """
    total = np.zeros(len(edges_hz) - 1)
    nodes = bins[None, :]
    for depth, step in enumerate(_plan(rate_hz, edges_hz, level)):
        if step.counted.size:
            total += node_energies(_rows(nodes, step.counted), n >> depth) @ step.shares
        if step.split.size:
            nodes = split_nodes(_rows(nodes, step.split), n >> depth, wavelet)
    return np.where(np.asarray(edges_hz[1:]) <= rate_hz / 2 * (1 + 1e-9), total, np.nan)


def _rows(nodes: ComplexArray, places: Places) -> ComplexArray:
    """Rows of nodes, which are not copied where all are wanted or one."""
    if places.size == 1:
        return nodes[places[0] : places[0] + 1]
    return nodes if places.size == len(nodes) else nodes[places]


@lru_cache(maxsize=64)
def _plan(rate_hz: float, edges_hz: tuple[float, ...], level: int) -> tuple[_Depth, ...]:
    edges, steps = np.asarray(edges_hz), []
    places = np.zeros(1, np.intp)
    for depth in range(level + 1):
        width = rate_hz / 2 / 2**depth
        low, high = places[:, None] * width, (places[:, None] + 1) * width
        cut = ((edges > low) & (edges < high)).any(1) & (depth < level)
        inside = np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])
        shares = np.maximum(inside, 0.0) / width
        steps.append(_Depth(np.flatnonzero(~cut), shares[~cut], np.flatnonzero(cut)))
        places = _children(places[cut])
        if places.size == 0:
            break
    return tuple(steps)


def _children(places: Places) -> Places:
    """Places by frequency of the low and high half of each packet, in turn.

    A packet of odd place holds its spectrum turned round, so its low half is the upper one.
    """
    odd = places & 1
    return np.column_stack([2 * places + odd, 2 * places + 1 - odd]).reshape(-1)
