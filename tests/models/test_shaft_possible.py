"""What stands on the orders of a shaft that no motor turns so fast is a doubt."""

from models.finding import Evidence, Finding
from models.shaft.possible import possible
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
