"""Detection curves: what counts as right and wrong, where naming ends, and the captures made."""

import msgspec
import numpy as np
import pytest

from app.results import detection
from app.results.detection_bars import Rotor, cut, judge_rotor_case, rotor_scenario, walking
from app.results.detection_cases import (
    GEAR_OVER_DEFECT,
    Said,
    Trial,
    declared,
    judge_trial,
    scenario_of,
    trials,
    with_gear,
)
from app.results.detection_score import gather, last_level, right, share, sure, vague, wrong
from app.results.detection_second import (
    FALSE_ALARMS,
    SHARED,
    Second,
    _sharing_noise,
    judge_second,
    seconds,
)
from app.results.detection_settings import SETTINGS
from app.results.detection_tables import target_table
from app.results.markdown import write_markdown
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.simulator.fault import SEVERITY_ONE
from sensors.simulator.reader import SimulatorReader

TEN, REFERENCED, SECOND = SETTINGS
UNBALANCE, RACE = Condition.UNBALANCE, Condition.BEARING_OUTER_RACE
ELEMENT = Condition.BEARING_ROLLING_ELEMENT


def said(named, case=0, condition=UNBALANCE, level=0.0):
    return Said(Trial(TEN, case, condition, level), named, ())


def capture_of(scenario):
    capture = SimulatorReader(scenario, scenario.duration_s).read()
    assert capture is not None
    return capture


def test_every_fault_of_the_simulator_has_a_curve():
    assert set(TEN.levels) == set(SEVERITY_ONE)
    for setting in SETTINGS:
        for levels in setting.levels.values():
            assert list(levels) == sorted(levels, reverse=True)
            assert len(levels) >= 5


def test_every_level_sees_the_same_cases_and_so_does_health():
    some = trials((SECOND,), 3)
    assert len(some) == 3 * (1 + sum(map(len, SECOND.levels.values())))
    assert sum(trial.condition is None for trial in some) == 3
    runs = {trial.case: scenario_of(trial) for trial in some}
    assert len({run.seed for run in runs.values()}) == 3
    assert len({run.load for run in runs.values()}) == 3


def test_right_wrong_and_vague():
    assert right(said({UNBALANCE: "low"}))
    assert not sure(said({UNBALANCE: "low"}))
    assert sure(said({UNBALANCE: "medium"}))
    assert wrong(said({UNBALANCE: "high", RACE: "low"})) == (RACE,)
    # What the current shows of an unbalance is no error, and no answer.
    only_vague = said({Condition.SHAFT_ASYMMETRY: "medium"})
    assert vague(only_vague)
    assert not right(only_vague)
    assert not wrong(only_vague)
    assert wrong(Said(Trial(TEN, 0), {RACE: "low"}, ())) == (RACE,)


def test_cases_are_told_apart_by_their_declared_speed():
    shares = gather([said({UNBALANCE: "low"}, case) for case in range(4)])
    assert [len(one.exact) for one in shares] == [2]
    assert [one.trial.case for one in shares[0].off] == [1, 3]
    assert share(()) is None


@pytest.mark.parametrize(
    ("curve", "level"),
    [
        ([(10.0, 1.0), (5.0, 1.0), (0.0, 0.9)], 5.0),
        ([(10.0, 0.9), (5.0, 1.0)], None),  # named again lower down is chance
        ([(10.0, 1.0), (5.0, 0.5), (0.0, 1.0)], 10.0),
        ([(10.0, 1.0), (5.0, None)], 10.0),
        ([], None),
    ],
)
def test_where_naming_ends(curve, level):
    assert last_level(curve) == level


def test_the_gears_tone_has_ten_times_the_defects_rms():
    trial = Trial(SECOND, 0, RACE, -10.0)
    faulty = capture_of(scenario_of(trial))
    healthy = capture_of(scenario_of(Trial(SECOND, 0)))
    toned = with_gear(faulty, -10.0)

    def first(capture):
        return next(capture.of(Sense.VIBRATION)).values.astype(float)

    defect = first(faulty) - first(healthy)
    tone = first(toned) - first(faulty)
    assert np.std(tone) == pytest.approx(GEAR_OVER_DEFECT * np.std(defect), rel=0.05)
    assert len(toned.blocks) == len(faulty.blocks)


def test_a_walking_supply_is_a_tone_that_moves_and_nothing_else():
    scenario = rotor_scenario(Rotor("sound", 0), 4.0)
    still = capture_of(scenario)
    moved = walking(still, 50.0, 1)
    current, before = next(moved.of(Sense.POWER)).values, next(still.of(Sense.POWER)).values
    assert np.std(current) == pytest.approx(np.std(before), rel=1e-3)
    assert not np.allclose(current, before, atol=0.05 * np.std(before))
    vibration = [next(each.of(Sense.VIBRATION)).values for each in (moved, still)]
    assert np.array_equal(*vibration)
    part = cut(moved, 1.0, 2.0)
    assert part.duration_s == 2.0
    assert all(block.duration_s == pytest.approx(2.0) for block in part.blocks)


