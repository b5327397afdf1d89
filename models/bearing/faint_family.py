"""Faint families of one bearing: its lines looked for in all channels beside it at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from dsp.comb import HARMONICS
from dsp.faint import PSEUDO_RANGE, search_faint
from dsp.faint_family import FaintMatch, cleaned, side_score
from dsp.likelihood import Shape, Tables, tabulate
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine
from dsp.pooled import PADDING, PooledBank, pooled_bank
from models.bearing.reading import WIDE_TOLERANCE, Spectra
from models.shaft_speed import ShaftSpeed
from sensors.conditions import Condition
from sensors.errors import WindowTooShort

CAGE_HARMONICS = 6
"""Members of a cage's family: knocks come slowly, so many harmonics stay below what they ring."""
SLIP = (SLIP_BELOW - SLIP_ABOVE) / 2
"""Middle of what elements slip, by which a line tells the speed."""
SLIP_TOLERANCE = (SLIP_BELOW + SLIP_ABOVE) / 2


@dataclass(frozen=True, slots=True)
class Heard:
    """One bearing: its lines, and the pooled spectra of the channels beside it."""

    lines: Sequence[DefectLine]
    bank: PooledBank
    tables: Tables


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
        return side_score(self.heard.bank, self.heard.tables, self.match, spacings)

    def beside(self, other: "FaintFamily") -> "FaintFamily | None":
        """Return what is left of this family once the lines of another are taken away."""
        bank = cleaned(
            self.heard.bank,
            _shape(other.line, wide=other.wide),
            other.match.found_hz,
            other.speed.hz,
        )
        heard = Heard((self.line,), bank, tabulate(bank.powers))
        return next(faint_families(heard, self.speed, wide=self.wide), None)


def listen(
    bearings: Sequence[tuple[Spectra, Sequence[DefectLine]]], shaft_hz: float
) -> Iterator[Heard]:
    """Pool the spectra beside each bearing, once for neighbours that share them.

    Take what is wanted of one before asking for the next: each holds tens of megabytes.
    """
    highest = max(line.order for _, lines in bearings for line in lines)
    top = HARMONICS * PSEUDO_RANGE[1] * highest + 2
    beside = groupby(bearings, key=lambda one: tuple(name for name, _ in one[0]))
    for _, sharing in beside:
        shared = list(sharing)
        bank = pooled_bank(shared[0][0], shaft_hz=shaft_hz, top_order=top)
        tables = tabulate(bank.powers)
        for _, lines in shared:
            yield Heard(lines, bank, tables)


def faint_families(heard: Heard, speed: ShaftSpeed, *, wide: bool) -> Iterator[FaintFamily]:
    """Look for every line of one bearing in the channels beside it.

    Parameters
    ----------
    heard : Heard
        The bearing's lines, and where to look.
    speed : ShaftSpeed
        Of the shaft.
    wide : bool
        As if that speed were off: the line found tells by how much, and so where sidebands stand.
    """
    for line in heard.lines:
        try:
            match = search_faint(
                heard.bank,
                heard.tables,
                line,
                _shape(line, wide=wide),
                shaft_hz=speed.hz,
                speed_tolerance=WIDE_TOLERANCE if wide else speed.tolerance,
                spacing_tolerance=SLIP_TOLERANCE if wide else speed.tolerance,
            )
        except WindowTooShort:
            continue  # too few pseudo-lines: nothing can be claimed of this line
        yield FaintFamily(line, match, heard, speed, wide)


def _shape(line: DefectLine, *, wide: bool) -> Shape:
    if line.condition is Condition.BEARING_CAGE:
        return Shape(CAGE_HARMONICS)
    follows = wide and line.sideband_order is not None
    return Shape(HARMONICS, line.sideband_order, line.order * (1 - SLIP) if follows else None)
