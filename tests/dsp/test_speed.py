"""Shaft speed by its comb: what a hum, a stranger and a short window do to it."""

import numpy as np
import numpy.typing as npt
import pytest

from dsp.bank import LevelBank, amplitude_bank, envelope_bank
from dsp.spectrum import transform
from dsp.speed import estimate_speed, refine_speed

RATE_HZ = 10_000.0
HUM_HZ = 50.0
Wave = npt.NDArray[np.float64]


def _noise(seconds: float, seed: int = 0) -> Wave:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))


def _tones(hz: float, seconds: float, levels: tuple[float, ...]) -> Wave:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    total = np.zeros(t.size)
    for order, level in enumerate(levels, start=1):
        total += level * np.cos(2 * np.pi * order * hz * t + order)
    return total


def _banks(values: Wave, shaft_hz: float) -> tuple[LevelBank, LevelBank]:
    spectra = [("vib", transform(values, rate_hz=RATE_HZ))]
    return (
        amplitude_bank(spectra, shaft_hz=shaft_hz, top_order=7.0),
        envelope_bank(spectra, shaft_hz=shaft_hz, top_order=7.0),
    )


def _humming(seconds: float = 10.0) -> Wave:
    """Return what a rectifier's cable brings: all multiples of the line, and noise swinging so."""
    swing = 1 + _tones(HUM_HZ, seconds, (0.2,) * 5)
    return _noise(seconds) * swing + _tones(HUM_HZ, seconds, (0.5,) * 5)


@pytest.mark.parametrize("declared", [49.2, 48.0, 24.6])
def test_hum_is_no_shaft(declared: float) -> None:
    banks = _banks(_humming(), declared)
    if declared > 40.0:
        believed = refine_speed(*banks, declared)
        assert believed is not None and believed.shaft_hz == pytest.approx(50.0, rel=0.002)
    assert refine_speed(*banks, declared, line_hz=HUM_HZ) is None
    assert estimate_speed(*banks, 46.0, 50.0, HUM_HZ) is None


def test_a_shaft_is_found_through_hum() -> None:
    values = _humming() + _tones(49.2, 10.0, (0.4,) * 5) + 0.2 * _noise(10.0, 1)
    values += _noise(10.0, 2) * _tones(49.2, 10.0, (0.2,) * 5)
    found = refine_speed(*_banks(values, 48.5), 48.5, line_hz=HUM_HZ)
    assert found is not None
    assert abs(found.shaft_hz / 49.2 - 1) <= found.tolerance <= 0.002


@pytest.mark.parametrize("seconds", [2.0, 10.0])
def test_strangers_among_the_members_widen_the_tolerance(seconds: float) -> None:
    """Lines at 3 and 5 times a speed nearby, as a drive's, belong to no shaft."""
    values = _noise(seconds) + _tones(20.0, seconds, (1.0, 0.3, 0.1, 0.1, 0.03))
    values += _tones(20.3, seconds, (0.0, 0.0, 0.6, 0.0, 0.4))
    values += _noise(seconds, 1) * _tones(20.0, seconds, (0.3, 0.2))
    found = refine_speed(*_banks(values, 20.0), 20.0)
    assert found is None or abs(found.shaft_hz / 20.0 - 1) <= found.tolerance


def test_two_harmonics_are_no_family() -> None:
    banks = _banks(0.05 * _noise(10.0) + _tones(24.3, 10.0, (1.0, 1.0)), 24.0)
    assert refine_speed(*banks, 24.0) is None


@pytest.mark.parametrize(("seconds", "most"), [(3.0, 0.008), (10.0, 0.003), (40.0, 0.001)])
def test_the_tolerance_follows_the_window(seconds: float, most: float) -> None:
    values = _noise(seconds) * (1 + _tones(24.3, seconds, (0.5,) * 5))
    found = refine_speed(*_banks(values + _tones(24.3, seconds, (0.3,) * 5), 24.0), 24.0)
    assert found is not None
    assert abs(found.shaft_hz / 24.3 - 1) <= found.tolerance <= most
