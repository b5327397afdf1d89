"""Lines of the machine: each a multiple of half the shaft's and of the supply's frequency.

Here is what is where: which lines a healthy machine has, and which a fault adds, as velocities
that an engineer knows, in mm/s RMS in the three directions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.simulator.frame import Frame

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

AXES = ("x", "y", "z")
Directions = tuple[float, float, float]
# (halves of shaft frequency, multiples of line frequency) -> mm/s RMS in x, y, z
Velocities = Mapping[tuple[int, int], Directions]


@dataclass(frozen=True, slots=True)
class Tone:
    """A line at ``halves * fr / 2 + line * f`` with a complex peak amplitude."""

    halves: int
    line: int
    amplitude: complex

    def hz(self, shaft_hz: float, line_hz: float) -> float:
        """Return its frequency; negative where it turns backwards."""
        return self.halves * shaft_hz / 2 + self.line * line_hz


HEALTHY: Velocities = {
    (2, 0): (0.70, 0.60, 0.20),
    (4, 0): (0.20, 0.16, 0.12),
    (6, 0): (0.08, 0.07, 0.06),
    (0, 2): (0.30, 0.25, 0.08),
}

# What severity 1 adds. Proportions follow the usual diagnosis charts: unbalance once a turn and
# radial; misalignment twice a turn and axial; a bent shaft axial at both; looseness many
# harmonics with halves between; air-gap and supply troubles at twice the line's frequency.
FAULTY: Mapping[Condition, Velocities] = {
    Condition.UNBALANCE: {(2, 0): (6.0, 5.4, 0.6)},
    Condition.MISALIGNMENT: {
        (2, 0): (2.0, 2.0, 3.0),
        (4, 0): (4.0, 3.2, 4.0),
        (6, 0): (1.2, 1.0, 1.0),
    },
    Condition.BENT_SHAFT: {(2, 0): (3.0, 2.7, 4.5), (4, 0): (1.5, 1.2, 2.5)},
    Condition.LOOSENESS: {
        **{(k, 0): (2.0 / k**0.5, 2.8 / k**0.5, 0.5 / k**0.5) for k in range(2, 21, 2)},
        **{(k, 0): (0.8 / k**0.5, 1.1 / k**0.5, 0.2 / k**0.5) for k in range(1, 12, 2)},
    },
    Condition.SOFT_FOOT: {(0, 2): (2.4, 3.0, 0.6), (2, 0): (1.2, 1.8, 0.3)},
    Condition.ECCENTRICITY_STATIC: {(0, 2): (3.0, 2.4, 0.3)},
    Condition.ECCENTRICITY_DYNAMIC: {
        (2, 0): (1.5, 1.5, 0.2),
        (2, 2): (0.9, 0.9, 0.1),
        (-2, 2): (0.9, 0.9, 0.1),
    },
    Condition.STATOR_INTER_TURN: {(0, 2): (1.5, 1.2, 0.3)},
    Condition.SUPPLY_UNBALANCE: {(0, 2): (2.0, 1.6, 0.3)},
    Condition.SINGLE_PHASING: {(0, 2): (5.0, 4.0, 0.8)},
}


def broken_bar_velocities(pole_pairs: int) -> Velocities:
    """Return the lines beside shaft speed, at the pole-pass frequency 2 s f, of severity 1."""
    # fr + 2sf = fr + 2f - 2 pp fr; the frame counts shaft turns in halves.
    sides: Directions = (0.5, 0.4, 0.1)
    return {(2 - 4 * pole_pairs, 2): sides, (2 + 4 * pole_pairs, -2): sides}


def blade_velocities(blades: int) -> Velocities:
    """Return the lines of a broken fan blade of severity 1: once a turn, and beside blade pass."""
    sides: Directions = (0.3, 0.3, 0.3)
    return {
        (2, 0): (2.0, 2.0, 1.0),
        (2 * blades - 2, 0): sides,
        (2 * blades, 0): (0.4, 0.4, 0.4),
        (2 * blades + 2, 0): sides,
    }


def accelerations(
    velocities: Velocities,
    axis: str,
    random: np.random.Generator,
    *,
    shaft_hz: float,
    line_hz: float,
    scatter: float,
) -> tuple[Tone, ...]:
    """Return acceleration tones of one axis, ``a = sqrt(2) w v``, with random phases.

    Parameters
    ----------
    velocities : Velocities
        mm/s RMS at nominal speed.
    axis : str
        ``x``, ``y`` or ``z``.
    random : Generator
        Gives phases and, by `scatter` (natural logarithm), each machine its own levels.
    shaft_hz, line_hz : float
        Nominal frequencies.
    """
    tones = []
    for (halves, line), directions in velocities.items():
        velocity = directions[AXES.index(axis)] * np.exp(scatter * random.standard_normal())
        phase = np.exp(2j * np.pi * random.random())
        hz = abs(Tone(halves, line, 0j).hz(shaft_hz, line_hz))
        amplitude = 1e-3 * velocity * np.sqrt(2) * 2 * np.pi * hz * phase
        tones.append(Tone(halves, line, complex(amplitude)))
    return tuple(tones)


def below(tones: Iterable[Tone], limit_hz: float, *, shaft_hz: float, line_hz: float) -> list[Tone]:
    """Return the tones that a channel's anti-alias filter lets through."""
    return [tone for tone in tones if abs(tone.hz(shaft_hz, line_hz)) < limit_hz]


def add_up(frame: Frame, tones: Iterable[Tone]) -> ComplexArray:
    """Return the sum of tones over a frame as a complex signal; its real part is the signal."""
    total = np.zeros(frame.t_s.size, dtype=np.complex128)
    for tone in tones:
        total += tone.amplitude * frame.phasor(tone.halves, tone.line)
    return total
