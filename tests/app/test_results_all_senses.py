"""Verdicts of all senses: what each is worth, what changing a fact may do, which cases are hard."""

import numpy as np
import pytest

from app.results.registry import find_protocols, missing_sets, run_protocol
from app.results.senses_hard import CASES, HardCase, hard_table, try_case
from app.results.senses_invariance import (
    VARIANTS,
    Turn,
    invariance_figures,
    invariance_table,
    turned_table,
)
from app.results.senses_judged import Plan, Sensed, worth
from app.results.senses_tables import figures_of, reason, reference_table, sets_table, words
from dsp.audit_note import AuditNote
from models.finding import Diagnosis, Evidence, Finding, SenseReport
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.errors import BadConfig
from sensors.motor import Motor


def said(*named, confidence="high", reason=None, notes=(), inhibited=()):
    findings = tuple(
        Finding(condition=c, confidence=confidence, evidence=(Evidence(text="seen"),))
        for c in named
    )
    power = SenseReport(sense=Sense.POWER, state="unable", inhibited=inhibited)
    return Diagnosis(
        motor_id="m", findings=findings, abstained=reason, audit=notes, senses=(power,)
    )


def sensed(truth, by_itself, referred=None, data_set="cwru", title="a"):
    truth = frozenset(truth)
    return Sensed(data_set, title, "u", truth, (Sense.POWER,), by_itself, referred)


QUIET, ABSTAINS = said(), said(reason="too faint")


@pytest.mark.parametrize(
    ("truth", "diagnosis", "expected"),
    [
        ({Condition.UNBALANCE}, said(Condition.UNBALANCE), "named right"),
        ({Condition.UNBALANCE}, said(Condition.SHAFT_ASYMMETRY), "cause family"),
        (
            {Condition.UNBALANCE},
            said(Condition.UNBALANCE, Condition.SHAFT_ASYMMETRY),
            "named right",
        ),
        ({Condition.STATOR_INTER_TURN}, said(Condition.CURRENT_UNBALANCE), "cause family"),
        ({Condition.STATOR_INTER_TURN}, said(Condition.SUPPLY_UNBALANCE), "named wrong"),
        ({Condition.MISALIGNMENT}, said(Condition.CURRENT_UNBALANCE), "named wrong"),
        (
            {Condition.BEARING_INNER_RACE},
            said(Condition.BEARING_INNER_RACE, Condition.UNBALANCE),
            "named wrong",
        ),
        ({Condition.UNBALANCE}, ABSTAINS, "abstained"),
        ({Condition.UNBALANCE}, QUIET, "missed"),
        (set(), QUIET, "clear"),
        (set(), ABSTAINS, "abstained"),
        (set(), said(Condition.SHAFT_ASYMMETRY), "named wrong"),
        ({Condition.PROCESS_CHANGE}, said(Condition.OVERLOAD), "named wrong"),
        ({Condition.PROCESS_CHANGE}, QUIET, "clear"),
        ({Condition.STOPPED}, ABSTAINS, "abstained"),
    ],
)
def test_a_verdict_is_worth_what_is_named_beside_the_label(truth, diagnosis, expected):
    assert worth(frozenset(truth), diagnosis) == expected


def test_counts_keep_faults_and_the_rest_apart_and_a_reference_by_itself():
    judged = [
        sensed({Condition.UNBALANCE}, ABSTAINS, said(Condition.UNBALANCE)),
        sensed({Condition.UNBALANCE}, said(Condition.LOOSENESS), title="b"),
        sensed(set(), QUIET, said(Condition.UNBALANCE, confidence="low"), title="c"),
    ]
    figures = figures_of(judged)
    assert (figures["faulty"], figures["not_faulty"], figures["named"]) == (2, 1, 1)
    assert (figures["faulty_abstained"], figures["faulty_named_wrong"]) == (1, 1)
    assert (figures["wrong_high"], figures["referred_wrong_high"]) == (1, 0)
    assert figures["referred_faulty_named_right"] == 1
    assert figures["referred_not_faulty_named_wrong"] == 1
    plans = [Plan("cwru", "the healthy one"), Plan("mfpt")]
    rows = sets_table(plans, judged).rows
    assert [row[0] for row in rows] == ["cwru", "all"] and rows[0][3:9] == (2, 0, 0, 1, 0, 1)
    alone, beside = reference_table(plans, judged).rows
    assert alone[2:4] == ("by itself", 2) and alone[4:9] == (0, 0, 1, 0, 0)
    assert beside[2:4] == ("with reference", 2) and beside[4:9] == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (said(Condition.UNBALANCE), said(Condition.UNBALANCE, confidence="low"), "same"),
        (QUIET, ABSTAINS, "same"),
        (said(Condition.UNBALANCE), ABSTAINS, "fewer"),
        (said(Condition.UNBALANCE, Condition.LOOSENESS), said(Condition.UNBALANCE), "fewer"),
        (said(Condition.UNBALANCE), QUIET, "silent"),
        (said(Condition.UNBALANCE), said(Condition.MISALIGNMENT), "new"),
        (QUIET, said(Condition.UNBALANCE), "new"),
    ],
)
def test_a_changed_fact_keeps_the_names_or_takes_some_away(before, after, outcome):
    label, (prefix, _) = next(iter(VARIANTS.items()))
    turn = Turn(label, sensed({Condition.UNBALANCE}, before), before, after)
    assert turn.outcome == outcome
    figures = invariance_figures([turn])
    assert {
        f"{prefix}_{k}": figures[f"{prefix}_{k}"] for k in ("same", "fewer", "silent", "new")
    } == {f"{prefix}_{k}": int(k == outcome) for k in ("same", "fewer", "silent", "new")}
    assert invariance_table([turn]).rows[0][1] == 1
    assert len(turned_table([turn]).rows) == (outcome == "new")
    wrong = Condition.MISALIGNMENT in {finding.condition for finding in after.findings}
    assert figures[f"{prefix}_new_wrong"] == wrong


