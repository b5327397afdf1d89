"""Levels at which faults are simulated for detection curves, and what they are judged from."""

import msgspec

from sensors.conditions import Condition
from sensors.simulator.fault import VIBRATION_CONDITIONS

TARGET_DB = -15.0
"""At which a bearing defect is hoped to be named from one second."""
BEARINGS = tuple(one for one in VIBRATION_CONDITIONS if one.value.startswith("bearing"))
SHAFT = (
    Condition.UNBALANCE,
    Condition.MISALIGNMENT,
    Condition.BENT_SHAFT,
    Condition.LOOSENESS,
    Condition.SOFT_FOOT,
    Condition.LUBRICATION,
)
Levels = tuple[float, ...]
IMPACT_DB: Levels = (6.0, 0.0, -5.0, -10.0, TARGET_DB)
SHAFT_DB: Levels = (10.0, 5.0, 0.0, -5.0, -10.0)
ROTOR_DB: Levels = (-20.0, -26.0, -32.0, -38.0, -44.0)
UNBALANCE_DB: Levels = (-5.0, -10.0, -15.0, -20.0, -25.0)
CURRENT_LEVELS: dict[Condition, Levels] = {
    Condition.BROKEN_ROTOR_BAR: ROTOR_DB,
    Condition.ECCENTRICITY_STATIC: ROTOR_DB,
    Condition.ECCENTRICITY_DYNAMIC: ROTOR_DB,
    Condition.STATOR_INTER_TURN: UNBALANCE_DB,
    Condition.SUPPLY_UNBALANCE: UNBALANCE_DB,
}
SEVERITIES: dict[Condition, Levels] = {
    Condition.BLADE_FAULT: (2.0, 1.0, 0.5, 0.25, 0.1),
    Condition.SINGLE_PHASING: (1.0, 0.8, 0.5, 0.2, 0.1),
    Condition.OVERLOAD: (1.5, 1.0, 0.5, 0.25, 0.1),
    Condition.OVERHEATING: (4.0, 3.0, 2.0, 1.0, 0.5),
}


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """From what a fault is judged.

    Attributes
    ----------
    name : str
        For tables.
    levels : dict of Condition to tuple of float
        Faults with their levels from the highest down: dB, or severity where they have no level.
    window_s, vibration_hz : float
        Length of a capture, and samples a second of vibration and sound.
    jitter : float
        Random walk of the rolling elements' slip per passage, as a fraction of the spacing.
    gear : bool
        Whether the vibration carries a gear's tone of `GEAR_OVER_DEFECT` times the defect's RMS.
    reference : bool
        Whether a capture of the same motor in health, ten seconds later, is at hand.
    """

    name: str
    levels: dict[Condition, Levels]
    window_s: float
    vibration_hz: float
    jitter: float = 0.015
    gear: bool = False
    reference: bool = False


SETTINGS = (
    Setting(
        name="four senses, 10 s",
        levels=dict.fromkeys(BEARINGS, IMPACT_DB)
        | dict.fromkeys(SHAFT, SHAFT_DB)
        | CURRENT_LEVELS
        | SEVERITIES,
        window_s=10.0,
        vibration_hz=12_800.0,
    ),
    Setting(
        name="the same beside a capture in health",
        levels=dict.fromkeys(SHAFT, SHAFT_DB),
        window_s=10.0,
        vibration_hz=12_800.0,
        reference=True,
    ),
    Setting(
        name="1 s, slip jitter 2 %, gear tone",
        levels=dict.fromkeys(BEARINGS, IMPACT_DB),
        window_s=1.0,
        vibration_hz=25_600.0,
        jitter=0.02,
        gear=True,
    ),
)
