"""Counting of verdicts on constructed outcomes: every rule that a unit's outcome follows."""

import pytest

from app.results.verdict_tables import (
    class_table,
    recording_table,
    unit_table,
    verdict_figures,
    verdict_outcome,
)
from app.results.verdicts import Judged, units_of
from dsp.audit_note import AuditNote
from models.finding import Diagnosis, Evidence, Finding
from sensors.conditions import Condition

OUTER, INNER = Condition.BEARING_OUTER_RACE, Condition.BEARING_INNER_RACE


def said(*named, confidence="high", reason=None, notes=()):
    findings = tuple(
        Finding(condition=c, confidence=confidence, evidence=(Evidence(text="seen"),))
        for c in named
    )
    return Diagnosis(motor_id="m", findings=findings, abstained=reason, audit=notes)


def judged(unit, truth, diagnosis):
    return Judged(f"{unit}.mat", unit, "rig", frozenset(truth), diagnosis)


def outcome(truth, *diagnoses):
    (unit,) = units_of([judged("u", truth, one) for one in diagnoses])
    return unit.outcome


RIGHT, WRONG = said(OUTER), said(INNER)
QUIET, ABSTAINS = said(), said(reason="too faint")


@pytest.mark.parametrize(
    ("truth", "diagnosis", "expected"),
    [
        ({OUTER}, RIGHT, "named right"),
        ({OUTER}, WRONG, "named wrong"),
        ({OUTER}, said(OUTER, INNER), "named wrong"),
        ({OUTER}, QUIET, "missed"),
        ({OUTER}, ABSTAINS, "abstained"),
        ({OUTER, INNER}, RIGHT, "named right"),
        (set(), QUIET, "named right"),
        (set(), ABSTAINS, "named right"),
        (set(), WRONG, "named wrong"),
    ],
)
def test_a_recording_is_worth_what_was_named(truth, diagnosis, expected):
    assert judged("u", truth, diagnosis).outcome == expected


@pytest.mark.parametrize(
    ("diagnoses", "expected"),
    [
        ((RIGHT, RIGHT, QUIET), "named right"),
        ((RIGHT, QUIET), "missed"),
        ((RIGHT, ABSTAINS), "abstained"),
        ((RIGHT, ABSTAINS, QUIET), "abstained"),
        ((ABSTAINS, QUIET, QUIET), "missed"),
        ((RIGHT, RIGHT, RIGHT, WRONG), "named wrong"),
    ],
)
def test_a_unit_needs_a_majority_and_no_wrong_name(diagnoses, expected):
    assert outcome({OUTER}, *diagnoses) == expected


def test_wrong_at_high_confidence_is_counted_apart():
    low = judged("a", {OUTER}, said(INNER, confidence="low"))
    high = judged("b", {OUTER}, said(INNER))
    right = judged("c", {OUTER}, said(OUTER))
    units = units_of([low, high, right])
    figures = verdict_figures([low, high, right], units)
    assert (figures["named_wrong"], figures["named_wrong_high"]) == (2, 1)
    assert (
        verdict_outcome(units) == "of 3 units 1 named right, 2 named wrong (1 at high confidence)"
    )


def test_units_are_bearings_not_files_and_healthy_ones_are_counted_apart():
    some = [judged("a", {OUTER}, RIGHT), judged("a", {OUTER}, RIGHT), judged("n", set(), QUIET)]
    figures = verdict_figures(some, units_of(some))
    assert (figures["recordings"], figures["units"]) == (3, 2)
    assert (figures["faulty_named_right"], figures["healthy_quiet"]) == (1, 1)
    assert figures["share_right"] == 1.0


def test_an_interval_needs_five_units_in_every_class():
    five = [judged(f"o{k}", {OUTER}, RIGHT) for k in range(5)]
    four = [judged(f"i{k}", {INNER}, QUIET) for k in range(4)]
    figures = verdict_figures(five + four, units_of(five + four))
    assert figures["share_right_low"] is None
    assert "bearing_inner_race" in str(figures["share_right_why"])
    rows = {row[0]: row for row in class_table(units_of(five + four)).rows}
    assert rows[OUTER][3:5] == (1.0, "0.48 to 1.00")
    assert rows[INNER][4] is None
    alone = verdict_figures(five, units_of(five))
    assert alone["share_right_low"] == pytest.approx(0.4782, abs=1e-3)
    assert alone["share_right_high"] == 1.0


def test_standstill_is_read_from_the_audit():
    note = AuditNote(check="stopped", level="refuse", text="the motor stands still")
    assert judged("u", set(), said(notes=(note,))).stopped == "the motor stands still"
    assert judged("u", set(), QUIET).stopped is None


def test_tables_list_every_unit_and_every_recording():
    some = [judged("a", {OUTER}, RIGHT), judged("b", {OUTER}, ABSTAINS), judged("n", set(), QUIET)]
    units, recordings = unit_table(units_of(some)), recording_table(some)
    assert [row[0] for row in units.rows] == ["a", "b", "n"]
    assert [row[5] for row in recordings.rows] == ["named right", "abstained", "named right"]
    assert recordings.rows[1][6] == "too faint"
    assert all(len(row) == len(t.columns) for t in (units, recordings) for row in t.rows)
