"""Faint simulated defects: named at low confidence where sound machines of one make say nothing."""

import pytest

from app.results.detection_cases import Trial, judge_trial
from app.results.detection_settings import SETTINGS, TARGET_DB
from sensors.conditions import Condition

TEN, _, SECOND = SETTINGS


@pytest.mark.parametrize(
    ("condition", "case"),
    [
        (Condition.BEARING_OUTER_RACE, 2),
        (Condition.BEARING_INNER_RACE, 0),
        (Condition.BEARING_ROLLING_ELEMENT, 2),
        (Condition.BEARING_CAGE, 2),
    ],
)
def test_one_second_at_the_target_is_enough_for_some(condition: Condition, case: int) -> None:
    said = judge_trial(Trial(SECOND, case, condition, TARGET_DB))
    assert said.named == {condition: "low"}


@pytest.mark.parametrize("case", range(4))
def test_their_sound_twins_are_not_named(case: int) -> None:
    assert judge_trial(Trial(SECOND, case)).named == {}


@pytest.mark.parametrize(
    ("condition", "level"),
    [
        (Condition.BEARING_OUTER_RACE, -10.0),
        (Condition.BEARING_INNER_RACE, -15.0),
        (Condition.BEARING_ROLLING_ELEMENT, -15.0),
    ],
)
def test_a_family_is_not_forbidden_by_its_own_lines(condition: Condition, level: float) -> None:
    said = judge_trial(Trial(TEN, 0, condition, level))
    assert set(said.named) == {condition}


def test_a_line_where_another_speed_would_put_it_asks_to_check_the_speed() -> None:
    for case in (1, 3):
        said = judge_trial(Trial(SECOND, case, Condition.BEARING_INNER_RACE, TARGET_DB))
        assert set(said.named) <= {Condition.BEARING_INNER_RACE}
        assert said.named or any("check the speed" in doubt for doubt in said.doubts)