@pytest.mark.parametrize("case", [0, 3])
def test_one_bar_is_named_and_its_twin_is_left_ambiguous(case):
    # The third twin's lower sideband leads by more than a swing's alone can.
    _, bar = judge_rotor_case(Rotor("one bar", case))
    _, swing = judge_rotor_case(Rotor("swinging load", case))
    assert Condition.BROKEN_ROTOR_BAR in bar.named
    assert not swing.named
    assert any("ambiguous" in doubt for doubt in swing.doubts)


def test_a_bars_sideband_at_a_speed_declared_above_synchronism_is_no_unbalance():
    said = judge_trial(Trial(TEN, 3, Condition.BROKEN_ROTOR_BAR, -26.0))
    assert said.trial.speed_error > 0
    assert set(said.named) == {Condition.BROKEN_ROTOR_BAR}


def test_a_strong_unbalance_is_named_beside_a_capture_in_health():
    assert right(judge_trial(Trial(REFERENCED, 0, UNBALANCE, 5.0)))


@pytest.mark.parametrize("case", [1, 3])
def test_a_broken_blade_is_heard_though_the_speed_is_declared_wrong(case):
    one = judge_trial(Trial(TEN, case, Condition.BLADE_FAULT, 1.0))
    assert list(one.named) == [Condition.BLADE_FAULT]


@pytest.mark.parametrize(
    ("trial", "doubted"),
    [
        (Trial(TEN, 4, Condition.BLADE_FAULT, 2.0), "overhung rotor"),
        (Trial(REFERENCED, 3, Condition.MISALIGNMENT, -10.0), "overhung rotor"),
        (Trial(REFERENCED, 5, Condition.MISALIGNMENT, -10.0), "misalignment"),
    ],
)
def test_no_bent_shaft_is_named_where_there_is_none(trial, doubted):
    one = judge_trial(trial)
    assert not wrong(one)
    assert any("bent_shaft" in doubt and doubted in doubt for doubt in one.doubts)


def test_a_second_tells_the_speed_and_so_the_place():
    (trial,) = seconds((msgspec.structs.replace(SECOND, levels={ELEMENT: (-15.0,)}),), 2, 0)[1:]
    assert trial.speed_error == -0.05
    one = judge_second(trial)
    assert right(one.said) and one.allowed_right
    assert not wrong(one.alone) and not wrong(one.sharing)


def test_directions_share_the_noise_that_is_asked_for():
    trial = Trial(SECOND, 0, RACE, -15.0)
    plain = capture_of(scenario_of(trial))
    mixed = _sharing_noise(plain, trial)
    (x, y, _), (own, before, _) = (
        [block.values for block in capture.of(Sense.VIBRATION)] for capture in (mixed, plain)
    )
    assert np.array_equal(x, own)
    assert y.std() == pytest.approx(before.std(), rel=0.05)
    gained = np.corrcoef(x, y)[0, 1] - np.corrcoef(own, before)[0, 1]
    assert gained == pytest.approx(np.sqrt(SHARED), abs=0.1)


def test_what_the_aims_false_alarms_would_name():
    trial = Trial(SECOND, 0, RACE, -15.0)
    nothing, found = Said(trial, {}, ()), Said(trial, {RACE: "low"}, ())
    missed = Second(Said(trial, {}, ("BPFO stands",)), RACE, found, nothing)
    taken = Second(nothing, ELEMENT, nothing, nothing)
    healthy = Said(Trial(SECOND, 0), {}, ())
    table = target_table([missed, taken, Second(healthy, None, healthy, healthy)])
    aimed = ("bearing_outer_race", "0 of 2", "0 of 0", 0, 1, "1 of 2", 1, "1 of 2", "0 of 2")
    assert table.rows == (aimed,)
    assert FALSE_ALARMS == 0.01


def test_the_declared_speed_is_off_by_what_is_asked():
    capture = capture_of(scenario_of(Trial(SECOND, 0)))
    off = declared(capture, -0.05)
    assert off.speed_rpm == pytest.approx(0.95 * capture.speed_rpm)
    assert off.blocks == capture.blocks


def test_result_page_and_picture(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(detection, "_rotors", lambda cases: [])
    few = msgspec.structs.replace(SECOND, levels={RACE: (6.0, -15.0)})
    result = detection.measure(cases=2, jobs=1, settings=(few,))
    assert result.data == "simulated"
    assert all(len(row) == len(table.columns) for table in result.tables for row in table.rows)
    assert result.figures["healthy_twins"] == 2
    page = tmp_path / "R.md"
    write_markdown([result], page)
    assert "](images/detection.svg)" in page.read_text()
    picture = tmp_path / "images" / "detection.svg"
    assert "SYNTHETIC" in picture.read_text()
    assert picture.stat().st_size < 300_000
