"""Thresholds and texts of the shaft's patterns: the data of `shaft_faults.toml`, typed.

Every threshold is explained beside its value there; `source` and `confidence` of each table say
where its figures come from and how well they are founded.
"""

from functools import lru_cache
from pathlib import Path

import msgspec

from models.rules_file import read_rules
from sensors.conditions import Condition
from sensors.errors import BadConfig

SHAFT_RULES = Path(__file__).with_name("shaft_faults.toml")


class LineRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as a line, and how much of the velocity a pattern must explain."""

    least_db: float
    largest_chance: float
    least_share: float
    steady: float
    source: str
    confidence: str


class BaselineRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as a change against the machine's own healthy state."""

    least_rise_db: float
    clear_rise_db: float
    least_step_share: float
    least_part: float
    largest_speed_change: float
    source: str
    confidence: str


class UnbalanceRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Once a turn and radial."""

    most_others: float
    most_axial: float
    plain_share: float
    alone_share: float
    most_uneven: float
    source: str
    confidence: str


class MisalignmentRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Twice a turn, and axial."""

    least_second: float
    plain_second: float
    least_axial: float
    source: str
    confidence: str


class BentShaftRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Once a turn and axial."""

    least_axial: float
    plain_axial: float
    most_second: float
    clear_second: float
    source: str
    confidence: str


class LoosenessRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many harmonics, and halves."""

    least_harmonics: int
    harmonic_share: float
    least_halves: int
    half_share: float
    source: str
    confidence: str


class SoftFootRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Twice the line's frequency above every order."""

    least_dominance: float
    least_alone: float
    source: str
    confidence: str


class GearRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sidebands of the mesh."""

    least_sidebands: int
    sideband_share: float
    source: str
    confidence: str


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a finding does not exclude, and what would settle it.

    Attributes
    ----------
    alternatives : tuple of str
        Never excluded by vibration without phase.
    unless_axial : str
        Not excluded without an axial channel; empty where that makes no difference.
    check : str
        What to measure or look at on the machine.
    """

    alternatives: tuple[str, ...]
    unless_axial: str
    check: str


class ShaftRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `shaft_faults.toml` holds."""

    lines: LineRule
    baseline: BaselineRule
    unbalance: UnbalanceRule
    misalignment: MisalignmentRule
    bent_shaft: BentShaftRule
    looseness: LoosenessRule
    soft_foot: SoftFootRule
    gear_wear: GearRule
    words: dict[Condition, Words]

    def __post_init__(self) -> None:
        silent = {"lines", "baseline", "words"}
        missing = set(self.__struct_fields__) - silent - {c.value for c in self.words}
        if missing:
            raise BadConfig(f"no table of words for: {', '.join(sorted(missing))}")


@lru_cache(maxsize=4)
def load_shaft_rules(path: Path = SHAFT_RULES) -> ShaftRules:
    """Read rules from a TOML file of the form of `shaft_faults.toml`.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    return read_rules(
        path, ShaftRules, what="shaft rules", example="models/shaft/shaft_faults.toml"
    )
