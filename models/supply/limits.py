"""The figures that supply and currents are judged by: data with source and confidence.

They are read from `electrical.toml`, or from a plant's own file of the same form.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from models.rules_file import read_rules
from sensors.errors import BadConfig

ELECTRICAL_LIMITS = Path(__file__).with_name("electrical.toml")

Trust = Literal["standard", "practice", "assumed"]


class VoltageUnbalance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unbalance of the supply: V2/V1 to watch and to name, NEMA's percent to derate by."""

    watch: float
    limit: float
    derating_percent: tuple[tuple[float, float], ...]
    stop_percent: float
    source: str
    confidence: Trust

    def __post_init__(self) -> None:
        _check_rise("voltage_unbalance", self.watch, self.limit)
        percents = [percent for percent, _ in self.derating_percent]
        if not percents or percents != sorted(percents):
            raise BadConfig("voltage_unbalance: derating_percent must rise, one pair or more")

    def derating(self, percent: float) -> float:
        """Return the share of rated power that NEMA leaves a motor at this unbalance."""
        before = (0.0, 1.0)
        for pair in self.derating_percent:
            if percent <= pair[0]:
                share = (percent - before[0]) / (pair[0] - before[0])
                return before[1] + share * (pair[1] - before[1])
            before = pair
        return before[1]


class CurrentUnbalance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Negative-sequence current, over rated current, to watch and to name."""

    watch: float
    limit: float
    source: str
    confidence: Trust

    def __post_init__(self) -> None:
        _check_rise("current_unbalance", self.watch, self.limit)


class SinglePhasing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an open phase looks like: unbalance, what it may read, or the pattern 2 : 1 : 1.

    Attributes
    ----------
    weak : float
        A phase under this share of two like ones is nearly open: no short lowers one so far.
    """

    unbalance: float
    dead: float
    weak: float
    pattern: float
    source: str
    confidence: Trust


class NegativeSequence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much current a motor may draw for a negative-sequence voltage, and of itself.

    Attributes
    ----------
    least, most : float
        I2 over rated current for V2/V1 of one: a plant that has measured its motor narrows them.
    least_current : float
        I1 over rated current that a running motor draws at least.
    inherent : float
        I2 over rated current of a sound motor on a balanced supply.
    voltage_error, current_error : float
        Error of V2/V1 and of I2/I1 by unequal sensors.
    least_angle_deg, most_angle_deg : float
        By how much the current that V2 draws lags it.
    """

    least: float
    most: float
    least_current: float
    inherent: float
    voltage_error: float
    current_error: float
    least_angle_deg: float
    most_angle_deg: float
    source: str
    confidence: Trust

    def __post_init__(self) -> None:
        _check_rise("negative_sequence", self.least, self.most)
        _check_rise("negative_sequence", self.least_angle_deg, self.most_angle_deg)
        if not 0.0 < self.least_current <= 1.0:
            raise BadConfig(
                f"negative_sequence: least_current = {self.least_current:g} must be above 0 and "
                "at most 1"
            )


class Overload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Current over rated current: to watch, to name, and beyond which the motor only starts.

    Attributes
    ----------
    running : float
        Under it no induction motor runs.
    """

    running: float
    watch: float
    limit: float
    starting: float
    source: str
    confidence: Trust

    def __post_init__(self) -> None:
        _check_rise("overload", self.running, self.watch)
        _check_rise("overload", self.watch, self.limit)
        _check_rise("overload", self.limit, self.starting)


class EarthCurrent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Zero over positive sequence of three measured currents that stands out."""

    limit: float
    source: str
    confidence: Trust


class VoltageQuality(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far voltage may be off its rating, relative, and how much it may be distorted."""

    tolerance: float
    distortion: float
    source: str
    confidence: Trust


class ElectricalLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `electrical.toml` holds."""

    voltage_unbalance: VoltageUnbalance
    current_unbalance: CurrentUnbalance
    single_phasing: SinglePhasing
    negative_sequence: NegativeSequence
    overload: Overload
    earth_current: EarthCurrent
    voltage: VoltageQuality


@lru_cache(maxsize=4)
def load_electrical_limits(path: Path = ELECTRICAL_LIMITS) -> ElectricalLimits:
    """Read limits from a TOML file of the form of `electrical.toml`.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    return read_rules(
        path, ElectricalLimits, what="electrical limits", example="models/supply/electrical.toml"
    )


def _check_rise(table: str, lower: float, upper: float) -> None:
    if not 0.0 < lower <= upper:
        raise BadConfig(f"{table}: {lower:g} and {upper:g} must be above 0 and rise")
