"""The feature groups, one per sense, in one registry."""

from collections.abc import Callable

from dsp.features import current, sound, temperature, vibration
from dsp.features.spec import Feature, FeatureSpec
from sensors.capture import Sense

GROUPS: dict[Sense, Callable[[FeatureSpec], list[Feature]]] = {
    Sense.VIBRATION: vibration.list_features,
    Sense.SOUND: sound.list_features,
    Sense.POWER: current.list_features,
    Sense.TEMPERATURE: temperature.list_features,
}
