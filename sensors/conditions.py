"""The one vocabulary of machine conditions, used by labels, findings, classes and messages.

Healthy is not a condition but the absence of all of them: an empty set.
"""

from collections.abc import Iterable
from enum import StrEnum

from sensors.errors import UnknownCondition


class Condition(StrEnum):
    """What a motor, its load or its sensor can suffer from."""

    BEARING_OUTER_RACE = "bearing_outer_race"
    BEARING_INNER_RACE = "bearing_inner_race"
    BEARING_ROLLING_ELEMENT = "bearing_rolling_element"
    BEARING_CAGE = "bearing_cage"
    UNBALANCE = "unbalance"
    MISALIGNMENT = "misalignment"
    BENT_SHAFT = "bent_shaft"
    LOOSENESS = "looseness"
    SOFT_FOOT = "soft_foot"
    BLADE_FAULT = "blade_fault"
    SHAFT_ASYMMETRY = "shaft_asymmetry"
    BROKEN_ROTOR_BAR = "broken_rotor_bar"
    ECCENTRICITY_STATIC = "eccentricity_static"
    ECCENTRICITY_DYNAMIC = "eccentricity_dynamic"
    STATOR_INTER_TURN = "stator_inter_turn"
    CURRENT_UNBALANCE = "current_unbalance"
    SUPPLY_UNBALANCE = "supply_unbalance"
    SINGLE_PHASING = "single_phasing"
    OVERLOAD = "overload"
    OVERHEATING = "overheating"
    LUBRICATION = "lubrication"
    GEAR_WEAR = "gear_wear"
    PROCESS_CHANGE = "process_change"
    SENSOR_FAULT = "sensor_fault"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


BEARING_CONDITIONS = (
    Condition.BEARING_OUTER_RACE,
    Condition.BEARING_INNER_RACE,
    Condition.BEARING_ROLLING_ELEMENT,
    Condition.BEARING_CAGE,
)


def parse_labels(names: Iterable[str]) -> frozenset[Condition]:
    """Turn label names into a set of conditions; `healthy` alone is the empty set.

    Raises
    ------
    UnknownCondition
        A name is outside the vocabulary, or `healthy` stands beside a fault.
    """
    listed = list(names)
    if listed == ["healthy"]:
        return frozenset()
    known = {condition.value for condition in Condition}
    unknown = [name for name in listed if name not in known]
    if unknown:
        hint = "stands beside a fault" if "healthy" in unknown else "is not a known condition"
        raise UnknownCondition(
            f"label {unknown[0]!r} {hint}; "
            f"use `healthy` alone or any of: {', '.join(sorted(known))}"
        )
    return frozenset(Condition(name) for name in listed)
