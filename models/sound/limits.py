"""From where sound names something: limits with their sources, read from `sound.toml`."""

from functools import lru_cache
from pathlib import Path

import msgspec

from models.finding import Confidence
from models.rules_file import read_rules
from sensors.errors import BadConfig

SOUND_LIMITS = Path(__file__).with_name("sound.toml")


class HeardBearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a bearing heard is believed, and what else it may be."""

    highest_confidence: Confidence
    alternatives: tuple[str, ...]
    source: str
    confidence: str


class BladeLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the orders beside blade pass must do to speak for an uneven fan."""

    least_turns: float
    least_blades: int
    largest_chance: float
    within_db: float
    stand_out_db: float
    clear_db: float
    source: str
    confidence: str

    def __post_init__(self) -> None:
        if not 0 < self.stand_out_db <= self.clear_db:
            raise BadConfig("blades: clear_db must be stand_out_db or more, and both above 0")


class CoherenceRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How agreement of sound and vibration is measured."""

    segment_s: float
    lines: int
    least_s: float
    source: str
    confidence: str


class SoundLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `sound.toml` holds."""

    bearing: HeardBearing
    blades: BladeLimits
    coherence: CoherenceRule


@lru_cache(maxsize=4)
def load_sound_limits(path: Path = SOUND_LIMITS) -> SoundLimits:
    """Read limits from a TOML file of the form of `sound.toml`.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    return read_rules(path, SoundLimits, what="sound limits", example="models/sound/sound.toml")
