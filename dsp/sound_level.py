"""How loud: A-weighted level where the microphone is calibrated, level re full scale where not."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dsp.a_weighting import a_weighting_power
from dsp.features.sound import list_features, sound_row
from dsp.features.spec import FeatureSpec
from dsp.features.wave import measure
from dsp.spectrum import HANN_POWER_GAIN, BlockSpectrum, RealArray, hann_power, one_sided
from dsp.third_octave import Float64Array, ThirdOctaves, third_octaves
from sensors.capture import SampleBlock, Sense, Unit
from sensors.errors import BadSamples

REFERENCE_PA = 20e-6
"""0 dB of sound pressure in air (ISO 1683)."""
FULL_SCALE_RMS = 0.5**0.5
"""0 dBFS: the RMS of a sine that just reaches full scale (AES17)."""
LEAST_MEAN_SQUARE = 1e-30
"""Silence is very quiet, and not minus infinity."""


@dataclass(frozen=True, slots=True)
class SoundLevel:
    """What one microphone hears, as levels.

    Attributes
    ----------
    level_db : float
        A-weighted equivalent level with a calibrated microphone, else unweighted.
    unit : str
        ``dBA`` (re 20 uPa), ``dBFS`` (re a full-scale sine), or ``dB`` re 1 of an unscaled channel.
    thirds : ThirdOctaves
        Unweighted bands.
    thirds_db : float array, shape (b,)
        Their levels, re the same reference, unweighted.
    flatness_db : float
        Geometric over arithmetic mean of the spectrum: 0 for white noise, far below for tones.
    entropy : float
        Shannon's of the spectrum over its largest value: 1 for white noise, 0 for one tone.
    """

    level_db: float
    unit: str
    thirds: ThirdOctaves
    thirds_db: Float64Array
    flatness_db: float
    entropy: float


def sound_level(block: SampleBlock) -> SoundLevel:
    """Measure one microphone's block; the sound is taken to be steady within it.

    Parameters
    ----------
    block : SampleBlock
        Of n samples in Pa, of full scale, or unscaled.

    Raises
    ------
    WindowTooShort
        No third-octave band fits.
    BadSamples
        The block is too short, silent, or holds samples that are no numbers.
    """
    waves = measure([block])
    if not waves or not waves[0].spectrum.bins.any():
        raise BadSamples(f"{block.channel.name}: nothing was heard; look at the audit's notes")
    bins = mean_square_bins(waves[0].spectrum)
    thirds = third_octaves(waves[0].spectrum, bins)
    unit, reference = _reference(block.unit)
    heard = bins
    if unit == "dBA":
        hz = np.arange(bins.size) * waves[0].spectrum.resolution_hz
        heard = bins * a_weighting_power(hz)
    shape = dict(zip(_names(), sound_row(waves, FeatureSpec()), strict=True))
    return SoundLevel(
        level_db=_decibels(float(heard.sum(dtype=np.float64)), reference),
        unit=unit,
        thirds=thirds,
        thirds_db=np.array([_decibels(float(power), reference) for power in thirds.mean_square]),
        flatness_db=float(shape["snd_flatness_db"]),
        entropy=float(shape["snd_entropy"]),
    )


def mean_square_bins(spectrum: BlockSpectrum) -> RealArray:
    """Return each bin's share of the mean square under a Hann window, shape (n // 2 + 1,).

    Their sum is the mean square about the mean of a steady signal; a window without steps at
    its ends keeps strong low tones out of the high bands.
    """
    power = one_sided(spectrum, hann_power(spectrum))
    # The mean was removed before the window: what it leaks into the zeroth bin is the first's.
    power /= spectrum.n**2 * HANN_POWER_GAIN
    return power


def _reference(unit: Unit) -> tuple[str, float]:
    if unit is Unit.PASCAL:
        return "dBA", REFERENCE_PA
    return ("dBFS", FULL_SCALE_RMS) if unit is Unit.FULL_SCALE else ("dB", 1.0)


def _decibels(mean_square: float, reference: float) -> float:
    return 10 * math.log10(max(mean_square, LEAST_MEAN_SQUARE) / reference**2)


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    return tuple(feature.name for feature in list_features(FeatureSpec(senses=(Sense.SOUND,))))
