"""Lines of rotor and air gap in the stator current, relative to the active current.

All turn with the field (positive sequence), as monomials of shaft and line angle:
``f (1 - 2ks) = 2 k pp fr - (2k - 1) f`` and its mirror, ``f +- fr``, and the principal slot lines
``R fr +- f`` and ``(R +- 1) fr +- f``.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.simulator.fault import Fault, severity_at
from sensors.simulator.frame import Frame
from sensors.simulator.plant import Plant
from sensors.simulator.shaping import PASSBAND
from sensors.simulator.streams import Stream, generator
from sensors.simulator.tones import Tone, add_up, below

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

# Lower slip sideband at f (1 - 2s) over active current: what casting leaves, and what severity 1
# (about two bars; 0.5 is about one) adds.
SOUND_CAGE = 0.0022
BROKEN_CAGE = 0.0120
# Upper over lower sideband: the speed ripple that a rotor of usual inertia answers with ...
RIPPLE = 0.6
# ... which makes the two swing the current in a direction so far ahead of the active current: the
# small-signal equations of the induction machine put it at 30 to 58 degrees at this ratio.
RIPPLE_DIRECTION_DEG = 50.0
SECOND_PAIR = 0.2
# f +- fr over active current: residual, and what severity 1 of dynamic eccentricity adds.
SOUND_GAP = 0.001
DYNAMIC_GAP = 0.015
# Slot lines: always there a little; severity 1 of static or dynamic eccentricity adds.
SOUND_SLOTS = 0.001
ECCENTRIC_SLOTS = 0.012
# Shaft troubles swing the torque once a turn, which current shows as f +- fr.
SWINGING = {
    Condition.UNBALANCE: 0.003,
    Condition.MISALIGNMENT: 0.006,
    Condition.BENT_SHAFT: 0.004,
}

Lines = dict[tuple[int, int], float]


def rotor_lines(plant: Plant, rate_hz: float) -> Callable[[Frame], ComplexArray]:
    """Return the function from a frame to the lines' complex sum, over active current."""
    pairs = plant.kinematics.pole_pairs
    bars = plant.scenario.motor.nameplate.rotor_bars
    healthy = _tones(plant, rate_hz, sound_lines(pairs, bars))
    faulty = [
        (fault, _tones(plant, rate_hz, lines))
        for fault in plant.scenario.faults
        if (lines := fault_lines(fault.condition, pairs, bars))
    ]

    def lines_of(frame: Frame) -> ComplexArray:
        total = add_up(frame, healthy)
        for fault, tones in faulty:
            total += _grown(fault, frame, tones)
        return total

    return lines_of


def sound_lines(pairs: int, bars: int | None) -> Lines:
    """Return the lines of a sound rotor: (halves of fr, multiples of f) -> relative peak."""
    gap = {(2, 1): SOUND_GAP, (-2, 1): SOUND_GAP}
    return slip_sidebands(pairs, SOUND_CAGE) | gap | _slots(bars, (0,), SOUND_SLOTS)


def fault_lines(condition: Condition, pairs: int, bars: int | None) -> Lines:
    """Return the lines that severity 1 of a condition adds; empty where it adds none."""
    if condition is Condition.BROKEN_ROTOR_BAR:
        return slip_sidebands(pairs, BROKEN_CAGE)
    if condition is Condition.ECCENTRICITY_STATIC:
        return _slots(bars, (0,), ECCENTRIC_SLOTS)
    if condition is Condition.ECCENTRICITY_DYNAMIC:
        gap = {(2, 1): DYNAMIC_GAP, (-2, 1): DYNAMIC_GAP}
        return gap | _slots(bars, (-1, 1), ECCENTRIC_SLOTS)
    level = SWINGING.get(condition)
    return {(2, 1): level, (-2, 1): level} if level else {}


def slip_sidebands(pairs: int, level: float) -> Lines:
    """Return ``f (1 +- 2ks)`` for k = 1, 2."""
    lines = {}
    for k, share in ((1, 1.0), (2, SECOND_PAIR)):
        lines[4 * k * pairs, 1 - 2 * k] = share * level
        lines[-4 * k * pairs, 1 + 2 * k] = share * level * RIPPLE
    return lines


def _slots(bars: int | None, turns: tuple[int, ...], level: float) -> Lines:
    if bars is None:
        return {}
    return {(2 * (bars + turn), line): level for turn in turns for line in (-1, 1)}


def _tones(plant: Plant, rate_hz: float, lines: Lines) -> list[Tone]:
    # One generator for all: a broken bar grows in phase with what casting left of asymmetry.
    random = generator(plant.scenario.seed, Stream.ROTOR)
    turns = {place: complex(np.exp(2j * np.pi * random.random())) for place in lines}
    turns |= _answers(turns)
    tones = [Tone(*place, level * turns[place]) for place, level in lines.items()]
    at = {"shaft_hz": plant.shaft_hz, "line_hz": plant.line_hz}
    return below(tones, PASSBAND * rate_hz, **at)


def _answers(turns: dict[tuple[int, int], complex]) -> dict[tuple[int, int], complex]:
    """Return the phases of upper slip sidebands, which follow from those of the lower."""
    along = complex(np.exp(2j * np.radians(RIPPLE_DIRECTION_DEG)))
    return {
        (-halves, 2 - line): turn.conjugate() * along
        for (halves, line), turn in turns.items()
        if line < 0
    }


def _grown(fault: Fault, frame: Frame, tones: list[Tone]) -> ComplexArray:
    severity = severity_at(fault, frame.t_s)
    if not severity.any():
        return np.zeros(severity.size, dtype=np.complex128)
    return severity * add_up(frame, tones)
