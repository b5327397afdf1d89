"""Whatever arrives in whatever order: no alarm is lost, doubled, hidden for ever or un-seen."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

import hypothesis.strategies as st
import msgspec
import sample_messages as sample
from alarm_inputs import SECOND, START, Gateway, finding, order
from hypothesis import given, settings

from app.alarms.board import Tick, new_board, step
from app.alarms.event import AlarmEvent
from app.alarms.ledger import state_of
from app.alarms.motor_state import MotorState
from app.alarms.rules import AlarmRules, load_alarm_rules
from app.commands import (
    Acknowledge,
    MaintenanceOff,
    MaintenanceOn,
    Shelve,
    Unshelve,
    Verdict,
)
from app.interlock.record import InterlockRecord
from app.messages import Recorded, decode, encode, kind_of
from sensors.conditions import Condition
from sensors.errors import BadMessage

MOTORS = ("m0", "m1")
CONDITIONS = (Condition.UNBALANCE, Condition.LOOSENESS, Condition.OVERHEATING)
NEW_RAISE = ("raised", "raised_again", "worsened")


def quick(shipped: AlarmRules) -> AlarmRules:
    """Short delays and a low flood limit, so that a short run meets all of them."""
    change = msgspec.structs.replace
    return change(
        shipped,
        delays=change(shipped.delays, asset_off_s=5.0, sensor_on_s=2.0, sensor_off_s=5.0),
        flood=change(shipped.flood, limit=3, window_s=30.0, ends_below=2),
        conditioning=change(shipped.conditioning, starting_s=4.0),
    )


KINDS = ("report", "diagnose", "order", "episode", "interlock", "tick", "desk", "restart")
OFTEN = ("diagnose", "order", "order")
moves = st.tuples(
    st.sampled_from((*KINDS, *OFTEN)),
    st.sampled_from(MOTORS),
    st.sampled_from((0.0, 0.5, 1.0, 1.0, 1.0, 6.0, 40.0, -5.0)),
    st.integers(0, 2**30),
)


class Run:
    """A gateway that is driven by draws, and what was true before each step."""

    def __init__(self) -> None:
        self.gateway = Gateway(motors=MOTORS, rules=quick(load_alarm_rules()), period_s=2.0)
        self.boots = 7
        self.episodes = Counter[str]()

    def alarm_ids(self, motor_id: str) -> list[str]:
        return [alarm.alarm_id for alarm in self.gateway.motor(motor_id).alarms]

    def move(self, kind: str, motor_id: str, after_s: float, draw: int) -> tuple[AlarmEvent, ...]:
        gateway = self.gateway
        match kind:
            case "report":
                return gateway.report(
                    after_s,
                    motor_id,
                    state=("normal", "alert", "danger", "stopped", "unmonitored")[draw % 5],
                    sensor_status=("normal", "failure", "check_function")[draw // 5 % 3],
                )
            case "diagnose":
                found = [
                    finding(each, zone="BD"[draw >> place & 1], value=draw % 97)
                    for place, each in enumerate(CONDITIONS)
                    if draw >> (place + 3) & 1
                ]
                return gateway.diagnose(*found, motor_id=motor_id, after_s=after_s)
            case "episode":
                return gateway.episode(draw % 5, closed=bool(draw & 64), motor_id=motor_id)
            case "interlock":
                decision = ("normal", "tripped", "no_permissive", "reset")[draw % 4]
                seq = draw % 50
                tripped = decision == "tripped"
                return gateway.interlock(seq, decision, tripped=tripped, motor_id=motor_id)
            case "order":
                return self.order(motor_id, after_s, draw)
            case "desk":
                return self.order("desk", after_s, draw)
            case "restart":
                return self.restart(after_s)
            case _:
                return gateway.tick(after_s)

    def order(self, motor_id: str, after_s: float, draw: int) -> tuple[AlarmEvent, ...]:
        gateway = self.gateway
        gateway.now_ns += round(after_s * SECOND)
        known = self.alarm_ids(motor_id) or ["nobody"]
        alarm_id = known[draw // 8 % len(known)]
        until_ns = gateway.board.now_ns + (draw % 7 + 1) * 5 * SECOND
        act = (
            Acknowledge(alarm_id=alarm_id),
            Shelve(alarm_id=alarm_id, until_ns=until_ns, reason="x"),
            Unshelve(alarm_id=alarm_id),
            MaintenanceOn(until_ns=until_ns, reason="x"),
            MaintenanceOff(),
            Verdict(alarm_id=alarm_id, outcome="no_fault_found"),
            Acknowledge(alarm_id=alarm_id),
            Acknowledge(alarm_id=alarm_id),
        )[draw % 8]
        return gateway.give(order(act, gateway.board.now_ns, f"c{next(gateway.ids)}", motor_id))

    def restart(self, after_s: float) -> tuple[AlarmEvent, ...]:
        gateway, self.boots = self.gateway, self.boots + 1
        retained = []
        for motor_id, state in gateway.board.motors.items():
            kept = decode(f"motorwatch/v1/hall/{motor_id}/state", encode(state))
            assert kept == state
            assert isinstance(kept, MotorState)
            retained.append(kept)
        gateway.now_ns = max(gateway.board.now_ns, gateway.now_ns + round(after_s * SECOND))
        periods = dict.fromkeys(MOTORS, 2.0)
        gateway.board = new_board(
            "desk", str(self.boots), periods, gateway.now_ns, retained=retained
        )
        return ()


def records(run: Run) -> Iterator[tuple[str, dict[str, bool]]]:
    for motor_id, motor in run.gateway.board.motors.items():
        yield motor_id, {alarm.alarm_id: alarm.acknowledged for alarm in motor.alarms}


@settings(max_examples=150, deadline=None)
@given(st.lists(moves, max_size=60))
def test_whatever_arrives_alarms_are_neither_lost_nor_doubled(
    script: list[tuple[str, str, float, int]],
) -> None:
    run = Run()
    identities: set[tuple[str, str, int]] = set()
    raised: Counter[str] = Counter()
    state: dict[str, str] = {}
    grouped: Counter[str] = Counter()
    for kind, motor_id, after_s, draw in script:
        before = dict(records(run))
        events = run.move(kind, motor_id, after_s, draw)
        told = defaultdict(list)
        for event in events:
            identity = (event.motor_id, event.boot_id, event.seq)
            assert identity not in identities
            identities.add(identity)
            encode(event)
            if event.alarm_id is not None and event.state is not None:
                told[event.alarm_id].append(event.event)
                state[event.alarm_id] = event.state
                raised[event.alarm_id] += event.event == "raised"
            if event.group is not None:
                grouped[event.group] += 1
        board = run.gateway.board
        for each, motor in board.motors.items():
            encode(motor)
            keys = [alarm.key for alarm in motor.alarms]
            assert len(keys) == len(set(keys))
            for alarm in motor.alarms:
                # What the board holds is what was told last, and shelves are never overdue.
                assert state[alarm.alarm_id] == alarm.state != "normal"
                assert alarm.state == state_of(alarm, motor)
                if kind == "tick" and alarm.shelved_until_ns is not None:
                    assert alarm.shelved_until_ns > board.now_ns
                unseen = before[each].get(alarm.alarm_id, False) and not alarm.acknowledged
                assert not unseen or set(told[alarm.alarm_id]) & set(NEW_RAISE)
                if alarm.key == "flood":
                    assert grouped[alarm.alarm_id] == alarm.count
            for lost in before[each].keys() - {alarm.alarm_id for alarm in motor.alarms}:
                assert state[lost] == "normal"
    assert all(count == 1 for count in raised.values())


@settings(max_examples=60, deadline=None)
@given(st.lists(moves, max_size=40))
def test_whatever_was_hidden_comes_back_with_time_alone(
    script: list[tuple[str, str, float, int]],
) -> None:
    run = Run()
    for kind, motor_id, after_s, draw in script:
        run.move(kind, motor_id, after_s, draw)
    board, _ = step(
        run.gateway.board, Tick(), run.gateway.board.now_ns + 41 * SECOND, run.gateway.rules
    )
    for motor in board.motors.values():
        assert motor.maintenance is None
        assert {alarm.state for alarm in motor.alarms} <= {
            "unacknowledged_active",
            "acknowledged_active",
            "returned_unacknowledged",
        }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(("report", "episode")), st.integers(0, 4)), max_size=40))
def test_a_failed_sensor_never_makes_an_asset_alarm(script: list[tuple[str, int]]) -> None:
    gateway = Gateway()
    gateway.report(sensor_status="failure")
    for kind, draw in script:
        if kind == "report":
            state = ("normal", "alert", "danger", "stopped", "unmonitored")[draw]
            gateway.report(20.0, state=state, sensor_status="failure")
        else:
            gateway.episode(draw, state="danger")
    assert {event.category for event in gateway.told} <= {"sensor"}


@settings(max_examples=60, deadline=None)
@given(st.lists(moves, max_size=40))
def test_a_step_changes_nothing_but_what_it_returns(
    script: list[tuple[str, str, float, int]],
) -> None:
    run = Run()
    for kind, motor_id, after_s, draw in script:
        run.move(kind, motor_id, after_s, draw)
    board, rules = run.gateway.board, run.gateway.rules
    before = encode_all(board.motors.values())
    later = board.now_ns + 100 * SECOND
    first, second = (step(board, Tick(), later, rules) for _ in range(2))
    assert first == second
    assert encode_all(board.motors.values()) == before
    assert START <= board.now_ns < later


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
extremes = st.sampled_from((0, -(2**63), 2**63 - 1, 1e308, "9" * 128, "x", "danger", "failure"))
SAID = (
    sample.report(1, motor_id="m0", state="danger"),
    sample.alarm(2),
    sample.alarm(3, 9),
    sample.diagnosis(4, sample.OUTER_RACE, sample.UNBALANCE),
    InterlockRecord(
        motor_id="pump-1",
        boot_id="3",
        seq=1,
        t1_ns=9,
        decision="tripped",
        reason="x",
        tripped=True,
        commissioned=True,
        permissive=True,
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SAID), hostile | extremes, st.data()), max_size=8))
def test_whatever_a_device_may_say_the_gateway_goes_on_and_can_say_what_it_knows(
    script: list[tuple[Recorded, object, st.DataObject]],
) -> None:
    gateway = Gateway(motors=("m0", "pump-1"))
    for message, value, data in script:
        kind = kind_of(message)
        content = json.loads(encode(message))
        content[data.draw(st.sampled_from(list(content)))] = value
        try:
            payload = json.dumps(content).encode()
            given_ = decode(f"motorwatch/v1/hall/{message.motor_id}/{kind}", payload)
        except BadMessage:
            continue
        for event in gateway.give(given_, after_s=20.0):  # type: ignore[arg-type]
            encode(event)
        for motor in gateway.board.motors.values():
            encode(motor)


def encode_all(states: object) -> bytes:
    return msgspec.json.encode(list(states))  # type: ignore[call-overload]
