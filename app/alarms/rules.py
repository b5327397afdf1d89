"""How alarms are delayed, shelved, conditioned, grouped and ranked: read from `alarms.toml`."""

import math
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from app.alarms.event import Priority, Severity
from models.rules_file import read_rules
from sensors.conditions import Condition
from sensors.errors import BadConfig

ALARM_RULES = Path(__file__).with_name("alarms.toml")

Seconds = Annotated[float, Meta(ge=0.0, le=366 * 86400.0)]
Some = Annotated[float, Meta(gt=0.0, le=366 * 86400.0)]


class Delays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long something must be there, or be gone, before it counts."""

    sensor_on_s: Seconds
    stage1_on_s: Seconds
    asset_off_s: Seconds
    sensor_off_s: Seconds
    source: str
    confidence: str


class Bound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The longest time that an operator may ask for."""

    most_s: Some
    source: str
    confidence: str


class Conditioning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is judged while a motor does not run steadily."""

    starting_s: Seconds
    while_stopped: tuple[Condition, ...]
    while_starting: tuple[Condition, ...]
    source: str
    confidence: str


class StaleRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After how many report periods silence is an alarm."""

    periods: Annotated[float, Meta(ge=1.0, le=1000.0)]
    source: str
    confidence: str


class FloodRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When alarms of one operator position are shown as one."""

    limit: Annotated[int, Meta(ge=1, le=1000)]
    window_s: Some
    ends_below: Annotated[int, Meta(ge=1)]
    exempt: tuple[Priority, ...]
    source: str
    confidence: str

    def __post_init__(self) -> None:
        if self.ends_below > self.limit:
            raise BadConfig(
                f"flood: ends_below = {self.ends_below} is above its limit {self.limit}; "
                "a flood would end as it begins"
            )


class Ranking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Priority of each sort of alarm."""

    alert: Priority
    danger: Priority
    sensor: Priority
    sensor_failure: Priority
    stale: Priority
    trip: Priority
    trip_withheld: Priority
    flood: Priority
    source: str
    confidence: str


class AlarmRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that `alarms.toml` holds."""

    delays: Delays
    shelving: Bound
    maintenance: Bound
    conditioning: Conditioning
    stale: StaleRule
    flood: FloodRule
    priority: Ranking

    def of_asset(self, severity: Severity) -> Priority:
        """Priority of a fault."""
        return self.priority.danger if severity == "danger" else self.priority.alert


@lru_cache(maxsize=4)
def load_alarm_rules(path: Path = ALARM_RULES) -> AlarmRules:
    """Read rules of alarms from a TOML file of the form of `alarms.toml`.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, lacks or misnames a field, or a figure is impossible.
    """
    return read_rules(path, AlarmRules, what="alarm rules", example="app/alarms/alarms.toml")


def nanoseconds(seconds: float) -> int:
    """Return seconds as whole nanoseconds, rounded up: a delay is never cut short."""
    return math.ceil(seconds * 1e9)
