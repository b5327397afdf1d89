"""Alarms of one motor: raised once, worse, gone, acknowledged, shelved, in maintenance, tripped."""

import pytest
from alarm_inputs import HOUR, SECOND, Gateway, finding, order

from app.alarms.board import step
from app.commands import (
    Acknowledge,
    MaintenanceOff,
    MaintenanceOn,
    RequestCapture,
    Shelve,
    Unshelve,
    Verdict,
)
from dsp.audit_note import AuditNote
from sensors.conditions import Condition
from sensors.errors import BadMessage

UNBALANCE = "unbalance"


def raised() -> Gateway:
    gateway = Gateway()
    gateway.report()
    gateway.diagnose(finding())
    return gateway


def heal(gateway: Gateway) -> None:
    """Testify absence until the alarm clears."""
    for _ in range(3):
        gateway.report(after_s=301)
        gateway.diagnose()


def test_a_finding_is_an_alarm_once() -> None:
    gateway = Gateway()
    gateway.report()
    (event,) = gateway.diagnose(finding())
    assert (event.event, event.state, event.priority) == (
        "raised",
        "unacknowledged_active",
        "medium",
    )
    assert (event.condition, event.peak, event.unit) == (Condition.UNBALANCE, 3.0, "mm/s")
    assert event.reasons == ("1x stands out",)
    assert gateway.diagnose(finding(value=5.0), after_s=60) == ()
    alarm = gateway.alarm(UNBALANCE)
    assert (alarm.count, alarm.peak, alarm.seen_ns - alarm.since_ns) == (2, 5.0, 60 * SECOND)
    assert gateway.motor().asset == "alert"


def test_a_faint_finding_is_none() -> None:
    gateway = Gateway()
    gateway.report()
    assert gateway.diagnose(finding(confidence="low")) == ()


def test_an_acknowledged_alarm_that_worsens_must_be_seen_again() -> None:
    gateway = raised()
    alarm_id = gateway.alarm(UNBALANCE).alarm_id
    assert gateway.order(Acknowledge(alarm_id=alarm_id)).state == "acknowledged_active"
    assert gateway.diagnose(finding()) == ()
    (event,) = gateway.diagnose(finding(zone="D"))
    assert (event.event, event.state, event.priority) == (
        "worsened",
        "unacknowledged_active",
        "high",
    )
    assert event.alarm_id == alarm_id
    assert gateway.motor().asset == "danger"


def test_an_alarm_clears_after_its_senses_testified_for_ten_minutes() -> None:
    gateway = raised()
    gateway.report(after_s=60)
    assert gateway.diagnose() == ()
    gateway.report(after_s=598)
    assert gateway.diagnose() == ()
    gateway.report(after_s=1)
    (event,) = gateway.diagnose(after_s=1)
    assert (event.event, event.state) == ("cleared", "returned_unacknowledged")
    known = gateway.order(Acknowledge(alarm_id=gateway.alarm(UNBALANCE).alarm_id))
    assert known.state == "normal"
    assert gateway.motor().alarms == ()


def test_time_alone_clears_nothing() -> None:
    gateway = raised()
    gateway.diagnose(after_s=60)
    gateway.tick(after_s=86400)
    assert gateway.alarm(UNBALANCE).active


@pytest.mark.parametrize("felt", ["unable", "absent", "doubt"])
def test_a_sense_that_could_not_judge_testifies_nothing(felt: str) -> None:
    gateway = raised()
    for _ in range(4):
        gateway.report(after_s=301)
        gateway.diagnose(felt=felt)
    assert gateway.alarm(UNBALANCE).active


def test_a_faint_sighting_breaks_the_testimony() -> None:
    gateway = raised()
    gateway.report(after_s=301)
    gateway.diagnose()
    gateway.diagnose(finding(confidence="low"), after_s=300)
    gateway.report(after_s=301)
    assert gateway.diagnose() == ()


def test_acknowledged_and_cleared_is_normal_and_comes_back_as_a_new_alarm() -> None:
    gateway = raised()
    first = gateway.alarm(UNBALANCE).alarm_id
    gateway.order(Acknowledge(alarm_id=first))
    heal(gateway)
    assert gateway.told[-1].state == "normal"
    assert gateway.motor().alarms == ()
    (event,) = gateway.diagnose(finding())
    assert event.event == "raised"
    assert event.alarm_id != first


