"""Sound features: levels, impulsiveness, bands and spectral shape of the loudest microphone."""

from collections.abc import Sequence

import numpy as np

from dsp.features.levels import Row
from dsp.features.shape import shape_features, shape_row
from dsp.features.spec import Feature, FeatureSpec
from dsp.features.wave import Wave
from dsp.spectrum import hann_power
from sensors.capture import Sense


def list_features(spec: FeatureSpec) -> list[Feature]:
    """List the sound features in order; levels are re 1 Pa, or re full scale if uncalibrated."""
    return shape_features("snd", "Pa", Sense.SOUND, spec.sound_edges_hz)


def sound_row(waves: Sequence[Wave], spec: FeatureSpec) -> Row:
    """Compute every sound feature, the worst of the channels."""
    rows = []
    for wave in waves:
        rows.append(shape_row(wave, hann_power(wave.spectrum), spec.sound_edges_hz))
    worst: Row = np.fmax.reduce(rows)
    return worst
