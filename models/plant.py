"""A plant's own limits and texts: each file of rules as shipped, or the plant's in its place."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from dsp.severity import ISO_LIMITS, SeverityLimits, load_limits
from models.agreement import AGREEMENT, Sight, load_sights
from models.card import CARDS, CardTexts, load_texts
from models.rotor.limits import ROTOR_LIMITS, RotorLimits, load_rotor_limits
from models.shaft.rules import SHAFT_RULES, ShaftRules, load_shaft_rules
from models.sound.limits import SOUND_LIMITS, SoundLimits, load_sound_limits
from models.supply.limits import ELECTRICAL_LIMITS, ElectricalLimits, load_electrical_limits
from models.thermal.limits import THERMAL_LIMITS, ThermalLimits, load_thermal_limits
from sensors.conditions import Condition
from sensors.errors import BadConfig

T = TypeVar("T")

SHIPPED = {
    path.name: path
    for path in (
        ISO_LIMITS,
        ELECTRICAL_LIMITS,
        ROTOR_LIMITS,
        SHAFT_RULES,
        SOUND_LIMITS,
        THERMAL_LIMITS,
        AGREEMENT,
        CARDS,
    )
}
"""Every file of rules by the name under which a plant's own takes its place."""


@dataclass(frozen=True, slots=True)
class PlantRules:
    """Everything that a diagnosis is judged and worded by.

    Attributes
    ----------
    severity : SeverityLimits
        Zones of vibration velocity (``iso.toml``).
    electrical, rotor, shaft, sound, thermal
        Limits of each judge.
    sights : dict of Condition to Sight
        How each condition shows itself to the senses (``agreement.toml``).
    texts : CardTexts
        What evidence cards say (``cards.toml``).
    """

    severity: SeverityLimits
    electrical: ElectricalLimits
    rotor: RotorLimits
    shaft: ShaftRules
    sound: SoundLimits
    thermal: ThermalLimits
    sights: dict[Condition, Sight]
    texts: CardTexts


@lru_cache(maxsize=4)
def load_plant(folder: Path | None = None) -> PlantRules:
    """Read the shipped rules, and a plant's own where its folder holds a file of that name.

    Raises
    ------
    BadConfig
        The folder is missing, holds a TOML file of no known name, or a file is not what it should
        be.
    """
    if folder is not None:
        _check(folder)

    def read(load: Callable[[Path], T], shipped: Path) -> T:
        own = None if folder is None else folder / shipped.name
        return load(own if own is not None and own.is_file() else shipped)

    return PlantRules(
        severity=read(load_limits, ISO_LIMITS),
        electrical=read(load_electrical_limits, ELECTRICAL_LIMITS),
        rotor=read(load_rotor_limits, ROTOR_LIMITS),
        shaft=read(load_shaft_rules, SHAFT_RULES),
        sound=read(load_sound_limits, SOUND_LIMITS),
        thermal=read(load_thermal_limits, THERMAL_LIMITS),
        sights=read(load_sights, AGREEMENT),
        texts=read(load_texts, CARDS),
    )


def _check(folder: Path) -> None:
    names = ", ".join(SHIPPED)
    if not folder.is_dir():
        raise BadConfig(f"{folder}: not a folder of limits; `motorwatch limits FOLDER` writes one")
    strange = sorted(path.name for path in folder.glob("*.toml") if path.name not in SHIPPED)
    if strange:
        raise BadConfig(f"{folder / strange[0]}: no file of rules has this name; they are: {names}")
