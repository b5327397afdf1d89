import numpy as np
import pytest

from sensors.capture import FloatArray, Sense, Unit
from sensors.recordings.clipping import clipped_fraction


def of(values: object, sense: Sense = Sense.VIBRATION, unit: Unit = Unit.MPS2) -> float:
    return clipped_fraction(np.asarray(values, np.float32), sense, unit)


def sine(n: int, amplitude: float = 1.0) -> FloatArray:
    return (amplitude * np.sin(2 * np.pi * 7.3 * np.arange(n) / n)).astype(np.float32)


@pytest.mark.parametrize("limit", [0.5, 0.9, 0.99])
def test_clipped_sine_reads_its_flat_share(limit: float) -> None:
    values = np.clip(sine(20_000), -limit, limit)
    exact = float(np.mean(np.abs(values) >= limit - 1e-6))
    assert of(values) == pytest.approx(exact, abs=1e-3)


def test_one_sided_clipping_counts() -> None:
    values = sine(20_000)
    assert of(np.minimum(values, 0.8)) == pytest.approx(np.mean(values >= 0.8), abs=1e-3)


@pytest.mark.parametrize("amplitude", [3, 50, 1000, 30_000])
def test_quantised_sine_is_not_clipped(amplitude: int) -> None:
    assert of(np.round(sine(48_000, amplitude))) == 0.0


def test_noise_is_not_clipped() -> None:
    noise = np.random.default_rng(5).normal(size=25_600)
    assert of(noise) == 0.0
    assert of(np.round(200 * noise)) == 0.0


def test_full_scale_counts_even_once() -> None:
    values = np.zeros(100)
    values[:3] = 32767 / 32768, -1.0, 32766 / 32768
    assert of(values, Sense.SOUND, Unit.FULL_SCALE) == pytest.approx(0.02)
    assert of(values * 0.9, Sense.SOUND, Unit.FULL_SCALE) == 0.0


def test_slow_constant_and_empty_signals_are_not_clipped() -> None:
    assert of([21.5] * 90 + [21.4], Sense.TEMPERATURE, Unit.DEGC) == 0.0
    assert of(np.full(100, 3.0)) == 0.0
    assert of([]) == 0.0
    assert of([np.nan] * 5) == 0.0


def test_unusable_samples_do_not_hide_clipping() -> None:
    values = np.clip(sine(20_000), -0.5, 0.5)
    values[::10] = np.nan
    assert of(values) == pytest.approx(0.6, abs=0.02)
