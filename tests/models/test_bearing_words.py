"""Why a family of lines is not named: the words name the test that it failed."""

from types import SimpleNamespace
from typing import Any

import pytest

from dsp.lines import LineMatch
from dsp.order import DefectLine
from models.bearing import naming
from models.bearing.family import Family
from models.bearing.words import say_off_speed
from sensors.conditions import Condition

CAGE = DefectLine("FTF", Condition.BEARING_CAGE, 0.4, None, "6205")


def cage(*, level_db: float, depth: float, harmonics_db: tuple[float, ...]) -> Family:
    match = LineMatch(
        found_hz=11.6,
        level_db=level_db,
        chance=0.005,
        bar_db=12.0,
        depth=depth,
        harmonics_db=harmonics_db,
        row=0,
        shadow_db=0.0,
    )
    return Family(CAGE, match, None)


@pytest.mark.parametrize(
    ("level_db", "depth", "harmonics_db", "says", "never"),
    [
        (15.0, 0.90, (15.0, 14.0, 15.0), "chance lines reach 12 dB", "0.90"),
        (25.0, 0.30, (25.0, 24.0, 25.0), "modulates only 0.30", "chance lines"),
        (25.0, 0.90, (25.0, 10.0, 8.0), "smoothly", "faint"),
    ],
)
def test_the_test_that_failed_is_the_one_named(
    monkeypatch: pytest.MonkeyPatch,
    level_db: float,
    depth: float,
    harmonics_db: tuple[float, ...],
    says: str,
    never: str,
) -> None:
    monkeypatch.setattr(naming, "_knocks", lambda bank, family: True)
    bank: Any = SimpleNamespace(resolution_hz=0.1)
    one = cage(level_db=level_db, depth=depth, harmonics_db=harmonics_db)
    verdict = naming.judge_families(bank, [one], 29.0, supply_hz=())
    assert verdict.finding is None
    assert says in (verdict.abstained or "") and never not in (verdict.abstained or "")


@pytest.mark.parametrize(("depth", "level_db", "clear"), [(0.9, 25.0, True), (0.3, 25.0, False)])
def test_what_is_shallow_is_left_to_the_search_for_faint_lines(
    monkeypatch: pytest.MonkeyPatch, depth: float, level_db: float, clear: bool
) -> None:
    monkeypatch.setattr(naming, "_knocks", lambda bank, family: True)
    bank: Any = SimpleNamespace(resolution_hz=0.1)
    one = cage(level_db=level_db, depth=depth, harmonics_db=(level_db, 5.0, 4.0))
    verdict = naming.judge_families(bank, [one], 29.0, supply_hz=())
    assert verdict.abstained is not None and verdict.clear is clear


def test_a_line_at_another_speed_asks_to_check_the_speed() -> None:
    said = say_off_speed(None, "BPFO stands", 24.0)
    assert said.startswith("BPFO stands") and "1440 rpm" in said and "check the speed" in said
