"""What counts as a trend, and what may be said of it: read from `prognosis.toml`."""

from functools import lru_cache
from pathlib import Path

import msgspec

from models.rules_file import read_rules
from sensors.errors import BadConfig

PROGNOSIS_RULES = Path(__file__).with_name("prognosis.toml")


class IndicatorRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which levels may serve, which windows compare, and how they are smoothed."""

    candidates: tuple[str, ...]
    speed_tolerance: float
    load_tolerance: float
    block_windows: int
    least_blocks: int
    quiet_quantile: float
    source: str
    confidence: str

    def __post_init__(self) -> None:
        if not self.candidates or self.block_windows < 1 or self.least_blocks < 6:
            raise BadConfig("indicator: needs candidates, block_windows >= 1, least_blocks >= 6")
        if not 0.0 <= self.quiet_quantile <= 0.5:
            raise BadConfig(f"indicator: quiet_quantile = {self.quiet_quantile} must be in 0..0.5")


class TrendRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a level rises."""

    false_rate: float
    least_rise_db: float
    source: str
    confidence: str

    def __post_init__(self) -> None:
        if not 0.0 < self.false_rate < 0.5:
            raise BadConfig(f"trend: false_rate = {self.false_rate} must be in 0..0.5")


class InspectionRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How soon somebody should look at a motor whose level rises."""

    doubling_db: float
    share: float
    longest_days: float
    at_once_db: float
    source: str
    confidence: str

    def __post_init__(self) -> None:
        if not (self.doubling_db > 0.0 and 0.0 < self.share <= 1.0 and self.longest_days > 0.0):
            raise BadConfig("inspection: doubling_db and longest_days above 0, share in 0..1")


class HoursRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When hours may be shown, and which."""

    least_field_failures: int
    class_edges_kw: tuple[float, ...]
    coverage: float
    horizon_h: float
    source: str
    confidence: str

    def __post_init__(self) -> None:
        if not (self.least_field_failures >= 2 and 0 < self.coverage < 1 and self.horizon_h > 0):
            raise BadConfig("hours: least_field_failures >= 2, coverage in 0..1, horizon_h above 0")


class PrognosisRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `prognosis.toml` holds."""

    indicator: IndicatorRule
    trend: TrendRule
    inspection: InspectionRule
    hours: HoursRule


@lru_cache(maxsize=4)
def load_prognosis_rules(path: Path = PROGNOSIS_RULES) -> PrognosisRules:
    """Read rules from a TOML file of the form of `prognosis.toml`.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    return read_rules(
        path,
        PrognosisRules,
        what="rules of prognosis",
        example="models/prognosis/prognosis.toml",
    )
