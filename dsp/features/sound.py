"""Sound features: levels, impulsiveness, bands and spectral shape of the loudest microphone."""

import numpy as np

from dsp.features.shape import Row, Spectra, shape_features, shape_row
from dsp.features.spec import Feature, FeatureSpec
from dsp.spectrum import hann_bins, power_bins
from sensors.capture import Capture, Sense


def list_features(spec: FeatureSpec) -> list[Feature]:
    """List the sound features in order; levels are re 1 Pa, or re full scale if uncalibrated."""
    return shape_features("snd", "Pa", Sense.SOUND, spec.sound_edges_hz)


def sound_row(capture: Capture, spectra: Spectra, spec: FeatureSpec) -> Row:
    """Compute every sound feature, the worst of the channels."""
    rows = []
    for block in capture.of(Sense.SOUND):
        spectrum = spectra[block.channel.name]
        power = power_bins(hann_bins(spectrum))
        rows.append(shape_row(block.values, spectrum, power, spec.sound_edges_hz))
    worst: Row = np.fmax.reduce(rows)
    return worst
