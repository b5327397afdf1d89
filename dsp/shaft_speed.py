"""The shaft's frequency read off its own lowest lines, one of which may be all that there is."""

import math
from collections.abc import Sequence

from dsp.bank import FLOOR_ORDERS, level_over_floor
from dsp.shaft_line import CLEAR_BINS, GRID_TOLERANCE
from dsp.spectrum import BlockSpectrum, amplitude, tone

REFINED_ORDERS = (1, 2, 3)
"""Orders off which the speed is read."""
FINEST = 1e-5
"""No speed is read finer than this, relative."""
CLEAR_DB = 15.0
"""A line that refines the speed stands this far over its floor."""
AT_HOME = 0.01
"""Lines this near to the declared speed, relative, speak for it against stronger ones elsewhere."""


def confirm_speed(
    spectra: Sequence[BlockSpectrum],
    shaft_hz: float,
    within: float,
    line_hz: float | None,
    *,
    most_hz: float = math.inf,
) -> tuple[float, float] | None:
    """Look for the shaft's lines around a declared speed that may be well off.

    Two of the first three orders must be clear at the same speed: one line alone may be anything.
    Where two stand as declared, a neighbour's or a belt's stronger ones are not taken for them.

    Returns
    -------
    shaft_hz, tolerance : float, or None
        None where no two are, two pairs speak for two speeds, or it is faster than `most_hz`.
    """
    found = _two_lines(spectra, shaft_hz, within, line_hz)
    if found is not None and found[0] > most_hz:
        return None
    home = found and _two_lines(spectra, shaft_hz, AT_HOME, line_hz)
    if found is None or not home:
        return found
    # Nearer than this it may be the skirt of the same lines.
    apart_hz = CLEAR_BINS * max(s.resolution_hz for s in spectra) / max(REFINED_ORDERS)
    return found if abs(found[0] - home[0]) <= apart_hz else None


def _two_lines(
    spectra: Sequence[BlockSpectrum], shaft_hz: float, within: float, line_hz: float | None
) -> tuple[float, float] | None:
    """Read the clearest line within a range, where another order is clear at the same speed."""
    hz, tolerance = refine(spectra, shaft_hz, within, line_hz)
    if tolerance >= within:
        return None
    clear = {
        order
        for spectrum in spectra
        for order in REFINED_ORDERS
        if _clearest(spectrum, hz, order, tolerance, line_hz)[0] > CLEAR_DB
    }
    return (hz, tolerance) if len(clear) > 1 else None


def refine(
    spectra: Sequence[BlockSpectrum], shaft_hz: float, tolerance: float, line_hz: float | None
) -> tuple[float, float]:
    """Read the shaft's frequency off its clearest line among orders 1 to 3.

    Lines that may be the supply's own are left out. Where none is clear the speed stays as given.

    Returns
    -------
    shaft_hz, tolerance : float
        Frequency, and relative uncertainty: a quarter of a bin at the line that was read.
    """
    best = (CLEAR_DB, shaft_hz, tolerance)
    for spectrum in spectra:
        for order in REFINED_ORDERS:
            level, hz = _clearest(spectrum, shaft_hz, order, tolerance, line_hz)
            if level > best[0]:
                within = max(spectrum.resolution_hz / 4 / hz, FINEST)
                best = (level, hz / order, within)
    return best[1], min(best[2], tolerance)


def _clearest(
    spectrum: BlockSpectrum, shaft_hz: float, order: int, tolerance: float, line_hz: float | None
) -> tuple[float, float]:
    """Return height over the floor and frequency of the highest line near an order of the shaft."""
    half_hz = max(order * shaft_hz * tolerance, spectrum.resolution_hz)
    lo, hi = order * shaft_hz - half_hz, order * shaft_hz + half_hz
    if hi > 0.9 * spectrum.nyquist_hz or _may_be_supply(lo, hi, line_hz, spectrum):
        return 0.0, order * shaft_hz
    found_hz = tone(spectrum, lo, hi)[0]
    size = min(spectrum.index(5 * shaft_hz) + 1, spectrum.bins.size)
    block = round(FLOOR_ORDERS * shaft_hz / spectrum.resolution_hz)
    levels = level_over_floor(amplitude(spectrum, bins=size), block)
    return float(levels[min(round(found_hz / spectrum.resolution_hz), size - 1)]), found_hz


def _may_be_supply(lo: float, hi: float, line_hz: float | None, spectrum: BlockSpectrum) -> bool:
    if line_hz is None:
        return False
    clear = CLEAR_BINS * spectrum.resolution_hz
    return any(
        lo - clear < k * line_hz * (1 + GRID_TOLERANCE)
        and k * line_hz * (1 - GRID_TOLERANCE) < hi + clear
        for k in (1, 2, 3, 4)
    )
