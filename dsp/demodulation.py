"""Which band each vibration channel is demodulated in, searched now and then and kept between.

A kurtogram costs as much as all other features together, and the band belongs to the machine's
structure: it changes slowly.
"""

from dataclasses import dataclass, replace

import numpy as np

from dsp.bank import LOWEST_BAND_HZ
from dsp.features.vibration import NARROWEST_BAND_HZ
from dsp.kurtogram import demodulation_band
from dsp.spectrum import transform
from sensors.capture import Capture, Sense
from sensors.errors import BadSamples, WindowTooShort

REFRESH_S = 600.0
"""A new impact moves the most impulsive band; ten minutes is one alarm decision."""


@dataclass(frozen=True, slots=True)
class DemodulationBands:
    """The bands in use and when they were searched.

    Attributes
    ----------
    bands : dict of str to (float, float)
        Band in Hz of each vibration channel.
    searched_ns : int or None
        Start of the capture they were found in.
    """

    bands: dict[str, tuple[float, float]]
    searched_ns: int | None = None


def refresh_bands(known: DemodulationBands, capture: Capture) -> DemodulationBands:
    """Return the bands for a capture, searched anew where they are old or a channel has none."""
    names = [block.channel.name for block in capture.of(Sense.VIBRATION)]
    fresh = known.searched_ns is not None and capture.t0_ns - known.searched_ns < REFRESH_S * 1e9
    if fresh and all(name in known.bands for name in names):
        return known
    bands = dict(known.bands)
    for block in capture.of(Sense.VIBRATION):
        try:
            # Infinite and overflowing samples have a name: BadSamples.
            with np.errstate(over="ignore", invalid="ignore"):
                bands[block.channel.name] = demodulation_band(
                    transform(block.values, rate_hz=block.rate_hz),
                    lowest_hz=LOWEST_BAND_HZ,
                    narrowest_hz=NARROWEST_BAND_HZ,
                )
        except (WindowTooShort, BadSamples):
            continue
    return replace(known, bands=bands, searched_ns=capture.t0_ns)
