"""docs/ALARMS.md and docs/INTERLOCK.md name all that there is, and their example is accepted."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pages import FENCE, ROOT

from app.alarms.event import AlarmHappening, AlarmState, Happening
from app.alarms.rules import load_alarm_rules
from app.commands import Act
from app.interlock.config import GpioInput, GpioOutput, load_interlock
from app.interlock.record import Decision

ALARMS = (ROOT / "docs" / "ALARMS.md").read_text()
INTERLOCK = (ROOT / "docs" / "INTERLOCK.md").read_text()


def rows(text: str, head: str) -> set[str]:
    """Names in backticks of the first column of the table that begins with `head`."""
    table = text.split(f"| {head} |")[1].split("\n\n")[0]
    first = [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]
    return set(re.findall(r"`([\w.]+)`", " ".join(first)))


def test_every_state_event_act_and_decision_has_its_row() -> None:
    happenings = set(get_args(AlarmHappening)).union(
        *(get_args(part) for part in get_args(Happening))
    )
    assert rows(ALARMS, "state") == set(get_args(AlarmState))
    assert rows(ALARMS, "event") == happenings - {AlarmHappening}
    assert rows(ALARMS, "act") == {act.__name__ for act in get_args(Act)}
    assert rows(INTERLOCK, "decision") == set(get_args(Decision))


def test_every_rule_has_its_row() -> None:
    rules = load_alarm_rules()
    named = {
        f"{group}.{field}"
        for group in ("delays", "shelving", "maintenance", "stale", "flood")
        for field in getattr(rules, group).__struct_fields__
        if field not in ("source", "confidence", "exempt")
    }
    assert rows(ALARMS, "rule") == named | {"conditioning.starting_s", "priority"}


@pytest.mark.parametrize("key", ["stage1", "sensor", "stale", "trip", "trip_withheld", "flood"])
def test_every_key_has_its_row(key: str) -> None:
    assert key in rows(ALARMS, "key")


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    (example,) = [block for language, block in FENCE.findall(INTERLOCK) if language == "toml"]
    path = tmp_path / "device.toml"
    path.write_text(example)
    config = load_interlock(path)
    assert isinstance(config.actuator, GpioOutput)
    assert isinstance(config.permissive, GpioInput)


def test_it_says_that_it_is_no_safety_function() -> None:
    assert "This is not a safety function" in INTERLOCK
    assert "IEC 61508" in INTERLOCK
