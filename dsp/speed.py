"""Shaft speed from vibration itself: the comb of shaft harmonics that stands out most.

A declared speed is refined to a few parts in a thousand; an unknown one is estimated over a
range, or refused where two answers are as good.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import LevelBank
from dsp.spectrum import RealArray

SHAFT_HARMONICS = 5
"""Members of the shaft's comb."""
HEIGHT_CAP_DB = 30.0
"""No single line, such as the supply's, may carry the comb by more than this."""
STEP = 0.0005
"""Relative distance of candidate speeds."""
REFINE_RANGE = 0.06
"""A declared speed is trusted to this, relative: nameplates and set points are off by up to 5 %."""
PROMINENCE_DB = 8.0
"""The best comb must stand this far over the middle of all candidates."""
AMBIGUITY_DB = 3.0
"""A rival this close that is no neighbour makes the speed ambiguous."""
NEIGHBOUR = 0.02
"""Candidates closer than this, relative, are the same answer."""


@dataclass(frozen=True, slots=True)
class SpeedEstimate:
    """A shaft frequency read from the signal.

    Attributes
    ----------
    shaft_hz : float
        Best candidate.
    prominence_db : float
        Height of its comb over the middle of all candidates.
    tolerance : float
        Relative uncertainty left.
    """

    shaft_hz: float
    prominence_db: float
    tolerance: float


def shaft_comb(
    raw: LevelBank, envelopes: LevelBank, candidates_hz: npt.NDArray[np.float64]
) -> RealArray:
    """Return the mean height of shaft harmonics 1 to 5 at each candidate, shape (g,).

    Plain and envelope spectra, each the best of its rows, count half each: unbalance shows in
    the one, modulation at shaft speed in the other.
    """
    total = np.zeros(candidates_hz.size)
    for bank in (raw, envelopes):
        best = bank.levels_db.max(axis=0)
        for harmonic in range(1, SHAFT_HARMONICS + 1):
            at = np.rint(harmonic * candidates_hz / bank.resolution_hz).astype(np.intp)
            inside = np.clip(at, 0, best.size - 1)
            total += np.where(at < best.size, np.clip(best[inside], 0.0, HEIGHT_CAP_DB), 0.0)
    return total / (2 * SHAFT_HARMONICS)


def refine_speed(
    raw: LevelBank, envelopes: LevelBank, declared_hz: float, most_hz: float = math.inf
) -> SpeedEstimate | None:
    """Refine a declared shaft frequency, or return None where no comb stands out near it.

    Parameters
    ----------
    raw, envelopes : LevelBank
        Plain and envelope spectra of the same window.
    declared_hz : float
        Within 6 % of the truth.
    most_hz : float
        What the shaft cannot exceed.
    """
    highest = min(declared_hz * (1 + REFINE_RANGE), most_hz)
    lo, hi = np.log(declared_hz * (1 - REFINE_RANGE)), np.log(highest)
    return _best(raw, envelopes, np.exp(np.arange(lo, hi, STEP)))


def estimate_speed(
    raw: LevelBank, envelopes: LevelBank, lo_hz: float, hi_hz: float
) -> SpeedEstimate | None:
    """Estimate an unknown shaft frequency between two limits, or return None.

    None means that no comb stands out, or that a rival which is not a neighbour comes within
    3 dB: an estimate at twice or half the speed would name every fault wrong.
    """
    candidates = np.exp(np.arange(np.log(lo_hz), np.log(hi_hz), STEP))
    comb = shaft_comb(raw, envelopes, candidates)
    best = int(np.argmax(comb))
    away = np.abs(candidates / candidates[best] - 1) > NEIGHBOUR
    if np.any(comb[away] > comb[best] - AMBIGUITY_DB):
        return None
    return _best(raw, envelopes, candidates)


def _best(
    raw: LevelBank, envelopes: LevelBank, candidates: npt.NDArray[np.float64]
) -> SpeedEstimate | None:
    comb = shaft_comb(raw, envelopes, candidates)
    # Neighbouring candidates share bins; the middle of a plateau is the better answer.
    top = np.flatnonzero(comb >= comb.max() - 0.5)
    best = candidates[int(np.argmax(comb))]
    plateau = candidates[top][np.abs(candidates[top] / best - 1) < NEIGHBOUR / 2]
    prominence = float(comb.max() - np.median(comb))
    if prominence < PROMINENCE_DB:
        return None
    shaft = float(plateau.mean())
    tolerance = max(raw.resolution_hz / 2 / (SHAFT_HARMONICS * shaft), 0.001)
    return SpeedEstimate(shaft, prominence, tolerance)