def test_unacknowledged_and_cleared_comes_back_as_the_same_alarm() -> None:
    gateway = raised()
    first = gateway.alarm(UNBALANCE).alarm_id
    heal(gateway)
    (event,) = gateway.diagnose(finding())
    assert (event.event, event.alarm_id) == ("raised_again", first)
    assert gateway.alarm(UNBALANCE).state == "unacknowledged_active"


# Commands.


def test_a_command_is_obeyed_once() -> None:
    gateway = raised()
    sent = order(Acknowledge(alarm_id=gateway.alarm(UNBALANCE).alarm_id), gateway.now_ns, "c")
    assert len(gateway.give(sent)) == 1
    assert gateway.give(sent) == ()


def test_an_expired_command_is_refused_and_said_so() -> None:
    gateway = raised()
    sent = order(Acknowledge(alarm_id=gateway.alarm(UNBALANCE).alarm_id), gateway.now_ns, "c")
    (event,) = gateway.give(sent, after_s=61)[:1]
    assert (event.event, event.operator, event.command_id) == ("refused", "Ada", "c")
    assert "expired" in event.reasons[0]
    assert not gateway.alarm(UNBALANCE).acknowledged


def test_without_a_clock_shelving_is_refused() -> None:
    gateway = raised()
    act = Shelve(
        alarm_id=gateway.alarm(UNBALANCE).alarm_id,
        until_ns=gateway.now_ns + HOUR,
        reason="known",
    )
    sent = order(act, gateway.now_ns, "c")
    _, (event,) = step(gateway.board, sent, gateway.now_ns, gateway.rules, clock_is_set=False)
    assert event.event == "refused"
    assert "clock" in event.reasons[0]


def test_a_command_for_the_device_is_left_to_it() -> None:
    gateway = raised()
    before = gateway.motor()
    assert gateway.give(order(RequestCapture(), gateway.now_ns, "c")) == ()
    assert gateway.motor() is before


def test_an_unknown_alarm_is_refused_by_name() -> None:
    event = raised().order(Acknowledge(alarm_id="nobody"))
    assert event.event == "refused"
    assert "nobody" in event.reasons[0]


def test_a_verdict_acknowledges_and_is_recorded() -> None:
    gateway = raised()
    act = Verdict(
        alarm_id=gateway.alarm(UNBALANCE).alarm_id,
        outcome="confirmed_fault",
        condition=Condition.LOOSENESS,
        note="a loose foot",
    )
    event = gateway.order(act)
    assert (event.event, event.outcome, event.condition) == (
        "verdict",
        "confirmed_fault",
        Condition.LOOSENESS,
    )
    assert event.reasons == ("looseness", "a loose foot")
    assert gateway.alarm(UNBALANCE).acknowledged


def test_a_verdict_long_after_the_alarm_is_recorded_too() -> None:
    event = Gateway().order(Verdict(alarm_id="gone", outcome="no_fault_found"))
    assert (event.event, event.alarm_id, event.outcome) == ("verdict", "gone", "no_fault_found")


# Shelves and maintenance.


def shelved(gateway: Gateway, for_s: int) -> None:
    alarm = gateway.alarm(UNBALANCE)
    until_ns = gateway.now_ns + for_s * SECOND
    event = gateway.order(Shelve(alarm_id=alarm.alarm_id, until_ns=until_ns, reason="known"))
    assert (event.event, event.state) == ("shelved", "shelved")


def test_a_shelved_alarm_comes_back_by_itself_on_time() -> None:
    gateway = raised()
    shelved(gateway, 3600)
    gateway.tick(after_s=3599.999)
    assert gateway.alarm(UNBALANCE).state == "shelved"
    events = gateway.tick(after_s=0.001)
    back = [each for each in events if each.key == UNBALANCE]
    assert [(each.event, each.state) for each in back] == [("unshelved", "unacknowledged_active")]


def test_what_happens_on_the_shelf_is_recorded() -> None:
    gateway = raised()
    gateway.order(Acknowledge(alarm_id=gateway.alarm(UNBALANCE).alarm_id))
    shelved(gateway, 7200)
    heal(gateway)
    assert [event.event for event in gateway.told[-1:]] == ["cleared"]
    (event,) = gateway.diagnose(finding())
    assert (event.event, event.state) == ("raised_again", "shelved")
    assert not gateway.alarm(UNBALANCE).acknowledged


def test_an_operator_takes_an_alarm_off_the_shelf() -> None:
    gateway = raised()
    shelved(gateway, 3600)
    event = gateway.order(Unshelve(alarm_id=gateway.alarm(UNBALANCE).alarm_id))
    assert (event.event, event.operator) == ("unshelved", "Ada")
    again = gateway.order(Unshelve(alarm_id=gateway.alarm(UNBALANCE).alarm_id))
    assert again.event == "refused"


