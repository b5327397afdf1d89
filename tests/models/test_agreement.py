"""What the senses say together."""

import msgspec
import pytest

from dsp.audit_note import AuditNote
from models.agreement import load_sights, weigh
from models.card import cards, load_texts
from models.finding import Diagnosis, Evidence, Finding, SenseReport, Severity
from models.verdict import SenseVerdict
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.errors import BadConfig

LOW = Finding(
    condition=Condition.MISALIGNMENT,
    confidence="low",
    evidence=(Evidence(text="2x", level_db=20.0),),
)
CURRENT = Finding(
    condition=Condition.SHAFT_ASYMMETRY,
    confidence="low",
    evidence=(Evidence(text="f + fr", level_db=12.0),),
)


def felt(*findings: Finding) -> SenseVerdict:
    return SenseVerdict(Sense.VIBRATION, findings)


def metered(*findings: Finding) -> SenseVerdict:
    return SenseVerdict(Sense.POWER, findings)


def test_another_sense_confirms_and_is_not_listed_beside() -> None:
    (joined,) = weigh([felt(LOW), metered(CURRENT)], None)
    assert joined.condition is Condition.MISALIGNMENT
    assert joined.confidence == "medium"
    assert [one.sense for one in joined.evidence] == [Sense.VIBRATION, Sense.POWER]


def test_a_vaguer_name_makes_the_nearer_one_no_surer_than_two_senses_do() -> None:
    """A fan that lost a blade is out of balance: that it is, is certain; that it lost one, less."""
    heard = Finding(
        condition=Condition.BLADE_FAULT,
        confidence="low",
        evidence=(Evidence(text="blade pass", level_db=20.0),),
        alternatives=("deposits",),
    )
    shaken = Finding(
        condition=Condition.UNBALANCE,
        confidence="high",
        evidence=(Evidence(text="1x", level_db=50.0),),
        alternatives=("a bent shaft",),
    )
    (joined,) = weigh([felt(shaken), SenseVerdict(Sense.SOUND, (heard,))], None)
    assert (joined.condition, joined.confidence) == (Condition.BLADE_FAULT, "medium")
    assert [one.text for one in joined.evidence] == ["blade pass", "1x"]
    assert joined.alternatives == ("deposits",)


def test_the_same_sense_twice_confirms_nothing() -> None:
    (joined,) = weigh([felt(LOW), felt(LOW)], None)
    assert joined.confidence == "low" and len(joined.evidence) == 2


def test_agreement_never_makes_it_certain() -> None:
    medium = msgspec.structs.replace(LOW, confidence="medium")
    heard = SenseVerdict(Sense.SOUND, (medium,))
    (joined,) = weigh([felt(medium), heard], None)
    assert joined.confidence == "medium"


def test_strangers_stay_apart_strongest_first() -> None:
    cage = Finding(condition=Condition.BROKEN_ROTOR_BAR, confidence="high", evidence=())
    found = weigh([felt(LOW), metered(cage)], None)
    assert [f.condition for f in found] == [Condition.BROKEN_ROTOR_BAR, Condition.MISALIGNMENT]
    assert found[1].confidence == "low"


def test_severity_of_the_vibration_goes_to_what_was_felt_alone() -> None:
    severity = Severity(value=5.0, unit="mm/s", zone="C")
    found = weigh([felt(LOW), metered(CURRENT)], severity)
    assert found[0].severity == severity
    (alone,) = weigh([metered(CURRENT)], severity)
    assert alone.severity is None


def test_every_condition_has_a_card_and_every_fault_a_sight() -> None:
    assert set(load_texts().texts) == set(Condition)
    no_fault = {"process_change", "sensor_fault", "stopped", "unknown"}
    assert {c.value for c in Condition} - {c.value for c in load_sights()} == no_fault
    assert all(text.checks for text in load_texts().texts.values())


def diagnosis(finding: Finding, *reports: SenseReport) -> Diagnosis:
    return Diagnosis(motor_id="m", findings=weigh([felt(finding)], None), senses=reports)


