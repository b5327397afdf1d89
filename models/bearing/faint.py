"""Faint bearing faults: families that no single band shows deep, and all together beyond doubt.

Impacts buried in noise modulate their band little, yet as impacts do: with harmonics and sidebands,
in every channel at once. Where the rest of the spectra is noise, the chance that noise makes as
much can be told, over all lines, bearings and speeds tried; a name then stands on that, at low
confidence. Where other lines stand too, healthy machines show as much, and nothing is named.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from dsp.faint_family import LEAKAGE_BINS, harmonic_score, power_over_noise
from dsp.order import DefectLine
from models.bearing.faint_family import FaintFamily, faint_families, listen
from models.bearing.faint_words import (
    faint_evidence,
    say_faint_ambiguous,
    say_faint_conflict,
    say_faint_electrical,
    say_faint_line,
)
from models.bearing.family import RIVAL_CHANCE, SHARP_DB, explains
from models.bearing.naming import BearingVerdict, supply_multiple
from models.bearing.reading import Spectra
from models.finding import Finding
from models.shaft_speed import ShaftSpeed
from sensors.conditions import Condition

NAMED_CHANCE = 3e-5
"""Chance, over all that was tried, at which a faint family is named: once in some ten thousand
healthy captures, less what the other conditions catch."""
DOUBT_CHANCE = 0.02
"""Chance at which it casts a doubt: on one healthy capture in fifty."""
TRACE = 0.05
"""Least depth in the channels added up: what is shallower, however certain, may be no more than
how a sound bearing's noise comes and goes. Impacts that carry a share r of their band's energy make
lines 2 r deep; three of them, together 0.05, are a sixtieth."""
MOST_SPREAD = 2.0
"""Pseudo-lines that spread more than noise's by this show other lines: the chance is then no more
than what a few ranks can tell."""
KNOCKS = (4, 5, 6)
"""Harmonics by which a cage's knocks are told from a load that goes round with it, which has three
(see `models.bearing.naming`)."""
OWN = (1, 2, 3)
"""Harmonics of which a family has to show something, beside its sidebands: those are the shaft's,
the cage's or the supply's as well."""
ELEMENT_CHANCE = 0.1
"""Chance at which a rolling element's own line forbids to name the cage: it goes round with it."""
SEEN = 7.0
"""Log-likelihood at which such harmonics are seen together: noise makes it once in a thousand."""
KNOCK_SHARE = 0.25
"""Least power of those harmonics, over that of the first three, where the cage knocks: 6 dB below.
Sound bearings too carry a load that goes round with the cage; it leaves a hundredth."""
SIDES_SEEN = 8.0
"""And at which the sidebands of a kind of fault are, the likeliest of several spacings."""
RIVAL_SHARE = 0.25
"""Share of a family's likelihood, about its power, from which another is a rival: 6 dB below."""


def judge_faint(
    bearings: Sequence[tuple[Spectra, Sequence[DefectLine]]],
    speed: ShaftSpeed,
    supply_hz: Sequence[float],
    *,
    named_chance: float = NAMED_CHANCE,
) -> BearingVerdict:
    """Name the one faint fault that stands beyond chance, or say what forbids it.

    Parameters
    ----------
    bearings : sequence of (Spectra, sequence of DefectLine)
        The channels beside each bearing, and its lines.
    speed : ShaftSpeed
        Of the shaft; one that is only declared may be off, and is looked for then, too.
    supply_hz : sequence of float
        Frequencies that the electrical supply may have.
    named_chance : float
        False names a healthy capture, over all that is tried, that noise alone may make.
    """
    looks = (False, True) if speed.source == "declared" else (False,)
    tries = 0
    found: list[FaintFamily] = []
    for one in listen(bearings, speed.hz):
        tries += len(looks) * len(one.lines)
        found += faint_families(one, speed, looks=looks)
    # Each way of looking by itself: what one shows beside a family is no doubt of another's.
    ways = [[one for one in found if one.way == way] for way in product(looks, (False, True))]
    said = [_judge(way, supply_hz, tries, named_chance) for way in ways]
    named = {one.finding.condition: one for one in said if one.finding is not None}
    if len(named) > 1:
        return BearingVerdict(abstained=say_faint_conflict([*named]))
    doubts = (one for one in said if one.abstained is not None)
    return next(iter(named.values()), None) or next(doubts, BearingVerdict())


