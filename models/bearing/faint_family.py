"""Faint families of one bearing: its lines looked for in all channels beside it at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from dsp.comb import HARMONICS
from dsp.faint import PSEUDO_RANGE, FaintSearch, search_faint
from dsp.faint_family import FaintMatch, cleaned, side_score
from dsp.likelihood import Shape
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine
from dsp.pooled import PADDING, PooledBank, pooled_banks
from models.bearing.reading import WIDE_TOLERANCE, Spectra
from models.shaft_speed import ShaftSpeed
from sensors.conditions import Condition

CAGE_HARMONICS = 6
"""Members of a cage's family: knocks come slowly, so many harmonics stay below what they ring."""
SLIP = (SLIP_BELOW - SLIP_ABOVE) / 2
"""Middle of what elements slip, by which a line tells the speed."""
SLIP_TOLERANCE = (SLIP_BELOW + SLIP_ABOVE) / 2


@dataclass(frozen=True, slots=True)
class Heard:
    """Bearings that share channels: their lines, and the pooled spectra of those channels."""

    lines: Sequence[DefectLine]
    bank: PooledBank


@dataclass(frozen=True, slots=True)
class FaintFamily:
    """One line looked for in pooled spectra, and what was found.

    Attributes
    ----------
    line : DefectLine
        What was looked for.
    match : FaintMatch
        What was found.
    heard : Heard
        Where.
    speed : ShaftSpeed
        At what speed.
    wide : bool
        As if that speed were off.
    """

    line: DefectLine
    match: FaintMatch
    heard: Heard
    speed: ShaftSpeed
    wide: bool

    @property
    def way(self) -> tuple[bool, bool]:
        """How it was looked for: as if the speed were off, and in virtual channels."""
        return self.wide, self.heard.bank.together

    @property
    def resolution_hz(self) -> float:
        """One over the length of the window."""
        return PADDING * self.heard.bank.resolution_hz

    @property
    def shaft_hz(self) -> float:
        """The speed by which it is judged: the line itself tells one that is off."""
        told_hz = self.match.found_hz / (self.line.order * (1 - SLIP))
        return told_hz if self.wide else self.speed.hz

    @property
    def sides(self) -> tuple[float, float] | None:
        """Log-likelihood of its sidebands and their spacing in Hz; None where its kind has none."""
        if self.line.sideband_order is None:
            return None
        spacing = self.line.sideband_order * self.shaft_hz
        reach = spacing * (SLIP_TOLERANCE if self.wide else self.speed.tolerance)
        places = np.arange(-reach, reach + 1e-9, self.resolution_hz / PADDING**2)
        spacings = [spacing, *(spacing + places).tolist()]
        return side_score(self.heard.bank, self.match, spacings)

    def beside(self, other: "FaintFamily") -> "FaintFamily | None":
        """Return what is left of this family once the lines of another are taken away."""
        bank = cleaned(
            self.heard.bank,
            _shape(other.line, wide=other.wide),
            other.match.found_hz,
            other.speed.hz,
        )
        left = faint_families(Heard((self.line,), bank), self.speed, looks=(self.wide,))
        return left[0] if left else None


def listen(
    bearings: Sequence[tuple[Spectra, Sequence[DefectLine]]], shaft_hz: float
) -> Iterator[Heard]:
    """Pool the spectra beside each bearing, once for neighbours that share them.

    Twice where the channels move together. What is wanted of one is best taken before the next is
    asked for: each holds megabytes.
    """
    highest = max(line.order for _, lines in bearings for line in lines)
    top = HARMONICS * PSEUDO_RANGE[1] * highest + 2
    beside = groupby(bearings, key=lambda one: tuple(name for name, _ in one[0]))
    for _, sharing in beside:
        shared = list(sharing)
        lines = [line for _, own in shared for line in own]
        for bank in pooled_banks(shared[0][0], shaft_hz=shaft_hz, top_order=top):
            yield Heard(lines, bank)


def faint_families(heard: Heard, speed: ShaftSpeed, *, looks: Sequence[bool]) -> list[FaintFamily]:
    """Look for every line of some bearings in the channels beside them.

    Parameters
    ----------
    heard : Heard
        The bearings' lines, and where to look.
    speed : ShaftSpeed
        Of the shaft.
    looks : sequence of bool
        How often each is looked for, and whether as if that speed were off: the line found tells
        by how much, and so where sidebands stand.

    Returns
    -------
    list of FaintFamily
        Look by look; without the lines of which nothing can be claimed.
    """
    tried = [(line, wide) for wide in looks for line in heard.lines]
    searches = [_search(line, speed, wide) for line, wide in tried]
    found = search_faint(heard.bank, searches, shaft_hz=speed.hz)
    return [
        FaintFamily(line, match, heard, speed, wide)
        for (line, wide), match in zip(tried, found, strict=True)
        if match is not None
    ]


def _search(line: DefectLine, speed: ShaftSpeed, wide: bool) -> FaintSearch:
    return FaintSearch(
        line,
        _shape(line, wide=wide),
        speed_tolerance=WIDE_TOLERANCE if wide else speed.tolerance,
        spacing_tolerance=SLIP_TOLERANCE if wide else speed.tolerance,
    )


def _shape(line: DefectLine, *, wide: bool) -> Shape:
    if line.condition is Condition.BEARING_CAGE:
        return Shape(CAGE_HARMONICS)
    follows = wide and line.sideband_order is not None
    return Shape(HARMONICS, line.sideband_order, line.order * (1 - SLIP) if follows else None)
