"""Pairs of lines beside the supply's: how high, over what floor, and how often by chance.

A pair is ranked among pseudo-pairs: the best pairs inside equally wide windows at offsets of the
same spectrum where nothing is expected.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import level_over_floor
from dsp.line_frame import LineFrame
from dsp.spectrum import BlockSpectrum, amplitude, hann_bins, tone
from sensors.errors import WindowTooShort

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Span = tuple[float, float]

FLOOR_BINS = 24
"""The floor beside a line is the median over so many bins: six widths of a line under Hann."""
LOBE_BINS = 4
"""The line itself, and whatever is expected, reaches so many bins to either side."""
FEWEST_PSEUDO = 99
"""Fewer pseudo-lines cannot put a line above their 99th percentile."""


@dataclass(frozen=True, slots=True)
class SidebandPair:
    """Two lines at one offset to either side of the supply's.

    Attributes
    ----------
    offset_hz : float
        Distance from the line, read on the higher side.
    lower_dbc, upper_dbc : float
        Heights relative to the line.
    floor_dbc : float
        Local floor beside the lower, relative to the line.
    lower_db, upper_db : float
        Heights over the local floors.
    chance : float
        Share of pseudo-pairs that stand as high over their floors, ``(r + 1) / (n + 1)``.
    direction_rad : float
        In which direction the two together swing the current's vector, from the vector's own on
        towards the voltage's: from 0, in size alone, to pi.
    """

    offset_hz: float
    lower_dbc: float
    upper_dbc: float
    floor_dbc: float
    lower_db: float
    upper_db: float
    chance: float
    direction_rad: float

    @property
    def highest_dbc(self) -> float:
        """Height of the higher of the two, relative to the line."""
        return max(self.lower_dbc, self.upper_dbc)

    @property
    def over_floor_db(self) -> float:
        """Height of the higher over its floor."""
        return max(self.lower_db, self.upper_db)


def pair_levels(frame: LineFrame) -> Floats:
    """Return the joint height over the floors of every offset, in dB, shape (m,)."""
    total: Floats = sum(
        (np.maximum(_levels(side), 0.0) for side in (frame.lower, frame.upper)),
        start=np.zeros(frame.lower.bins.size),
    )
    return total


def find_pair(
    frame: LineFrame, lo_hz: float, hi_hz: float, *, expected: Sequence[Span]
) -> SidebandPair:
    """Find the highest pair between two offsets and rank it.

    Parameters
    ----------
    frame : LineFrame
        Around the line.
    lo_hz, hi_hz : float
        Offsets between which it is looked for.
    expected : sequence of (float, float)
        From which offset to which, in Hz, other lines of the machine may stand: no pseudo-lines
        there.

    Raises
    ------
    WindowTooShort
        Too few pseudo-lines are left to judge by.
    """
    # Only tops count: a line just outside the window shows no more than its skirt inside.
    levels, step = tops(pair_levels(frame)), frame.resolution_hz
    window = slice(max(round(lo_hz / step), LOBE_BINS), max(round(hi_hz / step), LOBE_BINS) + 1)
    free = free_bins(levels.size, [(lo_hz, hi_hz), *expected], step)
    at, chance = rank_peak(levels, window, free)
    return read_pair(frame, at * step, chance)


def read_pair(frame: LineFrame, offset_hz: float, chance: float) -> SidebandPair:
    """Read both lines at one offset between the bins."""
    step = frame.resolution_hz
    sides = [tone(side, offset_hz - step, offset_hz + step) for side in (frame.lower, frame.upper)]
    at = round(offset_hz / step)
    floors = [_floor(side, at) for side in (frame.lower, frame.upper)]
    heights = [_db(height / frame.carrier) for _, height in sides]
    grounds = [_db(floor / frame.carrier) for floor in floors]
    return SidebandPair(
        offset_hz=max(sides, key=lambda side: side[1])[0],
        lower_dbc=heights[0],
        upper_dbc=heights[1],
        floor_dbc=grounds[0],
        lower_db=heights[0] - grounds[0],
        upper_db=heights[1] - grounds[1],
        chance=chance,
        direction_rad=_direction(frame, at),
    )


def _direction(frame: LineFrame, at: int) -> float:
    """Return the direction of the major axis that a pair's ellipse has, from the line's phasor.

    ``exp(2j d) = U L / (C C)``, each over its height, of upper and lower line and the carrier. The
    moment at which the swing began drops out of U L.
    """
    near = slice(max(at - 1, 0), at + 2)
    lower, upper = hann_bins(frame.lower)[near], hann_bins(frame.upper)[near]
    edge, middle = frame.upper.bins, frame.lower.bins
    carrier = 2 * edge[0] - edge[1] - np.conj(middle[1])
    # The lower side is kept as its conjugate.
    twice = complex(np.vdot(lower, upper)) * complex(np.conj(carrier)) ** 2
    return float(np.angle(twice) / 2 % np.pi)


def free_bins(size: int, expected: Sequence[Span], step_hz: float) -> Flags:
    """Mark the bins at which no line is expected, clear of the middle, shape (size,)."""
    free = np.ones(size, np.bool_)
    for lo_hz, hi_hz in ((0.0, 0.0), *expected):
        first, last = round(lo_hz / step_hz) - LOBE_BINS, round(hi_hz / step_hz) + LOBE_BINS
        free[max(first, 0) : max(last + 1, 0)] = False
    return free


def rank_peak(levels: Floats, window: slice, free: Flags) -> tuple[int, float]:
    """Find the highest bin of a window and its rank among equally wide windows of free bins.

    Returns
    -------
    at : int
        The bin.
    chance : float
        ``(r + 1) / (n + 1)`` with r of n pseudo-windows as high.

    Raises
    ------
    WindowTooShort
        Fewer than 99 windows are free.
    """
    inside = levels[window]
    width = max(inside.size, 1)
    if inside.size == 0 or levels.size < width:
        raise WindowTooShort("the line would stand outside the spectrum; sample faster")
    best = np.lib.stride_tricks.sliding_window_view(levels, width).max(axis=-1)
    clear = np.lib.stride_tricks.sliding_window_view(free, width).all(axis=-1)
    pseudo = best[clear]
    if pseudo.size < FEWEST_PSEUDO:
        raise WindowTooShort(
            f"only {pseudo.size} pseudo-lines beside the line sought, of {FEWEST_PSEUDO} needed to "
            "judge chance: record longer, or give the speed more exactly"
        )
    at = window.start + int(np.argmax(inside))
    return at, (int(np.count_nonzero(pseudo >= levels[at])) + 1) / (pseudo.size + 1)


def tops(levels: Floats) -> Floats:
    """Return levels with all but their local maxima set to zero, shape (m,)."""
    beside = np.pad(levels, 1, constant_values=np.inf)
    top = (levels >= beside[:-2]) & (levels >= beside[2:])
    return np.where(top, levels, 0.0)


def side_levels(side: BlockSpectrum) -> Floats:
    """Return the height of every bin of one side over its local floor, in dB, shape (m,)."""
    return np.maximum(_levels(side), 0.0)


def _levels(side: BlockSpectrum) -> Floats:
    return level_over_floor(amplitude(side), FLOOR_BINS).astype(np.float64)


def _floor(side: BlockSpectrum, at: int) -> float:
    """Median of the bins around one, without its own lobe."""
    heights = amplitude(side)
    first = max(at - FLOOR_BINS // 2, LOBE_BINS)
    around = np.arange(first, min(first + FLOOR_BINS + 1, heights.size))
    return float(np.median(heights[around[np.abs(around - at) > LOBE_BINS // 2]]))


def _db(ratio: float) -> float:
    return float(20 * np.log10(max(ratio, np.finfo(np.float64).tiny)))
