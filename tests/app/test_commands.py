import json

import pytest
from alarm_inputs import HOUR, SECOND, START, order

from app.commands import (
    MOST_REMEMBERED,
    Acknowledge,
    CommissionActuator,
    MaintenanceOff,
    RequestCapture,
    ResetTrip,
    Shelve,
    Verdict,
    is_known,
    remember,
    why_refused,
)
from app.messages import MAX_BYTES, decode, encode
from sensors.conditions import Condition
from sensors.errors import BadMessage

TOPIC = "motorwatch/v1/hall/pump-1/cmd"
ACK = order(Acknowledge(alarm_id="a1"), START, "c1")


def payload(**changes: object) -> bytes:
    return json.dumps(json.loads(encode(ACK)) | changes).encode()


def test_an_act_is_named_in_the_message() -> None:
    assert json.loads(encode(ACK))["act"] == {"type": "Acknowledge", "alarm_id": "a1"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"act": {"type": "Detonate"}}, "Detonate"),
        ({"act": {"type": "Acknowledge"}}, "alarm_id"),
        ({"act": {"type": "MaintenanceOff", "extra": 1}}, "extra"),
        ({"act": {"type": "CommissionActuator", "on": "yes", "reason": "x"}}, "on"),
        ({"operator": ""}, "operator"),
        ({"operator": "   "}, "operator"),
        ({"operator": "Ada\nroot"}, "operator"),
        ({"id": "two words"}, "id"),
        ({"motor_id": "pump-2"}, "another motor"),
        ({"expires_ns": START}, "expire"),
        ({"expires_ns": START + 25 * HOUR}, "within a day"),
        ({"version": 2}, "version"),
        ({"surprise": 1}, "surprise"),
        ({"act": {"type": "ResetTrip", "reason": " "}}, "reason"),
        ({"act": {"type": "Shelve", "alarm_id": "a", "until_ns": START, "reason": "x"}}, "until"),
        ({"operator": "x" * MAX_BYTES["cmd"]}, "bytes"),
    ],
)
def test_a_command_out_of_bounds_says_why(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadMessage, match=said):
        decode(TOPIC, payload(**changes))


@pytest.mark.parametrize(
    ("outcome", "condition", "note"),
    [
        ("confirmed_fault", None, "worn"),
        ("no_fault_found", "unbalance", ""),
        ("other", "unbalance", "process"),
        ("other", None, " "),
    ],
)
def test_a_verdict_names_a_condition_where_a_fault_was_confirmed(
    outcome: str, condition: str | None, note: str
) -> None:
    act = {"type": "Verdict", "alarm_id": "a", "outcome": outcome, "condition": condition}
    with pytest.raises(BadMessage, match="verdict"):
        decode(TOPIC, payload(act=act | {"note": note}))


def test_a_confirmed_fault_survives_the_bus() -> None:
    act = Verdict(alarm_id="a", outcome="confirmed_fault", condition=Condition.UNBALANCE)
    sent = order(act, START, "c2")
    assert decode(TOPIC, encode(sent)) == sent


@pytest.mark.parametrize(
    ("now_ns", "said"),
    [
        (START, None),
        (START + 59 * SECOND, None),
        (START + 60 * SECOND, "expired 0 s ago"),
        (START + HOUR, "expired 3540 s ago"),
        (START - 300 * SECOND, None),
        (START - 301 * SECOND, "in the future"),
    ],
)
def test_a_command_is_obeyed_within_its_time_alone(now_ns: int, said: str | None) -> None:
    why = why_refused(ACK, now_ns)
    assert why is None if said is None else why is not None and said in why


@pytest.mark.parametrize(
    ("act", "refused"),
    [
        (Acknowledge(alarm_id="a"), False),
        (MaintenanceOff(), False),
        (RequestCapture(), False),
        (ResetTrip(reason="mended"), True),
        (CommissionActuator(on=True, reason="approved"), True),
        (Shelve(alarm_id="a", until_ns=START + HOUR, reason="known"), True),
    ],
)
def test_without_a_clock_only_what_is_harmless_late_is_obeyed(act: object, refused: bool) -> None:
    why = why_refused(order(act, START, "c"), None)  # type: ignore[arg-type]
    assert (why is not None) == refused


def test_commands_are_remembered_the_longest_lived_longest() -> None:
    memory = ()
    for number in range(MOST_REMEMBERED + 10):
        memory = remember(memory, order(MaintenanceOff(), START + number, f"c{number}"))
    assert len(memory) == MOST_REMEMBERED
    assert not is_known(memory, order(MaintenanceOff(), START, "c9"))
    assert is_known(memory, order(MaintenanceOff(), START, "c10"))