def test_every_variant_changes_what_it_says_and_nothing_else():
    channels = (
        Channel("i", Sense.POWER, Unit.AMPERE, phase="a"),
        Channel("v", Sense.VIBRATION, Unit.MPS2, axis="x"),
        Channel("t", Sense.TEMPERATURE, Unit.DEGC),
    )
    blocks = tuple(SampleBlock(c, 0, 10.0, np.ones(80, np.float32)) for c in channels)
    capture = Capture("m", 0, 8_000_000_000, blocks, speed_rpm=1000.0)
    motor = Motor(motor_id="m", nominal_rpm=1000.0)
    done = {prefix: change(capture, motor) for prefix, change in VARIANTS.values()}
    assert [b.values.max() for b in done["gain_high"][0].blocks] == [10.0, 10.0, 1.0]
    assert [b.values.max() for b in done["gain_low"][0].blocks] == pytest.approx([0.1, 0.1, 1.0])
    assert done["speed_low"][0].speed_rpm == 950.0 and done["speed_low"][1].nominal_rpm == 950.0
    cut = done["cut"][0]
    assert [b.values.size for b in cut.blocks] == [50, 50, 50] and cut.duration_s == 5.0
    renamed, other = done["renamed"]
    assert renamed.motor_id == other.motor_id == "another"
    assert {b.channel.name for b in renamed.blocks}.isdisjoint("ivt")
    kinds = [(b.channel.sense, b.channel.phase, b.channel.axis) for b in renamed.blocks]
    assert kinds == [(c.sense, c.phase, c.axis) for c in reversed(channels)]


def case_of(title) -> HardCase:
    return next(case for case in CASES if title in case.title)


CLIPPED = AuditNote(check="clipping", level="refuse", text="clipped")
ROTOR = "rotor: a drive feeds the motor"


@pytest.mark.parametrize(
    ("title", "data_set", "truth", "good", "bad"),
    [
        (
            "balls",
            "cwru",
            {Condition.BEARING_ROLLING_ELEMENT},
            QUIET,
            said(Condition.BEARING_INNER_RACE),
        ),
        ("healthy", "hit_sm_bearing", set(), ABSTAINS, said(Condition.UNBALANCE)),
        (
            "not stated",
            "adi_motor_vib",
            {Condition.UNBALANCE},
            said(Condition.UNBALANCE),
            said(Condition.BEARING_CAGE),
        ),
        (
            "Drive",
            "mcsa_misalignment",
            set(),
            said(inhibited=(ROTOR,)),
            said(reason="no vibration"),
        ),
        ("valve", "skab", {Condition.PROCESS_CHANGE}, ABSTAINS, said(Condition.OVERHEATING)),
        (
            "standstill",
            "fan_state_audio",
            {Condition.STOPPED},
            ABSTAINS,
            said(Condition.BLADE_FAULT),
        ),
        ("clipping", "fan_state_audio", {Condition.BLADE_FAULT}, said(notes=(CLIPPED,)), ABSTAINS),
    ],
)
def test_a_hard_case_holds_or_is_broken(title, data_set, truth, good, bad):
    case = case_of(title)
    holds = try_case(case, [sensed(truth, good, data_set=data_set)])
    broken = try_case(case, [sensed(truth, good, bad, data_set=data_set)])
    assert (holds.broken, len(holds.verdicts)) == (0, 1)
    assert (broken.broken, len(broken.verdicts)) == (1, 2)
    assert try_case(case, [sensed({Condition.UNBALANCE}, good, data_set="mfpt")]).verdicts == ()
    assert [row[-1] for row in hard_table([holds, broken]).rows] == ["yes", "no, 1 times"]


def test_words_and_reasons_are_short():
    assert words(said(Condition.UNBALANCE)) == "unbalance (high)"
    assert (words(ABSTAINS), words(QUIET)) == ("abstains", "nothing found")
    assert reason(said(Condition.UNBALANCE)) == "seen" and reason(QUIET) is None
    assert len(reason(said(reason="word " * 200))) < 460


def test_it_runs_on_the_data_sets_that_are_there(data_dir, tmp_path):
    (protocol,) = find_protocols("all_senses")
    with pytest.raises(BadConfig, match="cwru is not there"):
        run_protocol(protocol, tmp_path)
    (tmp_path / "itsc").symlink_to(data_dir / "itsc")
    assert missing_sets(protocol, tmp_path) == ()
    result = run_protocol(protocol, tmp_path)
    figures = result.figures
    assert (figures["faulty"], figures["not_faulty"]) == (27, 3)
    assert figures["faulty_named_wrong"] == figures["not_faulty_named_wrong"] == 0
    assert figures["faulty_cause_family"] >= 10
    assert figures["renamed_same"] == 30 + 30
    assert [table.rows[0][0] for table in result.tables[:2]] == ["itsc", "itsc"]
