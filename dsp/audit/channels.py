"""Channels against each other: copies, and three phases that do not make a supply."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from dsp.audit.survey import Scene, Survey
from dsp.audit_note import AuditNote
from sensors.capture import Sense

CHECK = "channels"
TURN = complex(-0.5, 0.75**0.5)
"""A third of a turn."""
CLEAR_ORDER = 1.25
"""The negative sequence must exceed the positive by this before the phases count as swapped."""
DEAD_SHARE = 0.05
"""A phase under 5 % of the largest carries no current of its own."""
LARGEST_SUM = 0.3
"""Zero sequence over the larger sequence: a reversed clamp makes 1, tolerances under 0.05."""
MENDED_SUM = 0.1
"""What is left of it when the right phase is turned round."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Report channels that carry the same samples, and phases swapped, reversed or missing."""
    for first, second in combinations(scene.waveforms(), 2):
        if first.n == second.n and np.array_equal(first.values, second.values):
            yield second.note(
                CHECK,
                "refuse",
                f"carries the same samples as {first.channel.name}; one of them is wired twice",
            )
    groups: dict[tuple[str, str | None, float, int], dict[str, Survey]] = defaultdict(dict)
    for survey in scene.waveforms(Sense.POWER):
        if survey.channel.phase is not None:
            key = (survey.channel.unit.value, survey.channel.position, survey.block.rate_hz)
            groups[(*key, survey.n)][survey.channel.phase] = survey
    for phases in groups.values():
        yield from _phases(phases)


def _phases(phases: dict[str, Survey]) -> Iterator[AuditNote]:
    missing = sorted({"a", "b", "c"} - set(phases))
    if len(missing) == 1:
        yield AuditNote(
            check=CHECK,
            level="note",
            text=f"phase {missing[0]} is not measured: taken as minus the sum of the others, "
            "which holds without a neutral wire",
        )
    if missing:
        return
    phasors = _phasors([phases[name] for name in "abc"])
    unit = "currents" if phases["a"].channel.unit.value == "A" else "waves"
    text = _misfit(phasors, unit)
    if text is not None:
        yield AuditNote(check=CHECK, level="refuse", text=text, refuses=("current", "power"))


def _phasors(surveys: list[Survey]) -> list[complex]:
    """Return the complex amplitude of each phase at the bin where all together are strongest."""
    bins = np.array([survey.peak * survey.bins for survey in surveys if survey.bins is not None])
    return [complex(z) for z in bins[:, int(np.abs(bins).sum(0).argmax())]]


def _misfit(phasors: list[complex], unit: str) -> str | None:
    """Say what keeps three phases from making a supply; None where they make one."""
    largest = max(abs(z) for z in phasors)
    dead = [name for name, z in zip("abc", phasors, strict=True) if abs(z) < DEAD_SHARE * largest]
    if dead:
        if len(dead) > 1 or abs(sum(phasors)) > LARGEST_SUM * largest:
            return (
                f"phase {' and '.join(dead)} reads nothing though the others do not cancel: "
                "a clamp is open or a channel dead"
            )
        return None  # the other two mirror each other: the motor really runs on one phase
    if _zero_sequence(phasors) > LARGEST_SUM:
        for index, name in enumerate("abc"):
            turned = [-z if i == index else z for i, z in enumerate(phasors)]
            if _zero_sequence(turned) < MENDED_SUM:
                return f"phase {name} is reversed: turn its sensor round or negate its scale"
        return (
            f"the three {unit} do not sum to zero: a wrong scale, a wrong channel or earth current"
        )
    positive, negative = _sequences(phasors)
    # A line open ahead of a delta-star transformer makes both alike: no order can then be read.
    if negative > CLEAR_ORDER * positive:
        return "phases follow in the order a, c, b: two are swapped, or the motor turns backwards"
    return None


def _sequences(phasors: list[complex]) -> tuple[float, float]:
    a, b, c = phasors
    return abs(a + TURN * b + TURN**2 * c) / 3, abs(a + TURN**2 * b + TURN * c) / 3


def _zero_sequence(phasors: list[complex]) -> float:
    """Return the zero sequence over the larger of the other two."""
    return abs(sum(phasors)) / 3 / max(*_sequences(phasors), 1e-30)
