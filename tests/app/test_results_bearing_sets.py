"""Bearing protocols on planted sets: what is counted, changed, withheld and split."""

import dataclasses

import numpy as np
import pytest
from support.bearing_set import write_set

from app.results.bearing_pool import GAINS, change_gain, change_speed
from app.results.bearing_sets import evaluate
from app.results.bearing_withheld import withheld_figures, withheld_table, withhold
from app.results.class_scores import score_splits, units_said
from app.results.cross_rig import cross
from app.results.injected import with_fault
from app.results.labelled_windows import at_rates, gather, matched_rates
from app.results.line_ranks import healthy_lines, true_lines
from app.results.split_scores import split_scores
from app.results.verdicts import captures_of, judge_recordings
from models.diagnosis import diagnose
from models.splits import Split
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.errors import BadConfig, OneClass
from sensors.motor import Motor

OUTER, INNER, HEALTHY = "bearing_outer_race", "bearing_inner_race", "healthy"
FILES = [
    ("one", HEALTHY, "1", 0),
    ("one", OUTER, "1", 0),
    ("one", OUTER, "1", 1),
    ("one", OUTER, "2", 1),
    ("one", INNER, "1", 0),
    ("one", INNER, "2", 1),
]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("one"), FILES)


def test_a_planted_set_is_counted_unit_by_unit(recordings):
    result = evaluate("planted", "planted", recordings)
    figures = result.figures
    assert (figures["recordings"], figures["units"]) == (6, 5)
    assert (figures["named_right"], figures["named_wrong"]) == (5, 0)
    assert result.outcome == "of 5 units 5 named right"
    assert all(len(row) == len(table.columns) for table in result.tables for row in table.rows)


def test_a_wrong_label_is_a_wrong_verdict(recordings):
    swapped = [
        dataclasses.replace(r, labels=frozenset({Condition.BEARING_INNER_RACE}))
        for r in recordings
        if r.labels == frozenset({Condition.BEARING_OUTER_RACE})
    ]
    figures = evaluate("planted", "planted", swapped).figures
    assert figures["named_wrong"] == figures["named_wrong_high"] == 2
    assert figures["share_right"] == 0.0


def test_true_lines_stand_and_healthy_ones_do_not(recordings):
    ranks = true_lines(recordings)
    assert len(ranks) == 5
    assert all(rank.stands for rank in ranks)
    quiet = healthy_lines(recordings)
    assert [rank.line.name for rank in quiet] == ["BPFO", "BPFI"]
    assert not any(rank.stands for rank in quiet)


def test_changes_reach_the_capture(recordings):
    (_, capture), *_ = captures_of(recordings[0])
    faster, motor = change_speed(1.05)(capture, Motor(motor_id="m", nominal_rpm=1000.0))
    assert faster.speed_rpm == pytest.approx(1.05 * capture.speed_rpm)
    assert motor.nominal_rpm == 1050.0
    quiet, _ = change_gain(capture, motor)
    np.testing.assert_allclose(quiet.blocks[0].values, capture.blocks[0].values * GAINS[0])
    assert quiet.blocks[0].values.dtype == np.float32


def test_speed_and_gain_do_not_change_verdicts(recordings):
    plain = [one.outcome for one in judge_recordings(recordings)]
    for change in (change_speed(0.95), change_speed(1.05), change_gain):
        assert [one.outcome for one in judge_recordings(recordings, change)] == plain


def test_withheld_bearings_are_ranked_and_nothing_is_named(recordings):
    found = withhold(recordings)
    figures = withheld_figures(found)
    assert figures["withheld_recordings"] == 5
    assert figures["withheld_named"] == 0
    assert figures["withheld_true_line"] == figures["withheld_ranked"] == 5
    assert all(one.rank is None or 1 <= one.rank <= 5 for one in found)
    assert len(withheld_table(found).rows) == 5


def test_injection_is_named_where_it_is_loud_and_not_where_it_is_faint(recordings):
    healthy = recordings[[r.labels for r in recordings].index(frozenset())]
    (_, capture), *_ = captures_of(healthy)
    motor, outer = healthy.motor, Condition.BEARING_OUTER_RACE
    loud = with_fault(capture, motor, 1740.0, outer, 0.0, 1)
    assert [f.condition for f in diagnose(loud, motor).findings] == [outer]
    faint = with_fault(capture, motor, 1740.0, outer, -60.0, 1)
    assert diagnose(faint, motor).findings == ()


