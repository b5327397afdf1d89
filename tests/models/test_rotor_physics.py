"""What separates a broken bar from a swinging torque follows from the machine's own equations."""

from dataclasses import replace

import numpy as np
import pytest
from small_signal_motor import Machine, sidebands

from models.rotor.limits import load_rotor_limits

ONE_BAR = 1.5 / 28


def db(value):
    return float(20 * np.log10(abs(value)))


def lead_db(machine, slip, **disturbance):
    lower, upper = sidebands(machine, slip, **disturbance)
    return db(lower) - db(upper)


def random_machine(random, *, inertia_s=None):
    """Draw a machine in per unit of its own base, and a slip from 35 to 100 % of rated load."""
    base = 10 ** random.uniform(-1, 1.5)
    omega = 2 * np.pi * 50
    pairs = int(random.integers(1, 5))
    rotor = random.uniform(0.005, 0.05)
    seconds = 10 ** random.uniform(-1.5, 1) if inertia_s is None else inertia_s
    machine = Machine(
        stator_ohm=random.uniform(0.01, 0.06) * base,
        rotor_ohm=rotor * base,
        main_h=random.uniform(1.5, 4) * base / omega,
        stray_h=random.uniform(0.06, 0.15) * base / omega,
        inertia=2 * seconds * 3 * 230**2 / base / (omega / pairs) ** 2,
        pole_pairs=pairs,
    )
    return machine, random.uniform(0.35, 1.0) * rotor


def test_a_swinging_torque_leads_by_less_than_the_limit_in_any_machine():
    random = np.random.default_rng(7)
    leads = [lead_db(*random_machine(random), swing=0.02) for _ in range(2000)]
    assert min(leads) > 0.0
    limit = load_rotor_limits().swing.least_asymmetry_db
    assert np.mean(np.array(leads) < limit) >= 0.998


def test_inertia_decides_whether_a_broken_bar_can_be_told_from_it():
    limit = load_rotor_limits().swing.least_asymmetry_db
    assert lead_db(Machine(inertia=0.03), 0.02, asymmetry=ONE_BAR) < 1.0
    assert lead_db(Machine(inertia=1.0), 0.02, asymmetry=ONE_BAR) > limit
    for inertia in (0.03, 0.3, 3.0):
        assert 0.5 < lead_db(Machine(inertia=inertia), 0.02, swing=0.02) < 1.2


def test_a_rigid_shaft_has_no_upper_sideband_and_a_sound_cage_neither():
    rigid = replace(Machine(), inertia=1e6)
    lower, upper = sidebands(rigid, 0.02, asymmetry=ONE_BAR)
    assert db(upper) - db(lower) < -80
    assert db(lower) == pytest.approx(-29.2, abs=0.5)
    assert sidebands(rigid, 0.02) == (0.0, 0.0)
