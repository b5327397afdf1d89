"""From where a temperature says something: limits with their sources, read from `thermal.toml`."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from models.rules_file import read_rules
from sensors.errors import BadConfig

THERMAL_LIMITS = Path(__file__).with_name("thermal.toml")

InsulationClass = Literal["B", "F", "H"]


class ClassLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hottest temperatures of the insulation classes, degC."""

    B: float
    F: float
    H: float
    source: str
    confidence: str

    def __post_init__(self) -> None:
        if not 0 < self.B < self.F < self.H:
            raise BadConfig("classes: limits must rise from B over F to H")

    def limit_degc(self, insulation_class: InsulationClass | None) -> float:
        """Return the limit of a class; the highest of all where it is not known."""
        limit: float = getattr(self, insulation_class or "H")
        return limit


class HotSpotRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a hottest spot may be above a sensor where nothing is stated."""

    over_frame_k: float
    over_embedded_k: float
    source: str
    confidence: str


class LifeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many kelvin halve the life of an insulation."""

    halving_k: float
    source: str
    confidence: str

    def ageing(self, hot_spot_degc: float, limit_degc: float) -> float:
        """Return how many times faster than at its limit an insulation ages."""
        return float(2.0 ** ((hot_spot_degc - limit_degc) / self.halving_k))


class BearingRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a bearing is too hot."""

    alarm_degc: float
    source: str
    confidence: str


class RiseRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How fast a frame may warm, and how long a slope must be watched."""

    fastest_k_per_min: float
    least_s: float
    source: str
    confidence: str


class ResidualRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a difference from the fitted model is more than the model's own doubt."""

    deviations: float
    least_k: float
    settled: float
    beyond_load: float
    sensor_k: float
    source: str
    confidence: str


class ThermalLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `thermal.toml` holds."""

    classes: ClassLimits
    hot_spot: HotSpotRule
    life: LifeRule
    bearing: BearingRule
    rise: RiseRule
    residual: ResidualRule


@lru_cache(maxsize=4)
def load_thermal_limits(path: Path = THERMAL_LIMITS) -> ThermalLimits:
    """Read limits from a TOML file of the form of `thermal.toml`.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    return read_rules(
        path, ThermalLimits, what="thermal limits", example="models/thermal/thermal.toml"
    )