def test_a_card_says_who_agrees_who_dissents_and_who_is_silent() -> None:
    unbalance = msgspec.structs.replace(LOW, condition=Condition.BLADE_FAULT)
    reports = (
        SenseReport(sense=Sense.VIBRATION, state="finding"),
        SenseReport(sense=Sense.SOUND, state="clear"),
        SenseReport(sense=Sense.POWER, state="unable", inhibited=("too short",)),
        SenseReport(sense=Sense.TEMPERATURE, state="absent"),
    )
    (card,) = cards(diagnosis(unbalance, *reports))
    assert [stance.stance for stance in card.senses] == ["agrees", "dissents", "silent", "silent"]
    assert card.senses[2].reason == "too short" and card.senses[3].reason == "not measured"


def test_a_sense_that_could_not_see_a_bearing_does_not_dissent() -> None:
    slow = AuditNote(check="resolution", level="refuse", text="too slow", refuses=("bearing",))
    clear = SenseReport(sense=Sense.VIBRATION, state="clear")
    heard = Finding(condition=Condition.BEARING_OUTER_RACE, confidence="low")
    for notes, stance in (((), "dissents"), ((slow,), "silent")):
        said = Diagnosis(motor_id="m", findings=(heard,), senses=(clear,), audit=notes)
        assert cards(said)[0].senses[0].stance == stance


def test_a_sense_one_of_whose_judges_could_not_judge_does_not_dissent() -> None:
    heard = Finding(condition=Condition.BEARING_OUTER_RACE, confidence="low")
    short = SenseReport(sense=Sense.VIBRATION, state="clear", inhibited=("holds 3 turns",))
    (card,) = cards(Diagnosis(motor_id="m", findings=(heard,), senses=(short,)))
    assert card.senses[0].stance == "silent"
    assert "holds 3 turns" in card.senses[0].reason


def test_stances_follow_the_plants_own_sights() -> None:
    heard = Finding(condition=Condition.BEARING_OUTER_RACE, confidence="low")
    clear = SenseReport(sense=Sense.VIBRATION, state="clear")
    said = Diagnosis(motor_id="m", findings=(heard,), senses=(clear,))
    own = dict(load_sights())
    own[heard.condition] = msgspec.structs.replace(own[heard.condition], must=())
    assert cards(said)[0].senses[0].stance == "dissents"
    assert cards(said, None, own)[0].senses[0].stance == "silent"


@pytest.mark.parametrize(
    ("condition", "confidence", "zone", "word"),
    [
        (Condition.BEARING_OUTER_RACE, "low", None, "week"),
        (Condition.BEARING_OUTER_RACE, "high", "B", "next stop"),
        (Condition.BEARING_OUTER_RACE, "low", "D", "Now"),
        (Condition.BEARING_OUTER_RACE, "high", "B", "no all-clear"),
        (Condition.UNBALANCE, "high", "C", "not for continuous operation"),
        (Condition.SOFT_FOOT, "low", "C", "not for continuous operation"),
        (Condition.STATOR_INTER_TURN, "medium", None, "hours"),
        (Condition.SINGLE_PHASING, "high", None, "minutes"),
        (Condition.SINGLE_PHASING, "low", None, "all three lines"),
        (Condition.SUPPLY_UNBALANCE, "high", "NEMA: do not run", "Now: the supply"),
        (Condition.UNBALANCE, 0.9, None, "maintenance"),
        (Condition.UNBALANCE, 0.1, None, "trend"),
    ],
)
def test_how_soon_depends_on_pace_certainty_and_zone(condition, confidence, zone, word) -> None:
    severity = None if zone is None else Severity(value=3.0, unit="mm/s", zone=zone)
    finding = Finding(condition=condition, confidence=confidence, severity=severity)
    (card,) = cards(Diagnosis(motor_id="m", findings=(finding,)))
    assert word in card.soon


def test_a_plants_own_texts_are_checked(tmp_path) -> None:
    path = tmp_path / "cards.toml"
    path.write_text("[soon]\ndanger = 'x'\n")
    with pytest.raises(BadConfig, match=r"cards\.toml"):
        load_texts(path)
    with pytest.raises(BadConfig):
        load_sights(tmp_path / "none.toml")
