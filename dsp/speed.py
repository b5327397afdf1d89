"""Shaft speed from vibration itself: the comb of shaft harmonics that stands out most.

A declared speed is refined, or an unknown one estimated over a range, where a family of harmonics
carries it that is not the supply's, and whichever of its members may be a stranger. How far the
answer moves without that member is how exactly the speed is known.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.bank import LevelBank
from dsp.spectrum import RealArray

Floats = npt.NDArray[np.float64]

SHAFT_HARMONICS = 5
"""Members of the shaft's comb in each of both banks."""
HEIGHT_CAP_DB = 30.0
"""No single line may carry the comb by more than this."""
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
PLATEAU_DB = 0.5
"""Neighbouring candidates share bins: those this close to the best are as good."""
RIVAL_DB = 2.0
"""A candidate this close to the best may be the truth: a line of 20 dB that belongs to something
else makes as much of a difference, among ten members."""
MOST_UNCERTAIN = 0.01
"""A speed read no better than this, relative, is not confirmed: what is declared is as good."""
FEWEST_MEMBERS = 3
"""Harmonics of the shaft that must stand, in either bank, for a family."""
MEMBER_DB = 10.0
"""Height from which one stands: noise reaches it once in a thousand bins."""
SUPPLY_BINS = 2.0
"""The main lobe of a line under a Hann window reaches so many bins to either side."""
SUPPLY_STRAY = 0.002
"""How far a supply's frequency strays from its name, relative: 0.1 Hz at 50 Hz."""
_ALONE = tuple((at,) for at in range(2 * SHAFT_HARMONICS))
_EVEN = tuple(at for at in range(2 * SHAFT_HARMONICS) if at % SHAFT_HARMONICS % 2)
_STRANGERS = (*_ALONE, _EVEN)
"""Members that may belong to something else together: any one, and those of the even harmonics,
where a drive that nobody stated puts twice its own frequency, just above the shaft's."""


@dataclass(frozen=True, slots=True)
class SpeedEstimate:
    """A shaft frequency read from the signal.

    Attributes
    ----------
    shaft_hz : float
        Middle of the candidates that may be the truth.
    prominence_db : float
        Height of the best comb over the middle of all candidates.
    tolerance : float
        Relative half-width of the candidates that may be the truth.
    """

    shaft_hz: float
    prominence_db: float
    tolerance: float


def comb_members(
    raw: LevelBank, envelopes: LevelBank, candidates_hz: Floats, line_hz: float | None = None
) -> Floats:
    """Return the heights of shaft harmonics 1 to 5 at each candidate, shape (10, g).

    Plain and envelope spectra, each the best of its rows, give five members each: unbalance shows
    in the one, modulation at shaft speed in the other.

    Parameters
    ----------
    raw, envelopes : LevelBank
        Plain and envelope spectra of the same window.
    candidates_hz : float64 array, shape (g,)
        Shaft frequencies.
    line_hz : float, optional
        Supply frequency. A member that would stand on one of its multiples is NaN: there is hum,
        whatever turns, and at synchronous speed hum alone would make the comb.
    """
    rows = []
    for bank in (raw, envelopes):
        best = bank.levels_db.max(axis=0)
        for harmonic in range(1, SHAFT_HARMONICS + 1):
            hz = harmonic * candidates_hz
            at = np.rint(hz / bank.resolution_hz).astype(np.intp)
            inside = np.clip(at, 0, best.size - 1)
            level = np.where(at < best.size, np.clip(best[inside], 0.0, HEIGHT_CAP_DB), 0.0)
            rows.append(np.where(_is_supply(hz, line_hz, bank.resolution_hz), np.nan, level))
    return np.array(rows, np.float64)


def _is_supply(hz: Floats, line_hz: float | None, resolution_hz: float) -> npt.NDArray[np.bool_]:
    if line_hz is None:
        return np.zeros(hz.size, np.bool_)
    nearest = np.maximum(np.rint(hz / line_hz), 1.0) * line_hz
    return np.abs(hz - nearest) < SUPPLY_BINS * resolution_hz + SUPPLY_STRAY * nearest


def refine_speed(
    raw: LevelBank,
    envelopes: LevelBank,
    declared_hz: float,
    most_hz: float = math.inf,
    line_hz: float | None = None,
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
    line_hz : float, optional
        Supply frequency, whose multiples speak for no shaft.

    Returns
    -------
    SpeedEstimate or None
        None also where fewer than three harmonics stand, and where the candidates that may be the
        truth lie further apart than 1 % to either side.
    """
    highest = min(declared_hz * (1 + REFINE_RANGE), most_hz)
    lo, hi = np.log(declared_hz * (1 - REFINE_RANGE)), np.log(highest)
    candidates = np.exp(np.arange(lo, hi, STEP))
    return _read(comb_members(raw, envelopes, candidates, line_hz), candidates, raw.resolution_hz)


def estimate_speed(
    raw: LevelBank,
    envelopes: LevelBank,
    lo_hz: float,
    hi_hz: float,
    line_hz: float | None = None,
) -> SpeedEstimate | None:
    """Estimate an unknown shaft frequency between two limits, or return None.

    None means that no comb stands out, as in `refine_speed`, or that a rival which is not a
    neighbour comes within 3 dB: an estimate at twice or half the speed would name every fault
    wrong.
    """
    candidates = np.exp(np.arange(np.log(lo_hz), np.log(hi_hz), STEP))
    members = comb_members(raw, envelopes, candidates, line_hz)
    comb = _comb(members)
    away = np.abs(candidates / candidates[int(np.argmax(comb))] - 1) > NEIGHBOUR
    if np.any(comb[away] > comb.max() - AMBIGUITY_DB):
        return None
    return _read(members, candidates, raw.resolution_hz)


def _comb(members: Floats) -> RealArray:
    """Return the mean height of the members that count; 0 where under half of them do."""
    counted = np.isfinite(members)
    count = counted.sum(axis=0)
    total = np.where(counted, members, 0.0).sum(axis=0)
    return np.where(2 * count >= len(members), total / np.maximum(count, 1), 0.0)


def _read(members: Floats, candidates: Floats, resolution_hz: float) -> SpeedEstimate | None:
    comb = _comb(members)
    prominence = float(comb.max() - np.median(comb))
    if prominence < PROMINENCE_DB or not _is_family(members[:, int(np.argmax(comb))]):
        return None
    likely = comb >= comb.max() - RIVAL_DB
    for strangers in _STRANGERS:
        rest = _comb(np.delete(members, strangers, axis=0))
        likely |= rest >= rest.max() - PLATEAU_DB
    lo_hz, hi_hz = candidates[likely][[0, -1]]
    shaft_hz = float(lo_hz + hi_hz) / 2
    # The fifth harmonic is read to half a bin.
    reading_hz = resolution_hz / 2 / SHAFT_HARMONICS
    tolerance = (float(hi_hz - lo_hz) / 2 + reading_hz) / shaft_hz
    return SpeedEstimate(shaft_hz, prominence, tolerance) if tolerance <= MOST_UNCERTAIN else None


def _is_family(heights_db: Floats) -> bool:
    """Say whether enough harmonics stand, in either bank; those on the supply's lines do not."""
    known = np.nan_to_num(heights_db, nan=0.0).reshape(2, SHAFT_HARMONICS)
    return int(np.count_nonzero(known.max(axis=0) >= MEMBER_DB)) >= FEWEST_MEMBERS
