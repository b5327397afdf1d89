"""Silence, ways of running, stage 1's episodes, floods, restarts and rules."""

from pathlib import Path

import msgspec
import pytest
from alarm_inputs import HOUR, SECOND, START, Gateway, finding, order

from app.alarms.board import Tick, new_board, next_due_ns, step
from app.alarms.memory import is_news
from app.alarms.motor_state import MotorState
from app.alarms.rules import ALARM_RULES, load_alarm_rules
from app.commands import Acknowledge, MaintenanceOn, Shelve
from app.messages import decode, encode
from sensors.conditions import Condition
from sensors.errors import BadConfig

UNBALANCE = "unbalance"


# Silence.


def test_silence_is_an_alarm_at_two_periods() -> None:
    gateway = Gateway(period_s=5.0)
    gateway.report()
    assert gateway.tick(after_s=9.999) == ()
    (event,) = gateway.tick(after_s=0.001)
    assert (event.key, event.category, event.peak, event.unit) == ("stale", "sensor", 10.0, "s")
    assert gateway.motor().online is False
    assert gateway.motor().operating == "unknown"
    assert gateway.motor().asset == "unmonitored"


def test_a_motor_that_never_reports_is_stale_too() -> None:
    gateway = Gateway(period_s=5.0)
    assert [event.key for event in gateway.tick(after_s=10)] == ["stale"]


def test_the_board_says_when_it_wants_the_next_tick() -> None:
    gateway = Gateway(period_s=5.0)
    gateway.report()
    due_ns = next_due_ns(gateway.board, gateway.rules)
    assert due_ns == gateway.now_ns + 10 * SECOND
    assert step(gateway.board, Tick(), due_ns - 1, gateway.rules)[1] == ()
    assert len(step(gateway.board, Tick(), due_ns, gateway.rules)[1]) == 1


def test_reports_from_an_outage_do_not_break_the_silence() -> None:
    gateway = Gateway(period_s=5.0)
    gateway.report()
    old = gateway.motor()
    gateway.seq = iter([0, 0, 0])
    events = gateway.reports(3, state="danger", after_s=4.0)
    assert [event.key for event in events] == ["stale"]
    assert gateway.motor().report == old.report


def test_silence_clears_once_reports_have_come_for_a_while() -> None:
    gateway = Gateway(period_s=1.0)
    gateway.tick(after_s=10)
    assert gateway.reports(60) == []
    (event,) = gateway.report()
    assert (event.event, event.state) == ("cleared", "returned_unacknowledged")


@pytest.mark.parametrize(
    ("boot_id", "is_heard"),
    [("a1-11", True), ("a1-9", False), ("a1-10", False), ("b2-1", True), ("replay-ab", True)],
)
def test_what_is_of_an_older_start_is_no_news(boot_id: str, is_heard: bool) -> None:
    gateway = Gateway(period_s=5.0)
    gateway.seq = iter(range(50, 60))
    gateway.report(boot_id="a1-10")
    gateway.seq = iter([0])
    gateway.report(boot_id=boot_id, sensor_status="failure")
    assert (gateway.motor().sensor == "failure") == is_heard


def test_a_device_restored_from_a_copy_is_heard_though_its_boots_count_anew() -> None:
    gateway = Gateway(period_s=5.0)
    gateway.reports(20)
    gateway.report(boot_id="1", state="danger", after_s=4.0)
    assert gateway.motor().reported == "normal"
    gateway.tick(after_s=10)
    gateway.report(boot_id="1", state="unmonitored")
    assert gateway.motor().operating == "unmonitored"


# How the motor runs.


def test_a_stopped_motor_raises_no_vibration_alarm() -> None:
    gateway = Gateway()
    gateway.report(state="stopped")
    assert gateway.diagnose(finding()) == ()
    assert gateway.episode(1) == ()
    assert gateway.reports(30, state="stopped") == []
    assert [e.key for e in gateway.diagnose(finding(Condition.OVERHEATING))] == ["overheating"]
    assert gateway.motor().asset == "stopped"