def _judge(
    found: Sequence[FaintFamily], supply_hz: Sequence[float], tries: int, named_chance: float
) -> BearingVerdict:
    standing = [family for family in found if _over_all(family, tries) <= DOUBT_CHANCE]
    if not standing:
        return BearingVerdict()
    top = _top(standing, tries)
    rival = _rival(top, found, tries)
    if rival is not None:
        return BearingVerdict(abstained=say_faint_ambiguous(top, rival))
    near = supply_multiple(top.match.found_hz, supply_hz, top.resolution_hz)
    sides, spacing_hz = top.sides or (None, 0.0)
    if near is not None and (sides is None or sides < SIDES_SEEN):
        return BearingVerdict(abstained=say_faint_electrical(top, *near))
    lacks = _lacks(top, sides, spacing_hz)
    if lacks is None and _over_all(top, tries) > named_chance:
        lacks = "less rarely than a name would need"
    if lacks is not None:
        return BearingVerdict(abstained=say_faint_line(top, lacks))
    evidence = faint_evidence(top, _over_all(top, tries))
    finding = Finding(condition=top.line.condition, confidence="low", evidence=(evidence,))
    return BearingVerdict(finding)


def _top(standing: Sequence[FaintFamily], tries: int) -> FaintFamily:
    """Return the family that is least by chance; the cage's own only where no other is left.

    A damaged element goes in and out of the load with the cage, and a cage's high harmonics stand
    where an element's lines would.
    """
    first, *others = sorted(standing, key=lambda one: (one.match.chance, -one.match.score))
    if not _is_cage(first):
        return first
    left = [(one, one.beside(first)) for one in others if not _is_cage(one)]
    stand = [one for one, rest in left if rest and _over_all(rest, tries) <= DOUBT_CHANCE]
    return stand[0] if stand else first


def _over_all(family: FaintFamily, tries: int) -> float:
    """Return the chance of as much, whichever of all lines that were tried."""
    return float(-np.expm1(tries * np.log1p(-min(family.match.chance, 0.999))))


def _is_cage(family: FaintFamily) -> bool:
    return family.line.condition is Condition.BEARING_CAGE


def _rival(top: FaintFamily, found: Sequence[FaintFamily], tries: int) -> FaintFamily | None:
    """Return the strongest of other families that stands without the top one's lines, too."""
    rivals = [one for one in found if one is not top and _contends(one, top, tries)]
    return max(rivals, key=lambda one: one.match.score, default=None)


def _contends(other: FaintFamily, top: FaintFamily, tries: int) -> bool:
    hz, other_hz = top.match.found_hz, other.match.found_hz
    if other.line.condition is top.line.condition:
        return False
    if not _stands_beside(other, top, tries):
        return False
    if abs(other_hz - hz) < top.resolution_hz:
        return True
    if _is_cage(top) and not _apart(other, top):
        return not _within_knocks(other, top)
    if explains(top.line, hz, other_hz, top.shaft_hz, top.resolution_hz / top.shaft_hz):
        return False
    left = other.beside(top)
    return left is not None and _stands_beside(left, top, tries)


def _apart(other: FaintFamily, top: FaintFamily) -> bool:
    """Whether a window is long enough to part a line from the nearest harmonic of another's."""
    ratio = other.line.order / top.line.order
    aside_hz = abs(ratio - round(ratio)) * top.match.found_hz
    return aside_hz > LEAKAGE_BINS * top.resolution_hz


def _within_knocks(other: FaintFamily, top: FaintFamily) -> bool:
    """Whether a line may be one of the cage's high harmonics: knocks' fall off, others' do not."""
    bank, match = top.heard.bank, top.match
    line = power_over_noise(bank, replace(other.match, row=match.row), 1)
    return line <= sum(power_over_noise(bank, match, k) for k in KNOCKS) / len(KNOCKS)


def _stands_beside(other: FaintFamily, top: FaintFamily, tries: int) -> bool:
    if _is_cage(top):  # named only where nothing else stands, least of all what makes its lines too
        element = other.line.condition is Condition.BEARING_ROLLING_ELEMENT
        return other.match.chance <= (ELEMENT_CHANCE if element else RIVAL_CHANCE)
    near = other.match.score >= RIVAL_SHARE * top.match.score
    return near and _over_all(other, tries) <= DOUBT_CHANCE


def _lacks(top: FaintFamily, sides: float | None, spacing_hz: float) -> str | None:
    """Say what a faint family, however rare, lacks to be named."""
    match = top.match
    heights = [power_over_noise(top.heard.bank, match, k, spacing_hz) for k in (1, 2, 3)]
    first, second = sorted(heights, reverse=True)[:2]
    if match.spread > MOST_SPREAD:
        return "among other lines that noise does not make either"
    if harmonic_score(top.heard.bank, match, OWN) < SEEN:
        return "but by its sidebands alone, where other things may stand"
    if match.depth < TRACE:
        return f"but modulates only {match.depth:.2f} of its band"
    if second < first * 10 ** (-SHARP_DB / 10):
        return "but smoothly, without the harmonics that impacts have"
    if sides is not None and sides < SIDES_SEEN:
        return "but without the sidebands that its kind of fault prints"
    if _is_cage(top):
        seen = harmonic_score(top.heard.bank, match, KNOCKS)
        knocks = sum(power_over_noise(top.heard.bank, match, k) for k in KNOCKS)
        if seen < SEEN or knocks < KNOCK_SHARE * sum(heights):
            return "but without the harmonics by which knocks differ from a turning load"
    return None
