"""A rotor whose speed is declared wrong, or unknown: never called sound for want of looking."""

import motor_current as made
import pytest

from dsp.audit import audit
from models.rotor.judge import judge_rotor
from models.rotor.slip_range import plausible_slips
from models.shaft_speed import ShaftSpeed, shaft_speed
from sensors.conditions import Condition
from sensors.motor import Nameplate

ERRORS = (-0.05, -0.02, 0.0, 0.02, 0.05)


def level(dbc):
    return float(10 ** (dbc / 20))


def judged(*, slip=0.03, error=0.0, plate=None, load=0.7, speed=None, seconds=10.0, **lines):
    line, slipping = made.angles(slip=slip, seconds=seconds)
    values = made.current(line, slipping, **lines)
    motor = made.motor(**({"rated_rpm": 1500 * (1 - slip / 0.7)} | (plate or {})))
    capture = made.capture(values, speed_rpm=1500 * (1 - slip) * (1 + error), load=load)
    notes = audit(capture, motor)
    return judge_rotor(capture, motor, notes, speed or shaft_speed(capture, motor, notes))


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("slip", [0.015, 0.03, 0.05])
def test_a_broken_bar_is_named_however_wrong_the_speed_is_declared(slip, error):
    verdict = judged(slip=slip, error=error, lower=level(-32), upper=level(-38))
    assert [one.condition for one in verdict.findings] == [Condition.BROKEN_ROTOR_BAR]
    figures = {measure.name: measure.value for measure in verdict.measured}
    assert figures["slip"] == pytest.approx(100 * slip, abs=0.1)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("load", [None, 0.7])
def test_where_nothing_tells_the_slip_a_broken_bar_is_a_doubt(load, error):
    verdict = judged(error=error, load=load, lower=level(-32), upper=level(-38), shaft=0.0)
    assert not verdict.findings
    (doubt,) = verdict.doubts
    assert "broken bars would put them at slip 3.0" in doubt


@pytest.mark.parametrize("error", ERRORS)
def test_a_sound_rotor_of_unknown_slip_is_sound_where_all_slips_were_searched(error):
    verdict = judged(error=error, lower=level(-60), upper=level(-64), shaft=0.0)
    assert verdict.judged
    assert not verdict.findings
    assert not verdict.doubts
    assert "at every slip" in verdict.inhibited[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"load": None},
        {"plate": {"rated_rpm": None}},
        {"slip": 0.012},
        {"noise": 0.3},
    ],
    ids=["load unknown", "rated slip unknown", "slips out of sight", "too noisy"],
)
def test_else_it_cannot_be_judged(changes):
    verdict = judged(**({"lower": level(-60), "upper": level(-64), "shaft": 0.0} | changes))
    assert not verdict.findings
    assert not verdict.doubts
    assert not verdict.judged
    assert "slip is unknown" in verdict.inhibited[0]


def test_a_measured_speed_that_is_wrong_does_not_hide_a_bar():
    """A refined speed of another shaft nearby: the bars stand where it says that none can."""
    wrong = ShaftSpeed(1500 * (1 - 0.045) / 60, 0.0005, "refined")
    verdict = judged(speed=wrong, lower=level(-32), upper=level(-38), shaft=0.0)
    assert not verdict.findings
    assert "would be broken bars at slip 3.0" in verdict.doubts[0]
    swinging = judged(speed=wrong, lower=level(-32), upper=level(-32), shaft=0.0)
    assert not swinging.findings
    assert not swinging.doubts


def test_noise_as_high_as_bars_hides_them():
    right = ShaftSpeed(1500 * 0.97 / 60, 0.0005, "refined")
    verdict = judged(speed=right, lower=level(-60), upper=level(-64), noise=0.8)
    assert not verdict.findings
    assert not verdict.judged
    assert "noise reaches" in verdict.inhibited[0]


def test_slips_to_be_reckoned_with():
    plate = Nameplate(poles=4, line_hz=50.0, rated_rpm=1455.0)
    assert plausible_slips(plate, 1.0) == pytest.approx((0.018, 0.048))
    assert plausible_slips(plate, 0.5) == pytest.approx((0.009, 0.024))
    assert plausible_slips(plate, None) == pytest.approx((0.0, 0.08))
    high = Nameplate(poles=4, line_hz=50.0, rated_rpm=1320.0)
    assert plausible_slips(high, None)[1] == pytest.approx(0.156)
    assert plausible_slips(Nameplate(poles=4, line_hz=50.0), 0.5) == (0.0, 0.08)