def test_a_start_is_not_judged_and_an_episode_that_outlasts_it_is() -> None:
    gateway = Gateway()
    gateway.report(state="stopped")
    gateway.report()
    assert gateway.motor().operating == "starting"
    gateway.episode(5)
    assert gateway.diagnose(finding()) == ()
    assert gateway.reports(29, state="danger") == []
    events = gateway.reports(15, state="danger")
    assert [(event.key, event.event) for event in events] == [("stage1", "raised")]
    assert gateway.motor().operating == "running"


def test_a_fault_does_not_heal_by_standing_still() -> None:
    gateway = Gateway()
    gateway.report()
    gateway.diagnose(finding())
    for _ in range(5):
        gateway.report(state="stopped", after_s=301)
        gateway.diagnose()
    assert gateway.alarm(UNBALANCE).active


def test_where_no_model_knows_the_motor_physics_still_speaks() -> None:
    gateway = Gateway()
    gateway.report(state="unmonitored")
    assert gateway.motor().operating == "unmonitored"
    assert len(gateway.diagnose(finding())) == 1


# Stage 1.


def test_an_episode_is_an_alarm_and_its_end_with_normal_reports_clears_it() -> None:
    gateway = Gateway()
    gateway.report(state="alert")
    assert gateway.episode(1) == ()
    # Now and then a window is normal; the episode goes on.
    assert [e for _ in range(5) for s in ("alert", "normal") for e in gateway.report(state=s)] == []
    assert gateway.report(state="alert") == ()
    (event,) = gateway.report(state="alert")
    assert (event.key, event.category, event.peak) == ("stage1", "asset", 0.9)
    assert event.reasons == ("probability 0.9",)
    gateway.episode(1, closed=True, peak=0.97)
    assert gateway.alarm("stage1").peak == 0.97
    assert gateway.reports(600) == []
    (cleared,) = gateway.report()
    assert cleared.event == "cleared"


def test_an_episode_delivered_again_after_it_cleared_raises_nothing() -> None:
    gateway = Gateway()
    gateway.episode(1)
    gateway.reports(13, state="alert")
    gateway.order(Acknowledge(alarm_id=gateway.alarm("stage1").alarm_id))
    gateway.episode(1, closed=True)
    gateway.reports(601)
    assert gateway.motor().alarms == ()
    assert gateway.episode(1) == gateway.episode(1, closed=True) == gateway.episode(1) == ()


def test_an_episode_whose_end_was_never_heard_clears_by_its_reports() -> None:
    gateway = Gateway()
    gateway.episode(1)
    gateway.reports(13, state="alert")
    assert [event.event for event in gateway.reports(1300)] == ["cleared"]


def test_a_short_episode_is_an_alarm_when_it_ends() -> None:
    gateway = Gateway()
    gateway.report(state="alert")
    gateway.episode(1)
    gateway.reports(3)
    assert [event.event for event in gateway.episode(1, closed=True)] == ["raised"]


def test_an_episode_heard_of_only_when_it_was_over_is_an_alarm() -> None:
    gateway = Gateway()
    gateway.report()
    assert [event.event for event in gateway.episode(1, closed=True)] == ["raised"]


def test_reports_that_stay_raised_are_an_alarm_without_an_episode() -> None:
    gateway = Gateway()
    assert gateway.reports(12, state="danger") == []
    (event,) = gateway.report(state="danger")
    assert (event.key, event.severity) == ("stage1", "danger")


def test_a_sensor_that_the_audit_condemns_in_time_makes_no_asset_alarm() -> None:
    gateway = Gateway()
    gateway.report(state="danger")
    gateway.episode(1, state="danger")
    gateway.reports(10, state="danger")
    gateway.reports(100, state="danger", sensor_status="failure")
    gateway.episode(1, closed=True)
    assert {event.key for event in gateway.told} == {"sensor"}


def test_stage_1_on_a_sick_sensor_is_no_asset_alarm() -> None:
    gateway = Gateway()
    gateway.report(state="danger", sensor_status="failure")
    gateway.episode(1, state="danger")
    events = gateway.reports(30, state="danger", sensor_status="failure")
    assert {event.category for event in events} == {"sensor"}


# Floods.


