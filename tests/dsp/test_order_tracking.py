"""A shaft whose speed varies: over angle its lines stand still."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import cumulative_trapezoid

from dsp.order_tracking import (
    angle_spectrum,
    revolutions_of_line,
    revolutions_of_pulses,
    revolutions_of_speed,
)
from dsp.spectrum import amplitude, transform
from sensors.errors import BadSamples, WindowTooShort

RATE_HZ, SECONDS = 5120.0, 8.0
T = np.arange(round(RATE_HZ * SECONDS)) / RATE_HZ


def run_up(start_hz: float, end_hz: float) -> np.ndarray:
    """Revolutions of a shaft that speeds up evenly."""
    return start_hz * T + (end_hz - start_hz) / SECONDS * T**2 / 2


def test_speed_integrates_to_the_angle() -> None:
    speed_t = np.arange(0.0, 8.2, 0.1)
    rpm = 60 * (25 + 3 * np.sin(speed_t))
    found = revolutions_of_speed(rpm, speed_rate_hz=10.0, rate_hz=RATE_HZ, n=T.size)
    fine = np.interp(T, speed_t, rpm / 60)
    expected = cumulative_trapezoid(fine, T, initial=0.0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_speed_goes_on_beyond_its_ends() -> None:
    found = revolutions_of_speed(
        np.array([1500.0, 1500.0]), speed_rate_hz=1.0, rate_hz=100.0, n=500, delay_s=-1.0
    )
    np.testing.assert_allclose(found, 25.0 * np.arange(500) / 100.0, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("rpm", [[1500.0, np.nan], [1500.0, 0.0], [-3.0, 5.0], []])
def test_speed_that_is_none_is_refused(rpm: list[float]) -> None:
    with pytest.raises(BadSamples, match="speed"):
        revolutions_of_speed(np.array(rpm), speed_rate_hz=1.0, rate_hz=10.0, n=20)


@settings(max_examples=10, deadline=None)
@given(st.floats(10, 40), st.floats(10, 40), st.integers(1, 4))
def test_pulses_give_the_angle(start: float, end: float, per_turn: int) -> None:
    turns = run_up(start, end)
    pulses = (np.mod(turns * per_turn + 0.25, 1.0) < 0.3).astype(float)
    found = revolutions_of_pulses(pulses, per_turn=per_turn)
    inner = slice(T.size // 10, -T.size // 10)
    error = (found - turns)[inner]
    # A crossing is known to a sample; the start of the count is free.
    assert np.ptp(error) < 2.5 * max(start, end) / RATE_HZ


def test_pulses_that_chatter_count_once() -> None:
    turns = run_up(20.0, 20.0)
    # At the edge the level dips just under the middle, but not clear of it.
    wave = np.where(np.mod(turns, 1.0) < 0.5, 1.0, 0.0)
    wave[np.flatnonzero(np.diff(wave) > 0) + 3] = 0.45
    found = revolutions_of_pulses(wave)
    assert found[-1] == pytest.approx(turns[-1], abs=0.1)


def test_too_few_pulses_are_refused() -> None:
    with pytest.raises(WindowTooShort, match="pulses"):
        revolutions_of_pulses(np.r_[np.zeros(50), np.ones(50)])


def share_of_lobe(spectrum, order: float) -> float:
    """Share of the power within two bins of an order."""
    power = amplitude(spectrum).astype(float) ** 2
    at = round(order / spectrum.resolution_hz)
    return float(power[at - 2 : at + 3].sum() / power[3:].sum())


@settings(max_examples=12, deadline=None)
@given(st.floats(20, 30), st.floats(0.85, 1.15), st.integers(1, 8))
def test_a_chirped_order_becomes_a_line(start: float, change: float, order: int) -> None:
    turns = run_up(start, start * change)
    x = np.cos(2 * np.pi * order * turns + 0.3)
    over_angle = angle_spectrum(transform(x, rate_hz=RATE_HZ), turns, top_order=10.0)
    assert share_of_lobe(over_angle, order) > 0.999
    height = amplitude(over_angle)[round(order / over_angle.resolution_hz)]
    assert height == pytest.approx(1.0, rel=5e-3)


def test_over_time_the_same_chirp_is_none() -> None:
    x = np.cos(2 * np.pi * 5 * run_up(22.0, 28.0))
    assert share_of_lobe(transform(x, rate_hz=RATE_HZ), 125.0) < 0.5


@settings(max_examples=8, deadline=None)
@given(st.floats(20, 30), st.floats(0.9, 1.1), st.integers(0, 100))
def test_a_line_of_the_shaft_is_tachometer_enough(start: float, change: float, seed: int) -> None:
    turns = run_up(start, start * change)
    rng = np.random.default_rng(seed)
    x = np.cos(2 * np.pi * turns) + 0.3 * np.cos(2 * np.pi * 5 * turns + 1.0)
    spectrum = transform(x + 0.3 * rng.standard_normal(x.size), rate_hz=RATE_HZ)
    middle = start * (1 + change) / 2
    found = revolutions_of_line(spectrum, 0.75 * middle, 1.25 * middle)
    assert np.std((found - turns)[T.size // 10 : -T.size // 10]) < 0.01
    assert share_of_lobe(angle_spectrum(spectrum, found, top_order=10.0), 5.0) > 0.065


@pytest.mark.parametrize("seed", range(3))
def test_a_line_that_does_not_fit_on_to_itself_turns_on_at_the_ends(seed: int) -> None:
    turns = run_up(20.30859375, 20.30859375)
    noise = 0.3 * np.random.default_rng(seed).standard_normal(turns.size)
    spectrum = transform(np.cos(2 * np.pi * turns) + noise, rate_hz=RATE_HZ)
    found = revolutions_of_line(spectrum, 15.0, 25.0)
    assert np.diff(found).min() > 0.9 * 20.0 / RATE_HZ
    assert np.std(found - turns) < 0.01


def test_content_above_the_highest_order_does_not_fold_back() -> None:
    turns = run_up(24.0, 28.0)
    x = np.cos(2 * np.pi * 2 * turns) + np.cos(2 * np.pi * 60.3 * turns)
    over_angle = angle_spectrum(transform(x, rate_hz=RATE_HZ), turns, top_order=10.0)
    heights = amplitude(over_angle)
    orders = np.arange(heights.size) * over_angle.resolution_hz
    away = (orders > 2.3) & (orders < 10.0)
    assert heights[away].max() < 0.01


def test_impossible_angles_are_refused() -> None:
    spectrum = transform(np.cos(2 * np.pi * 25 * T), rate_hz=RATE_HZ)
    back = run_up(25.0, 25.0)
    back[100] = back[99] - 0.1
    with pytest.raises(BadSamples, match="turns on"):
        angle_spectrum(spectrum, back, top_order=5.0)
    with pytest.raises(WindowTooShort, match="revolutions"):
        angle_spectrum(spectrum, run_up(1.0, 1.0), top_order=5.0)
    with pytest.raises(WindowTooShort, match="narrow"):
        revolutions_of_line(spectrum, 25.0, 25.1)
