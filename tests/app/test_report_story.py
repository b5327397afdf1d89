"""A story remembers what a report needs, and no more."""

import msgspec
import pytest
from report_stories import (
    MOTOR,
    SPEC,
    alarm,
    empty_story,
    faulty_capture,
    healthy_capture,
    outer_race,
    report,
    said,
)

from app.report.columns import column
from app.report.story import MOST_ALARMS, MOST_NOTES
from app.report.trend import CAPACITY
from dsp.audit_note import AuditNote
from sensors.capture import Capture
from sensors.conditions import Condition
from sensors.errors import BadMessage, SpecMismatch


def taken(t0_s: int) -> Capture:
    return Capture("pump-1", t0_s * 10**9, (t0_s + 1) * 10**9, ())


def test_it_keeps_the_first_healthy_the_strongest_and_the_last_capture() -> None:
    story = empty_story()
    weak, strong = outer_race(20.0, "medium"), outer_race(20.0, "high")
    stronger, hint = outer_race(30.0, "high"), outer_race(90.0, "low")
    findings = [(), (), (weak,), (stronger,), (strong,), (hint,), ()]
    for t0_s, found in enumerate(findings):
        story.capture(taken(t0_s), said(*found))
    assert story.reference is not None and story.reference.capture.t0_ns == 0
    assert story.strongest is not None and story.strongest.capture.t0_ns == 3 * 10**9
    assert story.last is not None and story.last.capture.t0_ns == 6 * 10**9
    sighting = story.sightings[0]
    assert (sighting.first_ns, sighting.last_ns, sighting.times) == (2 * 10**9, 6 * 10**9, 4)
    assert sighting.strongest == stronger


def test_a_judged_capture_replaces_an_abstained_one_as_reference() -> None:
    story = empty_story()
    story.capture(taken(0), said(abstained="speed unknown"))
    story.capture(taken(1), said())
    story.capture(taken(2), said())
    assert story.reference is not None and story.reference.capture.t0_ns == 10**9


def test_a_measured_probability_ranks_between_the_words() -> None:
    story = empty_story()
    story.capture(taken(0), said(outer_race(50.0, "medium")))
    story.capture(taken(1), said(msgspec.structs.replace(outer_race(10.0), confidence=0.8)))
    story.capture(taken(2), said(msgspec.structs.replace(outer_race(99.0), confidence=0.1)))
    assert story.strongest is not None and story.strongest.capture.t0_ns == 10**9


def test_hours_of_reports_stay_within_bounds() -> None:
    story = empty_story()
    for seq in range(3 * CAPACITY):
        story.report(report(seq, state="danger" if seq == 100 else "normal"))
        if seq % 10 == 0:
            story.alarm(alarm(seq, closed_s=seq + 1))
    assert story.windows == 3 * CAPACITY and len(story.trend) <= CAPACITY
    assert column(story.trend.high, "state").max() == 5.0
    assert len(story.alarms) == MOST_ALARMS
    assert story.dropped_alarms == 3 * CAPACITY // 10 - MOST_ALARMS


def test_audit_notes_are_gathered_by_kind() -> None:
    story = empty_story()
    for t0_s in range(3 * MOST_NOTES):
        notes = (
            AuditNote(check="clipping", level="warning", text=f"{t0_s} % clipped", channel="a"),
            AuditNote(check=f"check {t0_s}", level="ok", text="well"),
        )
        story.capture(taken(t0_s), said(audit=notes))
    assert len(story.notes) == MOST_NOTES
    clipped = story.notes[0]
    assert (
        clipped.times == 3 * MOST_NOTES and clipped.note.text == f"{3 * MOST_NOTES - 1} % clipped"
    )


def test_redelivered_windows_change_nothing() -> None:
    story = empty_story()
    for seq in (0, 1, 1, 0, 2, 2):
        story.report(report(seq))
    assert story.windows == 3 and len(story.trend) == 3
    assert story.windows_in["normal"] == 3 and story.signal_s == 3.0


def test_since_when_counts_from_the_change_and_the_shown_state_counts() -> None:
    story = empty_story()
    story.report(report(0, state="learning"))
    story.report(report(1))
    story.report(report(2), state="alert")
    story.report(report(3, sensor_status="failure"), state="alert")
    assert (story.state, story.state_since_ns) == ("alert", 2 * 10**9)
    assert (story.sensor_status, story.sensor_since_ns) == ("failure", 3 * 10**9)
    counted = {state: count for state, count in story.windows_in.items() if count}
    assert counted == {"normal": 1, "learning": 1, "alert": 2}


def test_a_closing_replaces_the_alarm_it_closes() -> None:
    story = empty_story()
    story.alarm(alarm(5))
    assert story.open_alarm is not None
    story.alarm(alarm(5, closed_s=9))
    assert story.open_alarm is None and len(story.alarms) == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"motor_id": "other"}, BadMessage),
        ({"spec_id": "other"}, SpecMismatch),
        ({"values": (1.0,)}, SpecMismatch),
    ],
)
def test_reports_of_others_are_refused(changes: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error, match="pump-1"):
        empty_story().report(report(0, **changes))


def test_captures_and_alarms_of_others_are_refused() -> None:
    story = empty_story()
    with pytest.raises(BadMessage, match="other"):
        story.capture(taken(0), msgspec.structs.replace(said(), motor_id="other"))
    with pytest.raises(BadMessage, match="other"):
        story.alarm(msgspec.structs.replace(alarm(0), motor_id="other"))


def test_letting_go_frees_captures_but_keeps_what_was_said() -> None:
    story = empty_story()
    story.capture(healthy_capture(), said())
    story.capture(faulty_capture(9), said(outer_race(), abstained="why not"))
    story.let_go()
    assert (story.reference, story.strongest, story.last) == (None, None, None)
    assert story.sightings[0].strongest.condition is Condition.BEARING_OUTER_RACE
    assert story.last_diagnosis is not None and story.last_diagnosis.abstained == "why not"
    assert story.measured[0].rate_hz == 20_000.0
    assert story.spec_id == SPEC.spec_id and story.motor is MOTOR
