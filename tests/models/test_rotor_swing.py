"""A load that swings at twice slip frequency beside a broken bar: what tells the two apart."""

import motor_current as made
import numpy as np
import pytest
from small_signal_motor import random_motor, sidebands

from dsp.audit import audit
from dsp.sidebands import SidebandPair
from models.rotor.judge import judge_rotor
from models.rotor.limits import load_rotor_limits
from models.rotor.load import RotorLoad
from models.rotor.swing import may_be_a_swing, off_swing
from sensors.conditions import Condition

LIMITS = load_rotor_limits()
MOTORS = [random_motor(random) for random in [np.random.default_rng(5)] for _ in range(1000)]
SOUND = 10 ** (LIMITS.bars.good_dbc / 20)


def pair_of(lower, upper):
    """Return a pair as it would be read of two phasors, told by the current's."""
    low, high = (20 * np.log10(abs(side)) for side in (lower, upper))
    direction = float(np.angle(lower * upper) / 2 % np.pi)
    return SidebandPair(1.5, low, high, -90.0, low + 90, high + 90, 0.0, direction)


def at_level(pair, dbc):
    lower, upper = pair
    return np.array([lower, upper]) * 10 ** (dbc / 20) / max(abs(lower), abs(upper))


def leads(pair):
    return pair.lower_dbc - pair.upper_dbc >= LIMITS.swing.least_asymmetry_db


def by_load(load):
    return RotorLoad(load, "declared")


@pytest.mark.parametrize("error", [-0.15, 0.0, 0.15])
def test_a_swing_moves_the_current_in_the_directions_that_the_limits_say(error):
    off = [
        off_swing(
            pair_of(*sidebands(motor, slip, swing=0.02)).direction_rad,
            by_load(load * (1 + error)),
            LIMITS,
        )
        for motor, slip, load in MOTORS
    ]
    assert max(off) < np.radians(3.0)


@pytest.mark.parametrize("dbc", [-47.0, -43.0, -38.0])
def test_no_swing_on_a_sound_cage_is_a_bar_though_its_lower_sideband_often_leads(dbc):
    random = np.random.default_rng(1)
    leading = 0
    for motor, slip, load in MOTORS:
        swing, cage = sidebands(motor, slip, swing=0.02), sidebands(motor, slip, asymmetry=0.02)
        turn = np.exp(2j * np.pi * random.random()) ** np.array([-1, 1])
        pair = pair_of(*(at_level(swing, dbc) + 0.999 * SOUND * at_level(cage, 0.0) * turn))
        leading += leads(pair)
        assert may_be_a_swing(pair, by_load(1.1 * load), LIMITS)
        assert may_be_a_swing(pair, None, LIMITS)
    assert leading > 0.05 * len(MOTORS)


def test_bars_that_lead_are_told_from_a_swing():
    bars = [(sidebands(motor, slip, asymmetry=0.02), load) for motor, slip, load in MOTORS]
    bars = [(bar, load) for bar, load in bars if leads(pair_of(*bar))]
    assert len(bars) > 100
    for dbc, least in ((-43.0, 0.95), (-38.0, 1.0)):
        told = [
            not may_be_a_swing(pair_of(*at_level(bar, dbc)), by_load(load), LIMITS)
            for bar, load in bars
        ]
        assert np.mean(told) >= least


def test_the_direction_counts_both_ways_round_and_is_wider_where_load_is_unknown():
    swing = LIMITS.swing
    rated = RotorLoad(1.0, "declared")
    most = np.radians(swing.most_direction_deg - swing.less_at_rated_deg)
    assert off_swing(most + 0.1, rated, LIMITS) == pytest.approx(0.1)
    assert off_swing(most + 0.1, None, LIMITS) == 0.0
    least = np.radians(swing.least_direction_deg)
    assert off_swing(np.pi + least - 0.1, rated, LIMITS) == pytest.approx(0.1)
    assert off_swing(np.pi + least + 0.1, rated, LIMITS) == 0.0


@pytest.mark.parametrize("phases", ["a", "abc"])
@pytest.mark.parametrize(("direction_deg", "named"), [(40.0, False), (90.0, True)])
def test_one_pair_is_named_across_the_swing_and_ambiguous_along_it(phases, direction_deg, named):
    line, slipping = made.angles(seed=3)
    values = made.current(
        line,
        slipping,
        lower=10 ** (-43 / 20),
        upper=10 ** (-47.4 / 20),
        direction_deg=direction_deg,
    )
    motor = made.motor()
    capture = made.capture(values, phases=phases, speed_rpm=1477.5, load=0.5)
    verdict = judge_rotor(capture, motor, audit(capture, motor), None)
    assert [one.condition for one in verdict.findings] == [Condition.BROKEN_ROTOR_BAR] * named
    assert named or "ambiguous" in verdict.doubts[0]
