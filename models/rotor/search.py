"""Bars looked for over every slip that the motor may have: where slip is not known, or doubtful.

Nothing is named so: a line of a swinging load anywhere in so wide a window looks the same. But what
stands there is a doubt, and only where nothing does, at any slip that the load allows, is a rotor
whose slip is unknown called sound.
"""

from dataclasses import dataclass

from dsp.sidebands import SidebandPair
from models.rotor.limits import RotorLimits
from models.rotor.load import RotorLoad
from models.rotor.slip_range import plausible_slips
from models.rotor.view import SLIP_CYCLES, WINDOW_BINS, LineView, RotorView, cage_pair
from sensors.errors import WindowTooShort
from sensors.motor import Nameplate

BY_CURRENT = (0.5, 1.4)
"""Share of rated load over what the current says of it: no-load current differs that much."""


@dataclass(frozen=True, slots=True)
class SlipSearch:
    """What a search over all plausible slips came to.

    Attributes
    ----------
    pair : SidebandPair or None
        The highest pair, ranked among windows as wide; None where there is no room to rank it.
    lo, hi : float
        Slips that were searched.
    covered : bool
        Whether they are all that the load allows, and far enough from the line to be seen.
    """

    pair: SidebandPair | None
    lo: float
    hi: float
    covered: bool


def search_slips(
    view: RotorView | LineView, plate: Nameplate, load: RotorLoad | None
) -> SlipSearch:
    """Look for the cage's sidebands at every slip that nameplate and load allow."""
    line_hz = view.track.hz
    lo, hi = _slips(plate, load)
    seen = SLIP_CYCLES / (2 * line_hz * view.current.duration_s)
    first = max(lo, seen)
    covered = load is not None and lo >= seen
    if hi <= first:
        return SlipSearch(None, first, hi, False)
    middle, reach = (first + hi) / 2, (hi - first) / 2
    try:
        pair = cage_pair(view.frame, line_hz, view.pole_pairs, middle, reach)
    except WindowTooShort:
        return SlipSearch(None, first, hi, False)
    return SlipSearch(pair, first, hi, covered)


def _slips(plate: Nameplate, load: RotorLoad | None) -> tuple[float, float]:
    if load is None:
        return plausible_slips(plate, None)
    less, more = (1.0, 1.0) if load.source == "declared" else BY_CURRENT
    lo, _ = plausible_slips(plate, less * load.share)
    _, hi = plausible_slips(plate, more * load.share)
    return lo, hi


def stands(pair: SidebandPair | None, limits: RotorLimits) -> bool:
    """Say whether a pair stands beyond chance, as high as suspect bars."""
    return (
        pair is not None
        and pair.chance <= limits.chance
        and pair.highest_dbc >= limits.bars.suspect_dbc
    )


def bars_elsewhere(
    view: RotorView, plate: Nameplate, load: RotorLoad | None, limits: RotorLimits
) -> str | None:
    """Say where a pair stands that would be bars at another slip than was found; None where none.

    Only a lower line that leads is none of a swinging load's. Two sources that agree on the slip
    leave no room for another.
    """
    if len(view.estimates) > 1 and view.conflict is None:
        return None
    pair = search_slips(view, plate, load).pair
    if pair is None or not stands(pair, limits):
        return None
    apart_hz = abs(pair.offset_hz - 2 * view.slip.slip * view.track.hz)
    reach_hz = 2 * view.slip.uncertainty * view.track.hz + WINDOW_BINS * view.frame.resolution_hz
    leads = pair.lower_dbc - pair.upper_dbc >= limits.swing.least_asymmetry_db
    if apart_hz <= reach_hz or not leads:
        return None
    return (
        f"{say_lines(pair)} would be broken bars at slip {pair.offset_hz / view.track.hz / 2:.2%}, "
        f"but slip is {view.slip.text}: measure the speed"
    )


def say_lines(pair: SidebandPair) -> str:
    """Say where a pair stands and how high."""
    return (
        f"sidebands {pair.offset_hz:.2f} Hz beside the line at {pair.lower_dbc:.1f} (lower) and "
        f"{pair.upper_dbc:.1f} dBc (upper)"
    )