def test_rates_are_matched_below_the_lowest_and_one_rate_is_left_alone(recordings):
    assert matched_rates(recordings) == {}
    (_, capture), *_ = captures_of(recordings[0])
    slow = at_rates(capture, {Sense.VIBRATION: 8000.0})
    assert slow.blocks[0].rate_hz == 8000.0
    assert slow.blocks[0].duration_s == pytest.approx(capture.blocks[0].duration_s, rel=1e-3)


def test_windows_rise_over_their_own_rigs_health(recordings):
    windows = gather(recordings, gain_free=False)
    quiet = windows.labels == HEALTHY
    carpet = windows.rises[:, windows.names.index("vib_rms_db")]
    assert abs(np.median(carpet[quiet])) < 0.5
    assert np.median(carpet[~quiet]) > 1.0
    # The first half of the healthy windows taught the level and is not among those tested.
    assert quiet.sum() == 7
    free = gather(recordings, gain_free=True)
    assert "vib_rms_db" not in free.names
    assert "vib_kurtosis_db" in free.names


def test_grouped_splits_keep_a_bearing_on_one_side_and_the_random_one_says_so(recordings):
    result = split_scores(recordings, "bearing")
    assert result.figures["units"] == 4
    assert result.figures["auroc"] is None
    assert "fewer than 5" in str(result.figures["auroc_why"])
    assert result.figures["random_auroc"] == pytest.approx(1.0, abs=0.05)
    assert any("leaks" in str(cell) for row in result.tables[0].rows for cell in row)
    random = split_scores(recordings, "random")
    assert "no result" in random.remarks[0]
    # What leaks stands there once, and never as if it were the honest result.
    assert len(random.tables) == 2 and len(random.tables[0].rows) == 1
    assert "leaks" in str(random.tables[0].rows[0][-1]) and "leaks" in random.tables[1].title
    assert random.outcome is not None and random.outcome.startswith("random windows, leaking")
    with pytest.raises(BadConfig, match="machine"):
        split_scores(recordings, "machine")


def test_split_by_load_holds_out_unit_and_load(recordings):
    loads = split_scores(recordings, "load")
    assert loads.figures["units"] == 4


def test_a_class_of_one_unit_cannot_be_left_out(recordings):
    single = [r for r in recordings if r.unit_id in ("o1", "i1", "n1")]
    with pytest.raises(OneClass, match="two units"):
        split_scores(single, "bearing")


def test_unlabelled_recordings_are_refused(recordings):
    with pytest.raises(BadConfig, match="labels"):
        split_scores([dataclasses.replace(r, labels=None) for r in recordings], "bearing")


def test_a_class_that_was_not_taught_gets_no_probability(recordings):
    windows = gather(recordings, gain_free=True)
    inner = np.flatnonzero(windows.labels == INNER)
    rest = np.flatnonzero(windows.labels != INNER)
    scores = score_splits(windows, [Split("bearing", "x", rest, inner)])
    assert (scores.probabilities[:, scores.classes.index(INNER)] == 0.0).all()
    np.testing.assert_allclose(scores.probabilities.sum(axis=1), 1.0)
    assert all(one.share_right == 0.0 for one in units_said(scores))


def test_rigs_are_crossed_both_ways(recordings, tmp_path, monkeypatch):
    other = write_set(tmp_path, [("two", label, "7", 0) for label in (HEALTHY, OUTER, INNER)])
    monkeypatch.setattr("app.results.cross_rig.RIGS", {"a": "one", "b": "two"})
    crossings = cross("a", "b", {"one": recordings, "two": other})
    assert [(c.taught, c.tested) for c in crossings] == [("a", "b"), ("b", "a")]
    first, second = crossings
    assert {unit.rig for unit in first.units} == {"two"}
    assert {unit.rig for unit in second.units} == {"one"}
    assert set(first.leaking.windows.rigs) == {"one"}
    assert first.faulty_claim.value is None
    assert "fewer than 5" in str(first.faulty_claim.reason)
