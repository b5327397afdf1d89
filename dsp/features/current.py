"""Motor-current features: level, crest, line frequency, distortion, shaft sidebands, unbalance."""

import math
from collections.abc import Sequence

import numpy as np

from dsp.features.levels import Row, scalar_db
from dsp.features.shape import SHORTEST_S
from dsp.features.spec import Feature, FeatureSpec
from dsp.features.wave import Wave
from dsp.spectrum import BlockSpectrum, ComplexArray, hann_bins
from sensors.capture import Sense, Unit

SUPPLY_HZ = (5.0, 400.0)
"""The fundamental is looked for here."""
HARMONICS = 20
"""Distortion is summed up to this harmonic."""
FEATURES = 6
"""As many as `list_features` lists."""
HIGHEST_HZ = 2500.0
"""Spectra are read no further than this."""
CYCLES = 4.0
"""Cycles of the supply a window must hold."""
LOBE = np.array([-1, 0, 1])
ROTATION = np.exp(2j * np.pi / 3)


def list_features(spec: FeatureSpec) -> list[Feature]:
    """List the current features in order."""
    del spec

    def feature(name: str, unit: str, window_s: float) -> Feature:
        return Feature(name=f"cur_{name}", unit=unit, sense=Sense.POWER, min_window_s=window_s)

    return [
        feature("rms_db", "dB re 1 A", SHORTEST_S),
        feature("crest_db", "dB", SHORTEST_S),
        feature("line_oct", "octave", CYCLES / 50.0),
        feature("thd_db", "dB", CYCLES / 50.0),
        feature("shaft_sideband_db", "dB", 0.8),
        feature("unbalance_db", "dB", CYCLES / 50.0),
    ]


def current_row(waves: Sequence[Wave], shaft_hz: float | None) -> Row:
    """Compute every current feature over the phases that were measured.

    Level and crest are the largest of the phases; unbalance is negative over positive sequence
    of three phases; the sidebands stand at the line frequency plus and minus shaft frequency.
    """
    phases = [wave for wave in waves if wave.block.unit is not Unit.VOLT]
    row = np.full(FEATURES, np.nan)
    if not phases:
        return row
    row[0] = max(wave.time.rms_db for wave in phases)
    row[1] = max(wave.time.crest_db for wave in phases)
    spectra = [wave.spectrum for wave in phases]
    alike = [s for s in spectra if (s.n, s.rate_hz) == (spectra[0].n, spectra[0].rate_hz)]
    row[2:] = _line_features(alike, shaft_hz)
    return row


def _line_features(spectra: list[BlockSpectrum], shaft_hz: float | None) -> Row:
    block = spectra[0]
    row = np.full(4, np.nan)
    low = [_low_bins(spectrum) for spectrum in spectra]
    heights = np.abs(low[0])
    lo, hi = (int(hz / block.resolution_hz) for hz in SUPPLY_HZ)
    window = heights[max(lo, 2) : hi + 1]
    if window.size < 4 or window.max() <= 0.0:
        return row
    peak = max(lo, 2) + int(np.argmax(window))
    if peak < CYCLES or peak + 1 >= heights.size:
        return row
    line = _between_bins(heights, peak)
    row[0] = math.log2(line * block.resolution_hz)
    row[1] = scalar_db(_distortion(heights, line, peak))
    beside = _sidebands(heights, line, shaft_hz, block.resolution_hz)
    row[2] = scalar_db(beside / float(heights[peak]))
    if len(low) == 3:
        row[3] = scalar_db(_unbalance([bins[peak] for bins in low]))
    return row


def _low_bins(block: BlockSpectrum) -> ComplexArray:
    kept = block.bins[: block.index(HIGHEST_HZ) + 3]
    return hann_bins(BlockSpectrum(kept, block.n, block.rate_hz))[:-2]


def _between_bins(heights: Row, peak: int) -> float:
    """Line frequency in bins, by the ratio of the two highest Hann bins."""
    side = 1 if heights[peak + 1] >= heights[peak - 1] else -1
    ratio = float(heights[peak + side]) / float(heights[peak])
    return peak + side * (2 * ratio - 1) / (ratio + 1)


def _distortion(heights: Row, line: float, peak: int) -> float:
    at = np.rint(line * np.arange(2, HARMONICS + 1)).astype(np.intp)
    at = at[at + 1 < heights.size]
    if at.size == 0:
        return float("nan")
    # A tone's energy in its three highest bins hardly depends on where it falls between them.
    lobes = heights[at[:, None] + LOBE].astype(np.float64)
    own = heights[peak + LOBE].astype(np.float64)
    return math.sqrt(float(np.vdot(lobes, lobes)) / float(np.vdot(own, own)))


def _sidebands(heights: Row, line: float, shaft_hz: float | None, resolution_hz: float) -> float:
    """Higher of the two lines at shaft frequency beside the supply's, clear of its own skirt."""
    if shaft_hz is None or shaft_hz < 8 * resolution_hz:
        return float("nan")
    reach = max(0.03 * shaft_hz / resolution_hz, 1.0)
    best = 0.0
    for centre in (line - shaft_hz / resolution_hz, line + shaft_hz / resolution_hz):
        window = heights[max(int(centre - reach), 0) : max(int(centre + reach) + 2, 0)]
        if centre > reach and window.size:
            best = max(best, float(window.max()))
    return best or float("nan")


def _unbalance(phasors: list[complex]) -> float:
    """Smaller over larger of the two sequences: the phases' order on the terminals is not ours."""
    a, b, c = phasors
    forward = abs(a + ROTATION * b + ROTATION**2 * c)
    backward = abs(a + ROTATION**2 * b + ROTATION * c)
    return float(min(forward, backward) / max(forward, backward))