def test_nobody_shelves_longer_than_a_shift() -> None:
    gateway = raised()
    act = Shelve(
        alarm_id=gateway.alarm(UNBALANCE).alarm_id,
        until_ns=gateway.now_ns + 8 * HOUR + 1,
        reason="for ever",
    )
    event = gateway.order(act)
    assert event.event == "refused"
    assert "8 h" in event.reasons[0]


def test_maintenance_hides_and_records_and_ends_by_itself() -> None:
    gateway = raised()
    act = MaintenanceOn(until_ns=gateway.now_ns + HOUR, reason="new bearing")
    assert gateway.order(act).event == "maintenance_on"
    assert gateway.alarm(UNBALANCE).state == "out_of_service"
    (event,) = gateway.diagnose(finding(Condition.LOOSENESS))
    assert (event.event, event.state) == ("raised", "out_of_service")
    gateway.report(after_s=3599)
    told = gateway.report(after_s=1)
    assert [each.event for each in told if each.key in (None, UNBALANCE, "looseness")] == [
        "maintenance_off",
        "restored",
        "restored",
    ]
    assert gateway.motor().maintenance is None
    assert gateway.alarm("looseness").state == "unacknowledged_active"


def test_maintenance_ends_by_command_once() -> None:
    gateway = raised()
    gateway.order(MaintenanceOn(until_ns=gateway.now_ns + HOUR, reason="new bearing"))
    assert gateway.order(MaintenanceOff()).event == "maintenance_off"
    assert gateway.order(MaintenanceOff()).event == "refused"


def test_a_trip_is_shown_even_in_maintenance_and_never_shelved() -> None:
    gateway = raised()
    gateway.order(MaintenanceOn(until_ns=gateway.now_ns + HOUR, reason="new bearing"))
    (event,) = gateway.interlock(1, "tripped", tripped=True)
    assert (event.state, event.priority) == ("unacknowledged_active", "critical")
    act = Shelve(
        alarm_id=gateway.alarm("trip").alarm_id, until_ns=gateway.now_ns + HOUR, reason="loud"
    )
    assert gateway.order(act).event == "refused"


# The interlock's own alarms.


def test_a_withheld_trip_is_an_alarm_until_the_limit_is_kept_again() -> None:
    gateway = raised()
    (event,) = gateway.interlock(1, "no_permissive")
    assert (event.key, event.priority) == ("trip_withheld", "high")
    gateway.interlock(2, "one_sense")
    assert gateway.alarm("trip_withheld").active
    gateway.interlock(3, "normal")
    assert not gateway.alarm("trip_withheld").active


def test_a_reset_clears_the_trip_and_old_news_does_not_bring_it_back() -> None:
    gateway = raised()
    gateway.interlock(1, "tripped", tripped=True)
    assert gateway.motor().interlock is not None and gateway.motor().interlock.tripped
    gateway.interlock(2, "reset")
    assert not gateway.alarm("trip").active
    assert gateway.interlock(1, "tripped", tripped=True) == ()
    assert not gateway.motor().interlock.tripped


# Sensors.


def test_a_sensor_that_is_unwell_raises_a_sensor_alarm_after_its_delay() -> None:
    gateway = Gateway()
    assert gateway.reports(10, sensor_status="out_of_specification") == []
    (event,) = gateway.report(sensor_status="out_of_specification")
    assert (event.key, event.category, event.priority) == ("sensor", "sensor", "low")
    assert gateway.motor().asset == "normal"
    (event,) = gateway.report(sensor_status="failure")
    assert (event.event, event.priority) == ("worsened", "medium")
    assert gateway.reports(60) == []
    (event,) = gateway.report()
    assert event.event == "cleared"


def test_one_bad_window_is_no_sensor_alarm() -> None:
    gateway = Gateway()
    for _ in range(30):
        assert gateway.report(sensor_status="failure") == ()
        assert gateway.report() == ()


def test_what_only_a_dead_channel_shows_is_no_asset_alarm() -> None:
    dead = AuditNote(check="stuck", level="refuse", text="dead", channel="vib_de")
    gateway = Gateway()
    gateway.report()
    assert gateway.diagnose(finding(), audit=(dead,)) == ()
    assert len(gateway.diagnose(finding(channel="vib_nde"), audit=(dead,))) == 1


def test_a_motor_that_is_not_watched_is_refused_by_name() -> None:
    with pytest.raises(BadMessage, match="fan-9"):
        Gateway().report(motor_id="fan-9")
