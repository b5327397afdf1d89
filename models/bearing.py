"""Bearing diagnosis from vibration: which element, on what evidence, or why not.

A fault is named only where a family of envelope lines stands above every pseudo-line of the same
spectra, modulates deeply, shows the sidebands its kind must have, and no other family of the
same bearing comes near. What stands out without all that is a reason to abstain, not to guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.bank import LevelBank
from dsp.comb import LEAKAGE_BINS
from dsp.lines import LineMatch, read_lines
from dsp.order import DefectLine
from models.finding import Confidence, Evidence, Finding
from sensors.conditions import Condition

CHANCE = 0.01
"""A family counts above the 99th percentile of pseudo-lines."""
RIVAL_CHANCE = 0.02
"""A family this rare, though it does not count itself, can still cast doubt on another."""
DEEP = 0.8
"""Modulation depth at which the impacts carry most of their band's energy. A line of small depth
in a quiet envelope may be high above the floor and still be no defect: healthy machines show
them, and a damaged element makes faint lines of the races."""
NOTICEABLE = 0.4
"""Depth that suffices where sidebands confirm the kind of fault."""
IMPULSIVE = DEEP**2
"""Envelope kurtosis of a clear finding: a smooth modulation of depth m makes m^2 of it, so what is
no more impulsive than that may be a load that turns with the cage, and no impact."""
CLEAR_DB = 6.0
"""Lead over the bar, and over rivals, that makes a finding clear: twice the amplitude."""
SIDEBAND_DB = 10.0
"""Height at which a sideband counts as seen."""
SHARP_DB = 9.0
"""Most by which the second highest of a family's harmonics stands below the highest where impacts
make them. However long they ring, a decay leaves half (-6 dB); a smooth modulation ``1 + m cos`` of
the amplitude leaves a quarter (-12 dB) at most. This lies between."""
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
class Family:
    """One defect line looked for, what was found, and its sidebands' heights in dB."""

    line: DefectLine
    match: LineMatch
    sidebands_db: tuple[float, float] | None

    @property
    def deep(self) -> bool:
        """Whether the impacts dominate their band."""
        return self.match.depth >= DEEP

    @property
    def sharp(self) -> bool:
        """Whether two harmonics are alike, as impacts make them and no smooth modulation does."""
        _, second, first = sorted(self.match.harmonics_db)
        return first - second <= SHARP_DB

    @property
    def is_cage(self) -> bool:
        """Whether this is the cage's line, with which a rolling element modulates its own too."""
        return self.line.condition is Condition.BEARING_CAGE

    @property
    def confirmed(self) -> bool:
        """Whether both sidebands that this kind of fault must print are there."""
        return self.sidebands_db is not None and min(self.sidebands_db) >= SIDEBAND_DB


def families(
    bank: LevelBank, lines: Sequence[DefectLine], matches: Sequence[LineMatch], shaft_hz: float
) -> tuple[Family, ...]:
    """Join each line with its match and read its sidebands."""
    return tuple(
        Family(line, match, _sidebands(bank, line, match, shaft_hz))
        for line, match in zip(lines, matches, strict=True)
    )