def flooded(count: int) -> Gateway:
    gateway = Gateway(motors=tuple(f"m{number}" for number in range(count)))
    for motor_id in gateway.motors:
        gateway.report(motor_id=motor_id, after_s=1.0)
        gateway.diagnose(finding(), motor_id=motor_id)
    return gateway


def test_ten_alarms_in_ten_minutes_are_no_flood() -> None:
    gateway = flooded(10)
    assert all(event.group is None for event in gateway.told)
    assert gateway.motor("desk").alarms == ()


def test_from_the_eleventh_on_they_are_one_alarm_and_none_is_lost() -> None:
    gateway = flooded(25)
    raised = [event for event in gateway.told if event.key == UNBALANCE]
    flood = gateway.alarm("flood", "desk")
    assert len(raised) == 25
    assert sum(event.group == flood.alarm_id for event in raised) == flood.count == 15
    assert [event.event for event in gateway.told if event.key == "flood"] == ["raised"]
    assert all(gateway.alarm(UNBALANCE, motor_id).active for motor_id in gateway.motors)


def test_critical_alarms_stand_out_of_a_flood() -> None:
    gateway = flooded(25)
    (event,) = gateway.interlock(1, "tripped", tripped=True, motor_id="m3")
    assert (event.key, event.group) == ("trip", None)


def test_a_flood_ends_when_fewer_than_five_came_in_ten_minutes() -> None:
    gateway = flooded(12)
    due_ns = next_due_ns(gateway.board, gateway.rules)
    assert due_ns is not None
    gateway.tick(after_s=(due_ns - gateway.now_ns - 1) / SECOND)
    assert gateway.alarm("flood", "desk").active
    (event,) = gateway.tick(after_s=2 / SECOND)
    assert (event.key, event.event, event.count) == ("flood", "cleared", 2)
    known = gateway.order(Acknowledge(alarm_id=event.alarm_id or ""), motor_id="desk")
    assert known.state == "normal"


def test_ten_in_eleven_minutes_each_are_no_flood() -> None:
    gateway = Gateway(motors=tuple(f"m{number}" for number in range(40)))
    for motor_id in gateway.motors:
        gateway.report(motor_id=motor_id, after_s=61.0)
        gateway.diagnose(finding(), motor_id=motor_id)
    assert all(event.group is None for event in gateway.told)


# Restarts.


def restarted(gateway: Gateway, boot_id: str = "8") -> Gateway:
    """Another run of the gateway, from what the broker retained."""
    topic = "motorwatch/v1/hall/{}/state"
    retained = [
        decode(topic.format(motor_id), encode(state))
        for motor_id, state in gateway.board.motors.items()
    ]
    assert all(isinstance(state, MotorState) for state in retained)
    again = Gateway(motors=gateway.motors, period_s=gateway.period_s)
    again.now_ns, again.seq, again.ids = gateway.now_ns + HOUR, gateway.seq, gateway.ids
    periods = dict.fromkeys(gateway.motors, gateway.period_s)
    again.board = new_board("desk", boot_id, periods, again.now_ns, retained=retained)  # type: ignore[arg-type]
    return again


def test_acknowledgement_shelf_and_maintenance_survive_a_restart() -> None:
    gateway = Gateway()
    gateway.report()
    gateway.diagnose(finding(), finding(Condition.LOOSENESS))
    known, aside = gateway.alarm(UNBALANCE).alarm_id, gateway.alarm("looseness").alarm_id
    gateway.order(Acknowledge(alarm_id=known))
    gateway.order(Shelve(alarm_id=aside, until_ns=gateway.now_ns + 2 * HOUR, reason="known"))
    again = restarted(gateway)
    assert again.tick() == ()
    assert (again.alarm(UNBALANCE).state, again.alarm(UNBALANCE).alarm_id) == (
        "acknowledged_active",
        known,
    )
    assert again.alarm("looseness").state == "shelved"
    again.report()
    assert again.diagnose(finding()) == ()
    assert [event.event for event in again.tick(after_s=3600)] == ["unshelved"]


