"""Temperature features: the hottest sensor, and how fast it rises."""

from collections.abc import Sequence

import numpy as np

from dsp.features.levels import Row
from dsp.features.spec import Feature, FeatureSpec
from dsp.features.wave import is_usable
from sensors.capture import SampleBlock, Sense

SLOPE_WINDOW_S = 30.0
"""A slope over less than this is the converter's last digit."""


def list_features(spec: FeatureSpec) -> list[Feature]:
    """List the temperature features in order."""
    del spec
    sense = Sense.TEMPERATURE
    return [
        Feature(name="temp_degc", unit="degC", sense=sense, min_window_s=0.0),
        Feature(name="temp_rise", unit="K/min", sense=sense, min_window_s=SLOPE_WINDOW_S),
    ]


def temperature_row(blocks: Sequence[SampleBlock]) -> Row:
    """Mean and slope of the hottest temperature channel of usable samples."""
    usable = [block for block in blocks if is_usable(block.values, 1)]
    if not usable:
        return np.full(2, np.nan)
    means = [float(block.values.sum(dtype=np.float64)) / block.values.size for block in usable]
    hottest, slope = usable[means.index(max(means))], np.nan
    if hottest.duration_s >= SLOPE_WINDOW_S and hottest.values.size >= 4:
        minutes = np.arange(hottest.values.size) / hottest.rate_hz / 60
        slope = float(np.polyfit(minutes, hottest.values.astype(np.float64), 1)[0])
    return np.array([max(means), slope])
