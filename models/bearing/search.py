"""Which bearing this could be, where nobody knows: the catalogue ranked by what stands out.

The result is provisional by nature: many bearings share a line, and an outer race of one is the
inner race of another. It says what to find out next, and names no fault.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from dsp.bank import LevelBank
from dsp.comb import LEAKAGE_BINS, SHAFT_GUARD, CombProfile, comb_profile
from dsp.lines import read_lines
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine, defect_lines
from dsp.spectrum import RealArray
from models.bearing.family import CLEAR_DB, DEEP
from models.finding import Candidate
from sensors.motor import Bearing

ORDERS = (1.5, 15.0)
"""Race lines of usual bearings lie here."""
LADDER = (-3, -2, -1, 0, 1, 2, 3)
"""Sidebands of a load zone, in orders, of which one may look like a fundamental."""
SHOWN = 5
DOUBT = 0.03
"""Slip, and what the speed may be off, relative: nearer than this an order may be a line's own."""


def rank_bearings(
    bank: LevelBank, shaft_hz: float, bearings: Iterable[Bearing]
) -> tuple[Candidate, ...]:
    """Rank the bearings of which a line stands where the strongest family does.

    Returns
    -------
    tuple of Candidate
        Nearest first, at most five; empty where nothing stands out clearly and deeply.
    """
    profile = comb_profile(bank, shaft_hz=shaft_hz, top_order=ORDERS[1])
    inside = profile.orders >= ORDERS[0]
    levels = np.where(inside, profile.levels_db, 0.0)
    at = int(np.argmax(levels))
    row = int(profile.rows[at])
    order = _fundamental(bank, profile, levels, at, shaft_hz)
    _, depths = read_lines(bank, row, order * shaft_hz * np.arange(1.0, 4.0))
    bar = float(np.quantile(levels[inside & _away(profile.orders, order)], 0.99))
    if levels[at] < bar + CLEAR_DB or np.sqrt(np.sum(depths**2)) < DEEP:
        return ()
    reach = LEAKAGE_BINS * bank.resolution_hz / shaft_hz
    found = [
        Candidate(
            bearing=bearing.name,
            condition=line.condition,
            order=order,
            expected_order=line.order,
            level_db=float(levels[at]),
        )
        for bearing in bearings
        for line in defect_lines(bearing)
        if -SLIP_BELOW * line.order - reach < order - line.order < SLIP_ABOVE * line.order + reach
    ]
    # Elements roll with about 1 % slip: the nearest is judged from there, not from zero.
    return tuple(
        sorted(found, key=lambda c: abs(c.order / c.expected_order - (1 - SLIP_BELOW / 2)))[:SHOWN]
    )


def _fundamental(
    bank: LevelBank, profile: CombProfile, levels: RealArray, at: int, shaft_hz: float
) -> float:
    """Return the order in the middle of a family, where the strongest comb may be a sideband's.

    Lines one order apart are the sidebands of one family: a load zone leaves an inner race's as
    high as its own line, or higher. Harmonics stand highest at multiples of the fundamental alone.
    """
    orders, row = profile.orders, int(profile.rows[at])
    thrice = shaft_hz * np.arange(1.0, 4.0)
    own = float(read_lines(bank, row, orders[at] * thrice)[0].sum())
    reach = SHAFT_GUARD + LEAKAGE_BINS * bank.resolution_hz / shaft_hz
    found = [(own + CLEAR_DB, float(orders[at]))]
    for side in LADDER:
        near = np.abs(orders - orders[at] - side) < reach
        for one in np.flatnonzero(near & (levels >= levels[at] - CLEAR_DB)):
            heights, _ = read_lines(bank, row, orders[one] * thrice)
            found.append((float(heights.sum()), float(orders[one])))
    return max(found)[1]


def _away(orders: npt.NDArray[np.float64], order: float) -> npt.NDArray[np.bool_]:
    """Mark orders that are neither the family's own nor its multiples, parts or sidebands."""
    keep = np.ones(orders.size, np.bool_)
    for multiple in (1 / 3, 0.5, 2 / 3, 1, 1.5, 2, 3):
        for side in range(-3, 4):
            keep &= np.abs(orders - abs(multiple * order + side)) > 0.03 * order
    return keep


def doubt_bearings(candidates: tuple[Candidate, ...], declared: Sequence[Bearing]) -> str | None:
    """Say that impacts repeat as no declared bearing makes them; None where one may."""
    first = candidates[0]
    if any(_may_make(line, first.order) for b in declared for line in defect_lines(b)):
        return None
    ours = ", ".join(bearing.name for bearing in declared)
    fits = ", ".join(c.bearing for c in candidates)
    return (
        f"impacts repeat at {first.order:.3f} orders ({first.level_db:.0f} dB over the floor), "
        f"which {ours} as declared cannot make; {fits} would fit: check the bearing's number"
    )


def _may_make(line: DefectLine, order: float) -> bool:
    """Whether an order is a family's own, a part or multiple of it, or one of its sidebands."""
    spacing = line.sideband_order or 0.0
    own = [multiple * line.order for multiple in (0.5, 1, 2, 3)]
    # A cage's sidebands stand so close that more of them would explain any order.
    sides = LADDER if line.sideband_order == 1.0 else (-1, 1)
    beside = [abs(multiple * line.order + side * spacing) for multiple in (1, 2) for side in sides]
    return any(abs(made - order) < DOUBT * order for made in own + beside)


def advise(candidates: tuple[Candidate, ...], shaft_hz: float) -> str:
    """Say what stands out and which one fact would settle it."""
    first = candidates[0]
    names = ", ".join(f"{c.bearing} ({c.condition.value})" for c in candidates)
    return (
        f"bearing unknown: impacts repeat at {first.order:.3f} orders "
        f"({first.order * shaft_hz:.1f} Hz, {first.level_db:.0f} dB over the floor), which would "
        f"fit {names}; provisional. The bearing's number, stamped on its ring or in the motor's "
        "data sheet, would settle it: give it with --bearing or in motor.toml"
    )
