"""Bearing diagnosis from vibration: which element, on what evidence, or why not.

A fault is named only where a family of envelope lines stands above every pseudo-line of the same
spectra, modulates deeply and as impacts do, shows the sidebands its kind must have, and no other
family of the same bearing, nor the electrical supply, comes near. What stands out without all that
is a reason to abstain, not to guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.bank import LevelBank
from dsp.comb import LEAKAGE_BINS
from dsp.lines import read_lines
from models.bearing.family import CLEAR_DB, IMPULSIVE, NOTICEABLE, RIVAL_CHANCE, Family, explains
from models.bearing.words import (
    evidence_of,
    say_ambiguous,
    say_electrical,
    say_faint,
    say_shadowed,
    say_shallow,
    say_smooth,
)
from models.finding import Confidence, Finding
from sensors.conditions import Condition

CHANCE = 0.01
"""A family counts above the 99th percentile of pseudo-lines."""
KNOCKS = 4
"""Harmonic of the cage by which its own knocks are told from a load that goes round with it. A load
zone (``cos^1.5`` over half a turn) has three harmonics in the squared envelope; its fourth is 20 dB
down."""
KNOCK_DB = 12.0
"""Most by which that harmonic stands below the highest where the cage itself knocks."""
SUPPLY_MULTIPLES = (2, 4, 6)
"""Magnetic pull strikes at twice the supply's frequency, and again at its multiples."""
SUPPLY_REACH = 0.003
"""Relative distance at which a line may be the supply's: grids hold 0.2 %, clocks nearly so."""


@dataclass(frozen=True, slots=True)
class BearingVerdict:
    """A named fault, or why none was named; both None where nothing stands out.

    Attributes
    ----------
    finding : Finding or None
        What is named.
    abstained : str or None
        Why nothing is.
    clear : bool
        Whether what stands out is deep and clear of every pseudo-line. What only just stands out
        does so in one healthy window of ten, where many bearings and lines are looked for, and
        what is shallow is better seen in all channels together (`models.bearing.faint`).
    """

    finding: Finding | None = None
    abstained: str | None = None
    clear: bool = True


def judge_families(
    bank: LevelBank, found: Sequence[Family], shaft_hz: float, *, supply_hz: Sequence[float]
) -> BearingVerdict:
    """Name the fault whose family stands alone, or say what forbids it.

    Parameters
    ----------
    bank : LevelBank
        Envelope spectra in which the families were found.
    found : sequence of Family
        All families of one bearing.
    shaft_hz : float
        Shaft frequency.
    supply_hz : sequence of float
        Frequencies that the electrical supply may have.
    """
    standing = [family for family in found if family.match.chance <= CHANCE]
    if not standing:
        return BearingVerdict(abstained=say_shadowed(found, shaft_hz))
    # A damaged element goes in and out of the load with the cage, whose line smears less.
    top = max(standing, key=lambda family: (not family.is_cage, family.match.level_db))
    doubt = (
        _rivalled(bank, top, found, shaft_hz)
        or _electrical(bank, top, supply_hz)
        or _unconvincing(bank, top)
    )
    if doubt is not None:
        clear = top.match.level_db >= top.match.bar_db + CLEAR_DB and top.deep
        return BearingVerdict(abstained=doubt, clear=clear)
    return BearingVerdict(
        finding=Finding(
            condition=top.line.condition,
            confidence=_confidence(top, bank.origins[top.match.row].kurtosis),
            evidence=(evidence_of(bank, top, shaft_hz),),
        )
    )


def _rivalled(bank: LevelBank, top: Family, found: Sequence[Family], shaft_hz: float) -> str | None:
    """Say which other family stands out too; a cage is named only where none does."""
    resolution = bank.resolution_hz / shaft_hz
    rivals = [
        other
        for other in found
        if other is not top
        and other.match.chance <= RIVAL_CHANCE
        and not explains(top.line, top.match.found_hz, other.match.found_hz, shaft_hz, resolution)
    ]
    closest = max(rivals, key=lambda family: family.match.level_db, default=None)
    if closest is None:
        return None
    clear = top.match.level_db - closest.match.level_db >= CLEAR_DB and not top.is_cage
    return None if clear else say_ambiguous(top, closest)


def _electrical(bank: LevelBank, top: Family, supply_hz: Sequence[float]) -> str | None:
    """Say where the line may be the supply's, unless sidebands tie it to the shaft."""
    near = supply_multiple(top.match.found_hz, supply_hz, bank.resolution_hz)
    if near is None or top.confirmed:
        return None
    return say_electrical(top.line, top.match.found_hz, top.match.level_db, *near)


def supply_multiple(
    hz: float, supply_hz: Sequence[float], resolution_hz: float
) -> tuple[int, float] | None:
    """Return at which multiple of which supply a line stands; None where at none."""
    reach = max(LEAKAGE_BINS * resolution_hz, SUPPLY_REACH * hz)
    near = [
        (multiple, line)
        for line in supply_hz
        for multiple in SUPPLY_MULTIPLES
        if abs(multiple * line - hz) < reach
    ]
    return near[0] if near else None


def _unconvincing(bank: LevelBank, family: Family) -> str | None:
    """Say what a family lacks to be named."""
    match = family.match
    if match.depth >= NOTICEABLE and family.confirmed and not family.is_cage:
        return None
    if not family.deep:
        return say_shallow(family)
    if not family.sharp or (family.is_cage and not _knocks(bank, family)):
        return say_smooth(family)
    if family.is_cage and match.level_db < match.bar_db + CLEAR_DB:
        return say_faint(family)
    return None


def _knocks(bank: LevelBank, family: Family) -> bool:
    place = np.array([KNOCKS * family.match.found_hz])
    height = float(read_lines(bank, family.match.row, place)[0][0])
    return height >= max(family.match.harmonics_db) - KNOCK_DB


def _confidence(family: Family, kurtosis: float) -> Confidence:
    if not (family.deep and family.sharp):
        return "low"
    clear = family.match.level_db >= family.match.bar_db + CLEAR_DB and kurtosis >= IMPULSIVE
    if not clear or family.is_cage:
        return "medium"
    needs_sidebands = family.line.condition is Condition.BEARING_ROLLING_ELEMENT
    return "high" if family.confirmed or not needs_sidebands else "medium"
