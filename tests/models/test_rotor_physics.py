"""What separates a broken bar from a swinging torque follows from the machine's own equations."""

from dataclasses import replace

import numpy as np
import pytest
from small_signal_motor import Machine, random_motor, sidebands

from models.rotor.limits import load_rotor_limits

ONE_BAR = 1.5 / 28


def db(value):
    return float(20 * np.log10(abs(value)))


def lead_db(machine, slip, **disturbance):
    lower, upper = sidebands(machine, slip, **disturbance)
    return db(lower) - db(upper)


def test_a_swinging_torque_leads_by_less_than_the_limit_in_any_machine():
    random = np.random.default_rng(7)
    leads = [lead_db(*random_motor(random)[:2], swing=0.02) for _ in range(2000)]
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
