"""Vibration features: shape, velocity, shaft orders, envelope lines, wavelet packets."""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from dsp.bank import LOWEST_BAND_HZ
from dsp.envelope import Envelope, band_envelope, envelope_spectrum
from dsp.features.levels import Row, level_db, scalar_db
from dsp.features.shape import FEWEST_BINS, SHORTEST_S, shape_features, shape_row
from dsp.features.spec import Feature, FeatureSpec
from dsp.features.wave import Wave
from dsp.kurtogram import demodulation_band
from dsp.order import SLIP_ABOVE, SLIP_BELOW, defect_lines
from dsp.packet_bands import packet_band_energies
from dsp.spectrum import (
    HANN_COHERENT_GAIN,
    BlockSpectrum,
    RealArray,
    hann_power,
)
from dsp.statistics import median
from dsp.velocity import velocity_rms
from sensors.capture import Sense, Unit
from sensors.errors import WindowTooShort
from sensors.motor import Motor

ORDERS = (1, 2, 3)
LINE_NAMES = ("BPFO", "BPFI", "2 x BSF", "FTF")
FEWEST_TURNS = 15.0
"""Turns of the shaft a window must hold before bearing lines part from shaft lines."""
ORDER_REACH = 0.03
"""A shaft order is looked for this far, relative, around its declared place."""
VELOCITY_BAND_HZ = (10.0, 1000.0)
NARROWEST_BAND_HZ = 600.0
"""Demodulation bands hold bearing lines with their sidebands at any usual motor speed."""


def list_features(spec: FeatureSpec) -> list[Feature]:
    """List the vibration features in order."""

    def feature(name: str, unit: str, window_s: float) -> Feature:
        return Feature(name=f"vib_{name}", unit=unit, sense=Sense.VIBRATION, min_window_s=window_s)

    edges = spec.wavelet_edges_hz
    return [
        *shape_features("vib", "m/s2", Sense.VIBRATION, spec.vibration_edges_hz),
        feature("velocity_db", "dB re 1 mm/s", FEWEST_BINS / VELOCITY_BAND_HZ[0]),
        *(feature(f"order_{k}_db", "dB re 1 m/s2", 8.0 / 25.0) for k in ORDERS),
        feature("envelope_db", "dB re 1 m/s2", SHORTEST_S),
        feature("envelope_kurtosis_db", "dB", SHORTEST_S),
        *(
            feature(f"{name}_db", "dB", FEWEST_TURNS / 60.0)
            for name in ("bpfo", "bpfi", "2bsf", "ftf")
        ),
        *(
            feature(f"packets_{lo:g}_{hi:g}_db", "dB re 1 m/s2", SHORTEST_S)
            for lo, hi in itertools.pairwise(edges)
        ),
    ]


def vibration_row(
    waves: Sequence[Wave],
    motor: Motor,
    spec: FeatureSpec,
    shaft_hz: float | None,
    bands: Mapping[str, tuple[float, float]],
) -> Row:
    """Compute every vibration feature: the worst of the channels, each NaN where unmeasurable."""
    rows = [
        _channel_row(wave, motor, spec, shaft_hz, bands.get(wave.block.channel.name))
        for wave in waves
    ]
    worst: Row = np.fmax.reduce(rows)
    return worst


def _channel_row(
    wave: Wave,
    motor: Motor,
    spec: FeatureSpec,
    shaft_hz: float | None,
    band: tuple[float, float] | None,
) -> Row:
    spectrum = wave.spectrum
    power = hann_power(spectrum)
    return np.concatenate(
        [
            shape_row(wave, power, spec.vibration_edges_hz),
            [_velocity_db(wave, power)],
            _order_levels(spectrum, power, shaft_hz),
            _envelope_features(spectrum, motor, shaft_hz, band),
            _packet_levels(spectrum, spec),
        ]
    )


