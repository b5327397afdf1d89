"""What stands on the orders of a shaft that no motor turns so fast is a doubt."""

from shaft_machine import SHAFT_HZ, capture, orders_of

from models.finding import Evidence, Finding
from models.shaft.possible import possible
from models.shaft_speed import ShaftSpeed
from sensors.conditions import Condition


def finding(condition):
    return Finding(condition=condition, confidence="low", evidence=(Evidence(text="seen"),))


UNBALANCE, SOFT_FOOT = finding(Condition.UNBALANCE), finding(Condition.SOFT_FOOT)


def test_below_the_fields_speed_all_is_believed():
    assert possible([UNBALANCE, SOFT_FOOT], 24.9, 25.25) == ((UNBALANCE, SOFT_FOOT), ())
    assert possible([UNBALANCE], 24.9, float("inf")) == ((UNBALANCE,), ())


def test_above_it_only_what_the_supplys_line_shows_is():
    believed, (doubt,) = possible([UNBALANCE, SOFT_FOOT], 26.0, 25.25)
    assert believed == (SOFT_FOOT,)
    assert "unbalance" in doubt
    assert "1560 rpm" in doubt


def test_orders_are_not_read_off_a_neighbour_that_outruns_our_field():
    """Our own 1x alone tells no speed; a generator's 1x and 3x within reach would."""
    ours = {1.0: 1.0, 25.5 / SHAFT_HZ: 2.0, 3 * 25.5 / SHAFT_HZ: 0.5}
    speed = ShaftSpeed(SHAFT_HZ, 0.01, "declared")
    assert abs(orders_of(capture({"x": ours}), speed=speed).shaft_hz - SHAFT_HZ) < 0.01
    # Within the field the two lines would do.
    ours = {24.9 / SHAFT_HZ: 2.0, 3 * 24.9 / SHAFT_HZ: 0.5}
    assert abs(orders_of(capture({"x": ours}), speed=speed).shaft_hz - 24.9) < 0.05