def _sidebands(
    bank: LevelBank, line: DefectLine, match: LineMatch, shaft_hz: float
) -> tuple[float, float] | None:
    if line.sideband_order is None:
        return None
    offset = line.sideband_order * shaft_hz
    places = np.array([match.found_hz - offset, match.found_hz + offset])
    low, high = read_lines(bank, match.row, places)[0]
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class BearingVerdict:
    """A named fault, or why none was named; both None where nothing stands out."""

    finding: Finding | None = None
    abstained: str | None = None


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
        return BearingVerdict(abstained=_shadowed(found, shaft_hz))
    # A damaged element goes in and out of the load with the cage, whose line smears less.
    top = max(standing, key=lambda family: (not family.is_cage, family.match.level_db))
    doubt = (
        _rivalled(bank, top, found, shaft_hz)
        or _electrical(bank, top, supply_hz)
        or _unconvincing(bank, top)
    )
    if doubt is not None:
        return BearingVerdict(abstained=doubt)
    return BearingVerdict(
        finding=Finding(
            condition=top.line.condition,
            confidence=_confidence(top, bank.origins[top.match.row].kurtosis),
            evidence=(_evidence(bank, top, shaft_hz),),
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
        and not explains(top, other, shaft_hz, resolution)
    ]
    closest = max(rivals, key=lambda family: family.match.level_db, default=None)
    if closest is None:
        return None
    clear = top.match.level_db - closest.match.level_db >= CLEAR_DB and not top.is_cage
    return None if clear else _ambiguous(top, closest)


def _electrical(bank: LevelBank, top: Family, supply_hz: Sequence[float]) -> str | None:
    """Say where the line may be the supply's, unless sidebands tie it to the shaft."""
    reach = max(LEAKAGE_BINS * bank.resolution_hz, SUPPLY_REACH * top.match.found_hz)
    near = [
        (multiple, line)
        for line in supply_hz
        for multiple in SUPPLY_MULTIPLES
        if abs(multiple * line - top.match.found_hz) < reach
    ]
    if not near or top.confirmed:
        return None
    multiple, line = near[0]
    return (
        f"{top.line.name} of {top.line.bearing} stands {top.match.level_db:.0f} dB over its floor "
        f"at {top.match.found_hz:.1f} Hz, {multiple} times a supply of {line:g} Hz, with which "
        "stator and drive strike too: the two cannot be told apart here; record at another load "
        "or with the power just cut"
    )


def _unconvincing(bank: LevelBank, family: Family) -> str | None:
    """Say what a family lacks to be named."""
    match, condition = family.match, family.line.condition
    if match.depth >= NOTICEABLE and family.confirmed and not family.is_cage:
        return None
    if not family.deep:
        return _shallow(family)
    if not family.sharp or (family.is_cage and not _knocks(bank, family)):
        return _smooth(family)
    if condition is Condition.BEARING_CAGE and match.level_db < match.bar_db + CLEAR_DB:
        return _shallow(family)
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


def explains(top: Family, other: Family, shaft_hz: float, resolution_order: float) -> bool:
    """Whether another family's line is only a harmonic, sideband or spacing of the top one's."""
    order = other.match.found_hz / shaft_hz
    fundamental = top.match.found_hz / shaft_hz
    spacings = {1.0, top.line.sideband_order or 1.0}
    return any(
        abs(abs(multiple * fundamental + side * spacing) - order)
        < 1.5 * resolution_order + 0.003 * order
        for multiple in (0, 0.5, 1, 2, 3)
        for spacing in spacings
        for side in range(-3, 4)
    )


def _shadowed(found: Sequence[Family], shaft_hz: float) -> str | None:
    for family in found:
        if family.match.shadow_db >= family.match.bar_db + CLEAR_DB:
            whole = max(round(family.line.order), 1)
            return (
                f"impacts repeat at {whole} x shaft speed ({whole * shaft_hz:.1f} Hz, "
                f"{family.match.shadow_db:.0f} dB over the floor), where {family.line.name} of "
                f"{family.line.bearing} ({family.line.order:.3f}) may stand too: the two cannot be "
                "told apart at this speed; record at another speed or load"
            )
    return None


def _ambiguous(top: Family, rival: Family) -> str:
    return (
        f"lines of {top.line.name} ({top.match.level_db:.0f} dB) and {rival.line.name} "
        f"({rival.match.level_db:.0f} dB) of {top.line.bearing} both stand out: damage is "
        "possible but its place is ambiguous; compare with this motor's own baseline"
    )


def _shallow(top: Family) -> str:
    return (
        f"{top.line.name} of {top.line.bearing} stands {top.match.level_db:.0f} dB over its floor "
        f"at {top.match.found_hz:.1f} Hz but modulates only {top.match.depth:.2f} of its band "
        f"({DEEP:g} is a clear defect): too faint to name; watch its trend"
    )


def _smooth(top: Family) -> str:
    harmonics = "/".join(f"{h:.0f}" for h in top.match.harmonics_db)
    return (
        f"{top.line.name} of {top.line.bearing} modulates {top.match.depth:.2f} of its band at "
        f"{top.match.found_hz:.1f} Hz but smoothly (harmonics {harmonics} dB): a load that comes "
        "and goes, and no impacts, which have harmonics alike; watch its trend"
    )


def _evidence(bank: LevelBank, family: Family, shaft_hz: float) -> Evidence:
    line, match = family.line, family.match
    origin = bank.origins[match.row]
    channel, band = origin.channel, origin.band_hz
    expected = line.order * shaft_hz
    harmonics = "/".join(f"{h:.0f}" for h in match.harmonics_db)
    text = (
        f"{line.name} of {line.bearing} at {match.found_hz:.1f} Hz (expected {expected:.1f}, "
        f"{match.found_hz / expected - 1:+.1%}): harmonics {harmonics} dB over the floor, chance "
        f"lines stay under {match.bar_db:.0f} dB; depth {match.depth:.2f}, kurtosis "
        f"{origin.kurtosis:.1f} in "
        f"{band[0] / 1000:.1f}-{band[1] / 1000:.1f} kHz of {channel}"
    )
    if family.sidebands_db is not None:
        low, high = family.sidebands_db
        text += f"; sidebands {low:.0f}/{high:.0f} dB"
    return Evidence(
        text=text,
        channel=channel,
        line=line.name,
        expected_hz=expected,
        found_hz=match.found_hz,
        level_db=match.level_db,
        chance=match.chance,
        band_hz=band,
    )
