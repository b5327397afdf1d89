"""From where rotor faults are named: limits with their sources, read from `rotor.toml`."""

from functools import lru_cache
from pathlib import Path

import msgspec

from models.rules_file import read_rules
from sensors.errors import BadConfig

ROTOR_LIMITS = Path(__file__).with_name("rotor.toml")


class LoadLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Least share of rated load, and the no-load current by which current tells load."""

    least: float
    no_load_current: float
    source: str
    confidence: str


class BarLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Heights of the lower slip sideband, in dBc: sound, suspect, broken."""

    good_dbc: float
    suspect_dbc: float
    broken_dbc: float
    source: str
    confidence: str

    def __post_init__(self) -> None:
        if not self.good_dbc < self.suspect_dbc < self.broken_dbc < 0:
            raise BadConfig("bars: good_dbc, suspect_dbc and broken_dbc must rise towards 0 dB")


class SwingLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a swinging torque makes of the sidebands: the lower's lead, and their direction.

    Attributes
    ----------
    least_asymmetry_db : float
        Lower over upper sideband, beyond what a swing does.
    least_direction_deg, most_direction_deg, less_at_rated_deg : float
        In which directions, ahead of the current, a swing moves the current's vector: from the
        least to ``most - less load``.
    """

    least_asymmetry_db: float
    least_direction_deg: float
    most_direction_deg: float
    less_at_rated_deg: float
    source: str
    confidence: str


class ShaftLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Heights of the lines ``f +- fr``, in dBc."""

    suspect_dbc: float
    clear_dbc: float
    source: str
    confidence: str


class SlotLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Heights of the slot lines, in dBc."""

    static_dbc: float
    dynamic_dbc: float
    source: str
    confidence: str


class RotorLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `rotor.toml` holds."""

    chance: float
    load: LoadLimits
    bars: BarLimits
    swing: SwingLimits
    shaft: ShaftLimits
    slots: SlotLimits


@lru_cache(maxsize=4)
def load_rotor_limits(path: Path = ROTOR_LIMITS) -> RotorLimits:
    """Read limits from a TOML file of the form of `rotor.toml`.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    return read_rules(path, RotorLimits, what="rotor limits", example="models/rotor/rotor.toml")
