"""What a faint family shows: harmonics, sidebands, depth; and a bank without what it made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from dsp.likelihood import JITTERS, SIDES, WIDTHS, Shape, Tables, smear, tabulate
from dsp.pooled import FLOOR_STEP, PADDING, PooledBank

LEAKAGE_BINS = 2.5
"""So far the window leaks of the strongest line."""
FLANK = 8.0
"""Most by which a line is taken away wider than it is at half its height."""
OWN_ALONE = (tuple(range(14)), (0,))
"""Harmonics and sidebands that may be a family's own; further up, jitter smears them into one."""
OWN_WITH_SIDES = (tuple(k / 2 for k in range(9)), tuple(range(-4, 5)))
"""The same where it has sidebands. Halves, for every second passage of a damaged element is another
race's."""
OWN_SIDES = (-1, 0, 1)
"""A harmonic and the sidebands that carry most of what a load zone spreads."""
TAPER_BINS = 1.15
"""Noise bandwidth of the bank's window: what a line's power is spread over, in bins."""


@dataclass(frozen=True, slots=True)
class FaintMatch:
    """The likeliest family inside one line's tolerance.

    Attributes
    ----------
    found_hz : float
        Its fundamental.
    score : float
        Log-likelihood over noise.
    chance : float
        Chance that pseudo-lines reach it, by Gumbel's law.
    spread : float
        The law's b as the pseudo-lines show it: little over 1 where they are noise's.
    depth : float
        Modulation depth of the first three harmonics together, noise taken off.
    harmonics_db : tuple of float
        Height of the first three harmonics over the floor.
    row : int
        Row of the bank it was found in.
    jitter : float
        Random slip that suits it best, of `JITTERS`.
    """

    found_hz: float
    score: float
    chance: float
    spread: float
    depth: float
    harmonics_db: tuple[float, ...]
    row: int
    jitter: float


def cleaned(bank: PooledBank, shape: Shape, found_hz: float, shaft_hz: float) -> PooledBank:
    """Return a bank with noise's mean in place of the lines that a family may have made.

    Parameters
    ----------
    bank : PooledBank
        Where it stands.
    shape : Shape
        Of the family.
    found_hz, shaft_hz : float
        Its fundamental, and the shaft frequency by which it was looked for.
    """
    spacing_hz = (shape.sideband_order or 0.0) * shaft_hz
    if shape.of_order is not None:
        spacing_hz *= found_hz / shaft_hz / shape.of_order
    powers, loudest = bank.powers.copy(), bank.powers.max(axis=0)
    own = OWN_WITH_SIDES if spacing_hz else OWN_ALONE
    for harmonic, place in product(*own):
        wide = float(smear(bank, harmonic, np.array([found_hz]), JITTERS[-1])[0])
        centre = round(abs(harmonic * found_hz + place * spacing_hz) / bank.resolution_hz)
        height = float(loudest[_around(centre, 1 + wide / 2)].max(initial=0.0))
        # The flanks of a smeared line die away with the square of the distance.
        reach = LEAKAGE_BINS + wide / 2 * min(max(2 * height, 1.0) ** 0.5, FLANK)
        powers[:, _around(centre, reach)] = 1.0
    return replace(bank, powers=powers)


def read_harmonics(
    bank: PooledBank, row: int, found_hz: float, jitter: float
) -> tuple[tuple[float, ...], float]:
    """Return the heights in dB of three harmonics, and their depth without the floor's share."""
    heights, squared = [], 0.0
    for harmonic in (1, 2, 3):
        near = _near(bank, found_hz, harmonic, jitter)
        powers = np.maximum(bank.powers[row, near], np.finfo(np.float32).tiny)
        heights.append(10 * float(np.log10(powers.max(initial=np.finfo(np.float32).tiny))))
        place = min(near.start // FLOOR_STEP, bank.floors.shape[-1] - 1)
        floor = float(bank.floors[row, place])
        squared += max(floor * float(np.sum(powers - 1)), 0.0) / (PADDING * TAPER_BINS)
    return tuple(heights), float(np.sqrt(squared))


def _near(bank: PooledBank, found_hz: float, harmonic: int, jitter: float) -> slice:
    """Return the bins over which a harmonic is smeared."""
    wide = float(smear(bank, harmonic, np.array([found_hz]), jitter)[0])
    return _around(round(harmonic * found_hz / bank.resolution_hz), 1 + wide / 2)


def _around(centre: int, reach: float) -> slice:
    """Return the bins so many of the window's to either side of one of the bank's."""
    wide = round(reach * PADDING)
    return slice(max(centre - wide, 0), centre + wide + 1)


def power_over_noise(
    bank: PooledBank, match: FaintMatch, harmonic: int, spacing_hz: float = 0.0
) -> float:
    """Return the power of one harmonic of a match without the noise's, in mean noise powers.

    Parameters
    ----------
    bank : PooledBank
        Where it was found.
    match : FaintMatch
        The family.
    harmonic : int
        Which, from 1.
    spacing_hz : float
        Of its sidebands, into which a load zone spreads its power; 0 where it has none.
    """
    places = OWN_SIDES if spacing_hz else (0,)
    wide = 1 + float(smear(bank, harmonic, np.array([match.found_hz]), match.jitter)[0]) / 2
    total = 0.0
    for place in places:
        hz = abs(harmonic * match.found_hz + place * spacing_hz)
        powers = bank.powers[match.row, _around(round(hz / bank.resolution_hz), wide)]
        total += float(np.sum(powers - 1))
    return max(total, 0.0) / (PADDING * TAPER_BINS)


def side_score(
    bank: PooledBank, match: FaintMatch, spacings_hz: Sequence[float]
) -> tuple[float, float]:
    """Return the log-likelihood of a match's sidebands and at which spacing they are likeliest."""
    tables = _own_tables(bank, match)
    return max((_sides(bank, tables, match, spacing), spacing) for spacing in spacings_hz)


def _sides(bank: PooledBank, tables: Tables, match: FaintMatch, spacing_hz: float) -> float:
    total = 0.0
    for harmonic, place in SIDES:
        hz = abs(harmonic * match.found_hz + place * spacing_hz)
        total += _line_score(bank, tables, match, harmonic, hz)
    return total


def harmonic_score(bank: PooledBank, match: FaintMatch, harmonics: Sequence[int]) -> float:
    """Return the log-likelihood of some harmonics of a match together."""
    tables = _own_tables(bank, match)
    return sum(_line_score(bank, tables, match, k, k * match.found_hz) for k in harmonics)


def _own_tables(bank: PooledBank, match: FaintMatch) -> Tables:
    """Tabulate the row in which a match was found."""
    return tabulate(bank.powers[match.row : match.row + 1])


def _line_score(
    bank: PooledBank, tables: Tables, match: FaintMatch, harmonic: int, hz: float
) -> float:
    """Return the log-likelihood of what stands somewhere, smeared as a harmonic of a match is."""
    at = min(round(hz / bank.resolution_hz), bank.powers.shape[-1] - 1)
    wide = float(smear(bank, harmonic, np.array([match.found_hz]), match.jitter)[0])
    width = max((one for one in WIDTHS if one <= wide), default=WIDTHS[0])
    return float(tables[width][at, 0])
