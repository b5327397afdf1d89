"""A cage motor's equations linearised about steady load: what bars and torques do to its current.

Independent of the simulator, which writes sidebands at levels; here they follow from inductances,
resistances and inertia. Space vectors turn with the supply. Rotor asymmetry (half the difference of
the two axes' resistances over their sum) and a torque that swings by `swing` of its mean, both at
twice slip frequency, disturb the steady state; both are small, so their effects add. Equations:
P. C. Krause, Analysis of Electric Machinery.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Machine:
    """Equivalent circuit in ohm and henry, inertia in kg m2; the load torque is constant."""

    stator_ohm: float = 0.70
    rotor_ohm: float = 0.62
    main_h: float = 0.0865
    stray_h: float = 0.0035
    inertia: float = 0.1
    pole_pairs: int = 2
    line_hz: float = 50.0
    phase_v: float = 230.0


def sidebands(
    machine: Machine, slip: float, *, asymmetry: float = 0.0, swing: float = 0.0
) -> tuple[complex, complex]:
    """Return lower and upper sideband at 2sf over the line, in the frame of the line's current."""
    m = machine
    whole = m.main_h + m.stray_h
    det = whole**2 - m.main_h**2
    line = 2 * np.pi * m.line_hz
    slipping = slip * line
    volts = m.phase_v * np.sqrt(2)
    # Currents by fluxes: i_s = (whole psi_s - main psi_r)/det, i_r the other way round.
    a = m.stator_ohm * whole / det + 1j * line
    b = -m.stator_ohm * m.main_h / det
    c = -m.rotor_ohm * m.main_h / det
    d = m.rotor_ohm * whole / det + 1j * slipping
    stator, rotor = np.linalg.solve([[a, b], [c, d]], [volts, 0.0])
    i_s = (whole * stator - m.main_h * rotor) / det
    i_r = (whole * rotor - m.main_h * stator) / det
    torque = 1.5 * m.pole_pairs * (np.conj(stator) * i_s).imag
    # Real states: stator flux, rotor flux (two parts each), electrical speed.
    matrix = np.zeros((5, 5))
    for row, column, value in ((0, 0, a), (0, 2, b), (2, 0, c), (2, 2, d)):
        matrix[row : row + 2, column : column + 2] -= [
            [value.real if isinstance(value, complex) else value, -np.imag(value)],
            [np.imag(value), np.real(value)],
        ]
    turning = 1j * rotor
    matrix[2:4, 4] = [turning.real, turning.imag]
    gain = 1.5 * m.pole_pairs**2 / m.inertia / det * -m.main_h
    # T ~ Im(conj(psi_s) i_s) = -main/det Im(conj(psi_s) psi_r)
    matrix[4, 0:2] = gain * np.array([rotor.imag, -rotor.real])
    matrix[4, 2:4] = gain * np.array([-stator.imag, stator.real])
    force = np.zeros(5, np.complex128)
    # -asym R conj(i_r) exp(-2j slip t): parts of a vector that turns backwards at 2 slip.
    push = -asymmetry * m.rotor_ohm * np.conj(i_r)
    force[2:4] += np.array([np.conj(push), 1j * np.conj(push)])
    force[4] -= m.pole_pairs * swing * torque / m.inertia
    answer = np.linalg.solve(2j * slipping * np.eye(5) - matrix, force)
    both = (whole * answer[0:2] - m.main_h * answer[2:4]) / det
    upper = (both[0] + 1j * both[1]) / 2
    lower = np.conj(both[0] - 1j * both[1]) / 2
    return complex(lower / i_s), complex(upper / i_s)


def random_motor(random: np.random.Generator) -> tuple[Machine, float, float]:
    """Draw a machine in per unit of its own base, a share of rated load from 35 %, and its slip."""
    base = 10 ** random.uniform(-1, 1.5)
    omega = 2 * np.pi * 50
    pairs = int(random.integers(1, 5))
    rotor = random.uniform(0.005, 0.05)
    seconds = 10 ** random.uniform(-1.5, 1)
    machine = Machine(
        stator_ohm=random.uniform(0.01, 0.06) * base,
        rotor_ohm=rotor * base,
        main_h=random.uniform(1.5, 4) * base / omega,
        stray_h=random.uniform(0.06, 0.15) * base / omega,
        inertia=2 * seconds * 3 * 230**2 / base / (omega / pairs) ** 2,
        pole_pairs=pairs,
    )
    load = random.uniform(0.35, 1.0)
    return machine, load * rotor, load
