"""One family of bearing lines as it was found: how high, deep and sharp, with which sidebands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.bank import LevelBank
from dsp.lines import LineMatch, read_lines
from dsp.order import DefectLine
from sensors.conditions import Condition

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


def explains(
    top: DefectLine, top_hz: float, other_hz: float, shaft_hz: float, resolution_order: float
) -> bool:
    """Whether a line found elsewhere is only a harmonic, sideband or spacing of the top one's."""
    order, fundamental = other_hz / shaft_hz, top_hz / shaft_hz
    spacings = {1.0, top.sideband_order or 1.0}
    return any(
        abs(abs(multiple * fundamental + side * spacing) - order)
        < 1.5 * resolution_order + 0.003 * order
        for multiple in (0, 0.5, 1, 2, 3)
        for spacing in spacings
        for side in range(-3, 4)
    )