def test_a_command_from_before_the_restart_is_not_obeyed_again() -> None:
    gateway = Gateway()
    gateway.report()
    sent = order(
        MaintenanceOn(until_ns=gateway.now_ns + 3 * HOUR, reason="x"),
        gateway.now_ns,
        "c",
        life_s=9000,
    )
    gateway.give(sent)
    again = restarted(gateway)
    assert again.give(sent) == ()
    assert again.motor().maintenance is not None


def test_a_shelf_that_began_under_a_wrong_clock_ends_at_once() -> None:
    gateway = Gateway()
    gateway.report()
    gateway.diagnose(finding())
    gateway.order(
        Shelve(
            alarm_id=gateway.alarm(UNBALANCE).alarm_id,
            until_ns=gateway.now_ns + HOUR,
            reason="known",
        )
    )
    retained = list(gateway.board.motors.values())
    board = new_board("desk", "8", {"pump-1": 10.0}, 0, retained=retained)
    _, events = step(board, Tick(), 1, gateway.rules)
    assert [event.event for event in events] == ["unshelved"]


def test_alarms_of_a_new_run_have_identities_of_their_own() -> None:
    first, second = Gateway(), Gateway()
    second.board = new_board("desk", "8", {"pump-1": 100.0}, START)
    ids = []
    for gateway in (first, second):
        gateway.report()
        ids += [event.alarm_id for event in gateway.diagnose(finding())]
    assert len(set(ids)) == 2


def test_time_never_runs_backwards() -> None:
    gateway = Gateway(period_s=5.0)
    gateway.report()
    gateway.diagnose(finding(), after_s=-3600)
    assert gateway.alarm(UNBALANCE).since_ns == START + SECOND


def test_sightings_alone_are_no_news() -> None:
    gateway = Gateway()
    gateway.report()
    gateway.diagnose(finding())
    before = gateway.motor()
    gateway.report()
    gateway.diagnose(finding(value=9.0))
    assert not is_news(before, gateway.motor())
    gateway.order(Acknowledge(alarm_id=gateway.alarm(UNBALANCE).alarm_id))
    assert is_news(before, gateway.motor())


def test_a_position_named_as_a_motor_is_refused() -> None:
    with pytest.raises(BadConfig, match="pump-1"):
        new_board("pump-1", "7", {"pump-1": 1.0}, START)


def test_the_fullest_state_fits_into_its_message() -> None:
    gateway = Gateway()
    gateway.report()
    hostile = "\x01\U0001f600" * 1000
    for condition in Condition:
        worst = msgspec.structs.replace(finding(condition), evidence=())
        texts = tuple(
            msgspec.structs.replace(finding().evidence[0], text=f"{number}{hostile}"[:2000])
            for number in range(30)
        )
        gateway.diagnose(msgspec.structs.replace(worst, evidence=texts))
    for number in range(250):
        gateway.order(Acknowledge(alarm_id=f"{number}" + "x" * 100))
    assert len(encode(gateway.motor())) > 30_000
    for event in gateway.told:
        encode(event)


# Rules.


def test_a_plants_own_rules_take_the_place_of_the_shipped(tmp_path: Path) -> None:
    own = tmp_path / "alarms.toml"
    own.write_text(ALARM_RULES.read_text().replace("limit = 10 ", "limit = 20 "))
    assert load_alarm_rules(own).flood.limit == 20


@pytest.mark.parametrize(
    ("shipped", "own", "said"),
    [
        ("starting_s = 30.0", "starting_s = -1.0", "starting_s"),
        ("starting_s = 30.0", "starting_s = nan", "starting_s"),
        ("periods = 2.0", "periods = 0.5", "periods"),
        ("ends_below = 5 ", "ends_below = 11 ", "ends_below"),
        ('alert = "medium"', 'alert = "loud"', "loud|alert"),
        ('"overheating", "supply_unbalance"', '"heat"', "heat|while_stopped"),
        ("most_s = 28800.0", "most = 28800.0", "most"),
    ],
)
def test_nonsense_in_rules_is_refused_by_name(
    tmp_path: Path, shipped: str, own: str, said: str
) -> None:
    text = ALARM_RULES.read_text()
    assert shipped in text
    path = tmp_path / "alarms.toml"
    path.write_text(text.replace(shipped, own))
    with pytest.raises(BadConfig, match=said):
        load_alarm_rules(path)
