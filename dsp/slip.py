"""Slip of an induction motor, from every source that tells it, and whether they agree.

``s = (f - pp fr) / f``, with line frequency f, shaft frequency fr and pole pairs pp. Speed from
vibration or tachometer tells it, so do the lines ``f +- fr`` that a rotor never quite lacks, the
principal slot lines ``R fr +- v f``, and the sidebands ``f (1 +- 2s)`` of its cage.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dsp.line_frame import LineTrack, Samples, line_frame
from dsp.sidebands import SidebandPair, free_bins, rank_peak, side_levels, tops
from sensors.errors import WindowTooShort

Source = Literal["speed", "f +- fr", "rotor slots", "slip sidebands"]

READING_BINS = 0.1
"""A line read between the bins is exact to this many, beside its noise: load and speed drift."""
SLOT_LINES = (-1, 1)
"""Multiples v of the line beside which the strongest slot lines stand."""
SLOT_SPAN = 2.2
"""Pseudo-lines of slots are drawn from so many times the line's frequency to the far side."""
MOST_NYQUIST = 0.9
"""Share of Nyquist up to which lines are read: beyond, anti-alias filters take them away."""
CHANCE = 0.01
"""A line tells slip where it stands above the 99th percentile of pseudo-lines."""


TELLING_DB = 13.0
"""Height over the floor from which a line tells slip: noise reaches it once in a million bins, and
a mistaken line would contradict the others."""
SLOTS_TELLING_DB = 20.0
"""The same of the heights of two slot lines together."""
CLEARLY = 1.5
"""Estimates disagree from so many times their uncertainties together: speed strays meanwhile."""


@dataclass(frozen=True, slots=True)
class SlipEstimate:
    """Slip from one source.

    Attributes
    ----------
    slip, uncertainty : float
        As fractions; the truth lies within the uncertainty in nearly every case.
    source : str
        What it was read from.
    """

    slip: float
    uncertainty: float
    source: Source

    @property
    def text(self) -> str:
        """The estimate as an engineer would say it."""
        return f"{self.slip:.3%} +- {self.uncertainty:.3%} ({self.source})"


def slip_from_speed(
    shaft_hz: float, tolerance: float, track: LineTrack, pairs: int
) -> SlipEstimate:
    """Return slip from a shaft frequency known to a relative tolerance.

    ``u(s) = pp fr/f hypot(tolerance, u(f)/f)``: at 1.5 % slip, 1 % of speed is 66 % of slip.
    """
    ratio = pairs * shaft_hz / track.hz
    spread = ratio * float(np.hypot(tolerance, track.uncertainty_hz / track.hz))
    return SlipEstimate(1.0 - ratio, spread, "speed")


def slip_from_shaft_lines(
    pair: SidebandPair, resolution_hz: float, track: LineTrack, pairs: int
) -> SlipEstimate:
    """Return slip from the lines ``f +- fr``, with fr the pair's offset."""
    ratio = pairs * pair.offset_hz / track.hz
    spread = pairs * reading_bins(pair.over_floor_db) * resolution_hz / track.hz
    # The pair's offset is fr by its own middle: an error of f counts once.
    return SlipEstimate(
        1.0 - ratio, float(np.hypot(spread, track.uncertainty_hz / track.hz)), "f +- fr"
    )


def slip_from_sidebands(pair: SidebandPair, resolution_hz: float, track: LineTrack) -> SlipEstimate:
    """Return slip from the sidebands ``f (1 +- 2s)``, with 2sf the pair's offset."""
    spread = reading_bins(pair.over_floor_db) * resolution_hz / (2 * track.hz)
    return SlipEstimate(pair.offset_hz / (2 * track.hz), spread, "slip sidebands")


def reading_bins(over_floor_db: float) -> float:
    """Return how exactly, in bins, a line of this height over the floor is read."""
    return READING_BINS + float(10 ** (-over_floor_db / 20))


def slip_from_slots(
    values: Samples, track: LineTrack, *, bars: int, pairs: int, lo: float, hi: float
) -> SlipEstimate | None:
    """Return slip from the principal slot lines ``f (R (1 - s)/pp + v)``, v = -1 and 1.

    In the frame of ``R/pp + v`` times the line, every v puts its line ``s f R/pp`` below the
    middle, where their heights are joined. Pseudo-lines stand above the middle, where no line of a
    rotor slower than its field can.

    Parameters
    ----------
    values : float or complex array, shape (n,)
        What `track` was made of.
    track : LineTrack
        The line.
    bars, pairs : int
        Rotor bars and pole pairs.
    lo, hi : float
        Slips between which they are looked for.

    Returns
    -------
    SlipEstimate or None
        None where no line stands above the 99th percentile of pseudo-lines, or the sampling rate
        does not reach the slots.
    """
    order, line_hz = bars / pairs, track.hz
    scale, span_hz = line_hz * order, SLOT_SPAN * line_hz
    if scale + line_hz + span_hz > MOST_NYQUIST * track.rate_hz / 2 or hi * scale > span_hz:
        return None
    frames = [line_frame(values, track, order=order + v, span_hz=span_hz) for v in SLOT_LINES]
    step = frames[0].resolution_hz
    below = np.sum([side_levels(frame.lower) for frame in frames], axis=0)
    above = np.sum([side_levels(frame.upper) for frame in frames], axis=0)
    window = slice(round(lo * scale / step), round(hi * scale / step) + 1)
    free = free_bins(above.size, _not_slots(order, line_hz, pairs, lo, hi), step)
    both = np.concatenate([tops(below), tops(above)])
    try:
        at, chance = rank_peak(both, window, np.concatenate([np.zeros(below.size, np.bool_), free]))
    except WindowTooShort:
        return None
    if chance > CHANCE or below[at] < SLOTS_TELLING_DB:
        return None
    spread = reading_bins(float(below[at]) / len(SLOT_LINES)) + 0.5
    return SlipEstimate(at * step / scale, spread * step / scale, "rotor slots")


def _not_slots(
    order: float, line_hz: float, pairs: int, lo: float, hi: float
) -> list[tuple[float, float]]:
    """List what else stands above the middle: harmonics of the line, slots shifted by fr."""
    harmonics = [(k - order % 1.0) * line_hz for k in range(1, round(SLOT_SPAN) + 2)]
    shifted = [
        (k * line_hz * (1 - hi) / pairs - hi * order * line_hz,
         k * line_hz * (1 - lo) / pairs - lo * order * line_hz)
        for k in (1, 2)
    ]  # fmt: skip
    return [(hz, hz) for hz in harmonics] + shifted


def tells_slip(pair: SidebandPair) -> bool:
    """Say whether a pair stands beyond chance and clear enough of the floor to tell slip."""
    return pair.chance <= CHANCE and pair.over_floor_db >= TELLING_DB


def disagreement(estimates: Sequence[SlipEstimate]) -> str | None:
    """Say which two estimates exclude each other, or None where all agree."""
    for one, other in itertools.combinations(estimates, 2):
        if abs(one.slip - other.slip) > CLEARLY * (one.uncertainty + other.uncertainty):
            return f"slip {one.text} and {other.text} disagree"
    return None


def best_estimate(estimates: Sequence[SlipEstimate]) -> SlipEstimate:
    """Return the most exact of the estimates."""
    return min(estimates, key=lambda estimate: estimate.uncertainty)