def _velocity_db(wave: Wave, power: RealArray) -> float:
    (lo, hi), spectrum = VELOCITY_BAND_HZ, wave.spectrum
    calibrated = wave.block.unit is Unit.MPS2
    if not calibrated or spectrum.nyquist_hz <= hi or spectrum.resolution_hz * 3 > lo:
        return np.nan
    return scalar_db(velocity_rms(spectrum, lo, hi, power=power))


def _order_levels(spectrum: BlockSpectrum, power: RealArray, shaft_hz: float | None) -> Row:
    if shaft_hz is None or spectrum.resolution_hz * 8 > shaft_hz:
        return np.full(len(ORDERS), np.nan)
    levels = []
    for order in ORDERS:
        reach = max(ORDER_REACH * order * shaft_hz / spectrum.resolution_hz, 1.5)
        centre = order * shaft_hz / spectrum.resolution_hz
        window = power[max(int(centre - reach), 1) : int(centre + reach) + 2]
        height = math.sqrt(float(window.max())) if window.size else math.nan
        levels.append(scalar_db(height * 2 / (spectrum.n * HANN_COHERENT_GAIN)))
    return np.array(levels)


def _envelope_features(
    spectrum: BlockSpectrum,
    motor: Motor,
    shaft_hz: float | None,
    band: tuple[float, float] | None,
) -> Row:
    row = np.full(2 + len(LINE_NAMES), np.nan)
    try:
        lo, hi = band or demodulation_band(
            spectrum, lowest_hz=LOWEST_BAND_HZ, narrowest_hz=NARROWEST_BAND_HZ
        )
        envelope = band_envelope(spectrum, lo, hi)
    except WindowTooShort:
        return row
    row[0] = scalar_db(math.sqrt(envelope.mean_square / 2))
    row[1] = 10 * math.log10(max(envelope.kurtosis + 2, 1e-3))
    row[2:] = _line_levels(envelope, spectrum.resolution_hz, motor, shaft_hz)
    return row


def _line_levels(
    envelope: Envelope, resolution_hz: float, motor: Motor, shaft_hz: float | None
) -> Row:
    """Height of each bearing line over the envelope spectrum's median, worst of the bearings."""
    levels = np.full(len(LINE_NAMES), np.nan)
    silent = envelope.mean_square == 0.0
    if silent or shaft_hz is None or shaft_hz < FEWEST_TURNS * resolution_hz:
        return levels
    if not motor.bearings:
        return levels
    heights = envelope_spectrum(envelope)
    floor = float(median(heights[1 : int(30 * shaft_hz / resolution_hz) + 2]))
    for bearing in motor.bearings:
        for line in defect_lines(bearing):
            at = LINE_NAMES.index(line.name)
            height = _line_height(heights, line.order * shaft_hz / resolution_hz)
            level = 20 * math.log10(max(height, 1e-12) / max(floor, 1e-12))
            levels[at] = np.fmax(levels[at], level)
    return levels


def _line_height(heights: RealArray, centre: float) -> float:
    """Return the lower of two harmonics: another family's line may pass for one of them."""
    lower = np.inf
    for harmonic in (1, 2):
        lo = int(harmonic * centre * (1 - SLIP_BELOW))
        hi = int(np.ceil(harmonic * centre * (1 + SLIP_ABOVE))) + 1
        lower = min(lower, max(heights[lo:hi].tolist(), default=0.0))
    return lower


def _packet_levels(spectrum: BlockSpectrum, spec: FeatureSpec) -> Row:
    whole = spectrum.n >> spec.wavelet_level << spec.wavelet_level
    bands = len(spec.wavelet_edges_hz) - 1
    if whole != spectrum.n:
        return np.full(bands, np.nan)
    gathered = packet_band_energies(
        spectrum.bins,
        spectrum.n,
        rate_hz=spectrum.rate_hz,
        edges_hz=spec.wavelet_edges_hz,
        wavelet=spec.wavelet,
        level=spec.wavelet_level,
    )
    return level_db(np.sqrt(gathered / spectrum.n))
