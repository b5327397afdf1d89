"""Which features, in which order, computed how: the contract between extraction and models.

Nothing in a spec depends on one motor: bands are fixed in Hz, lines are orders of shaft speed.
Rates, geometry and nameplate are inputs of extraction, so one release serves many motors.
"""

import hashlib
import itertools

import msgspec

from sensors.capture import Sense
from sensors.errors import BadConfig

ALGORITHM = 1
"""Raised whenever a feature of the same name is computed differently."""

OCTAVES_HZ = (10.0, 20.0, 40.0, 80.0, 160.0, 315.0, 630.0, 1250.0, 2500.0, 5000.0, 10000.0, 20000.0)
"""Edges of bands about an octave wide, rounded as IEC 61260 rounds its nominal frequencies."""


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a feature vector.

    Attributes
    ----------
    name : str
        Unique in its spec.
    unit : str
        ``dB re 1 X`` for levels, ``dB`` for ratios, ``octave`` for frequencies.
    sense : Sense
        Which channels it is read from.
    min_window_s : float
        Shorter windows cannot carry it; it is masked then.
    """

    name: str
    unit: str
    sense: Sense
    min_window_s: float


class FeatureSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of extraction; everything else follows from them.

    Attributes
    ----------
    window_s, hop_s : float
        Length of a window and distance between windows.
    senses : tuple of Sense
        Which senses the vector covers.
    vibration_edges_hz, sound_edges_hz : tuple of float
        Edges of the energy bands.
    wavelet : str
        Orthogonal wavelet of the packet energies.
    wavelet_level : int
        Depth of the packet tree.
    wavelet_edges_hz : tuple of float
        Bands into which packet energies are gathered.
    """

    window_s: float = 1.0
    hop_s: float = 1.0
    senses: tuple[Sense, ...] = (Sense.VIBRATION, Sense.SOUND, Sense.POWER, Sense.TEMPERATURE)
    vibration_edges_hz: tuple[float, ...] = OCTAVES_HZ
    sound_edges_hz: tuple[float, ...] = OCTAVES_HZ[1:]
    wavelet: str = "db4"
    wavelet_level: int = 5
    wavelet_edges_hz: tuple[float, ...] = (0.0, 1600.0, 3200.0, 6400.0, 12800.0)

    def __post_init__(self) -> None:
        if not 0.0 < self.window_s <= 3600.0 or not 0.0 < self.hop_s <= self.window_s:
            raise BadConfig(
                f"feature spec: window_s = {self.window_s} and hop_s = {self.hop_s} must be "
                "positive, the hop no longer than the window"
            )
        unknown = [s for s in self.senses if s in (Sense.SPEED, Sense.PROCESS)]
        if unknown or len(set(self.senses)) != len(self.senses):
            raise BadConfig(f"feature spec: senses {self.senses} must be distinct motor senses")
        for edges in (self.vibration_edges_hz, self.sound_edges_hz, self.wavelet_edges_hz):
            if len(edges) < 2 or any(b <= a for a, b in itertools.pairwise(edges)):
                raise BadConfig(f"feature spec: band edges {edges} must be two or more and rise")

    @property
    def features(self) -> tuple[Feature, ...]:
        """Every feature in order."""
        return _features(self)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features in order."""
        return tuple(feature.name for feature in self.features)

    @property
    def spec_id(self) -> str:
        """Digest of names, units and parameters: models meet only their own spec's features."""
        content = (ALGORITHM, self, self.features)
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:16]


def _features(spec: FeatureSpec) -> tuple[Feature, ...]:
    # The groups are written in terms of this module, so it can only know them at run time.
    from dsp.features.groups import GROUPS

    return tuple(feature for sense in spec.senses for feature in GROUPS[sense](spec))
