import math

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.power import (
    HARMONICS,
    harmonics,
    line_frequency,
    measure_power,
    total_distortion,
    whole_cycles,
)
from sensors.errors import BadRate, BadSamples, WindowTooShort

RATE_HZ = 6400.0
LINE_HZ = 50.0


def wave(parts, *, cycles=10.0, line_hz=LINE_HZ, rate_hz=RATE_HZ):
    """Sum peak * cos(2 pi h f t - phase) over (h, peak, phase)."""
    t = np.arange(round(cycles * rate_hz / line_hz)) / rate_hz
    return sum(a * np.cos(2 * np.pi * h * line_hz * t - phase) for h, a, phase in parts)


def power(voltage, current, *, rate_hz=RATE_HZ, nominal_hz=LINE_HZ):
    return measure_power(voltage, current, rate_hz=rate_hz, nominal_hz=nominal_hz)


@settings(max_examples=40, deadline=None)
@given(
    volts=st.floats(1.0, 1000.0),
    amperes=st.floats(1e-3, 500.0),
    phase=st.floats(-math.pi, math.pi),
    cycles=st.integers(1, 20),
)
def test_sinusoids_follow_the_closed_forms(volts, amperes, phase, cycles):
    found = power(
        wave([(1, volts, 0.0)], cycles=cycles), wave([(1, amperes, phase)], cycles=cycles)
    )
    apparent = volts * amperes / 2
    assert found.cycles == cycles
    assert found.voltage_v == pytest.approx(volts / math.sqrt(2), rel=1e-9)
    assert found.current_a == pytest.approx(amperes / math.sqrt(2), rel=1e-9)
    assert found.active_w == pytest.approx(apparent * math.cos(phase), abs=1e-9 * apparent)
    assert found.apparent_va == pytest.approx(apparent, rel=1e-9)
    assert found.factor == pytest.approx(math.cos(phase), abs=1e-9)
    assert found.displacement == pytest.approx(math.cos(phase), abs=1e-9)
    assert found.nonactive_var == pytest.approx(
        apparent * abs(math.sin(phase)), abs=1e-4 * apparent
    )
    assert found.current_thd < 1e-9


@settings(max_examples=30, deadline=None)
@given(
    phase=st.floats(-1.4, 1.4),
    third=st.floats(0.0, 0.9),
    seventh=st.floats(0.0, 0.5),
)
def test_distorted_current_has_a_power_factor_below_its_displacement(phase, third, seventh):
    current = wave([(1, 2.0, phase), (3, 2.0 * third, 0.3), (7, 2.0 * seventh, 1.1)])
    found = power(wave([(1, 325.0, 0.0)]), current)
    thd = math.hypot(third, seventh)
    assert found.current_thd == pytest.approx(thd, abs=1e-9)
    assert found.displacement == pytest.approx(math.cos(phase), abs=1e-9)
    assert found.factor == pytest.approx(math.cos(phase) / math.hypot(1.0, thd), abs=1e-9)


def test_active_power_is_the_sum_over_harmonics():
    rng = np.random.default_rng(3)
    orders = range(1, 30)
    v = [(h, rng.uniform(0, 100 / h), rng.uniform(-3, 3)) for h in orders]
    i = [(h, rng.uniform(0, 5 / h), rng.uniform(-3, 3)) for h in orders]
    found = power(10.0 + wave(v), 0.5 + wave(i))
    expected = 10.0 * 0.5 + sum(
        a * b * math.cos(p - q) / 2 for (_, a, p), (_, b, q) in zip(v, i, strict=True)
    )
    assert found.active_w == pytest.approx(expected, rel=1e-9)
    assert found.voltage_v == pytest.approx(
        math.sqrt(100 + sum(a * a for _, a, _ in v) / 2), rel=1e-9
    )


def test_harmonics_agree_with_a_periodogram():
    rng = np.random.default_rng(4)
    values = rng.normal(size=1280)
    _, spectrum = scipy.signal.periodogram(values, RATE_HZ, detrend=False, scaling="spectrum")
    heights = np.abs(harmonics(values, 10))
    assert heights.size == HARMONICS
    np.testing.assert_allclose(
        heights, np.sqrt(2 * spectrum[10 : 10 * HARMONICS + 1 : 10]), rtol=1e-9
    )


def test_square_wave_has_the_textbook_distortion():
    rate_hz, cycles = 50.0 * 4000, 2
    square = np.sign(np.sin(2 * np.pi * 50.0 * (np.arange(4000 * cycles) + 0.5) / rate_hz))
    odd = np.arange(3, HARMONICS + 1, 2)
    assert total_distortion(harmonics(square, cycles)) == pytest.approx(
        math.sqrt(np.sum(1.0 / odd**2)), rel=1e-3
    )


def test_current_that_flows_every_other_cycle_has_the_factor_of_its_duty():
    one = wave([(1, 6.0, 0.0)], cycles=1)
    current = np.tile(np.concatenate([one, 0 * one]), 10)
    found = power(wave([(1, 325.0, 0.0)], cycles=20), current)
    assert found.factor == pytest.approx(math.sqrt(0.5), rel=1e-9)
    assert found.displacement == pytest.approx(1.0, abs=1e-9)
    assert found.current_thd < 1e-9


@settings(max_examples=30, deadline=None)
@given(cycles=st.floats(1.0, 7.9), phase=st.floats(-1.0, 1.0))
def test_a_partial_cycle_is_left_out(cycles, phase):
    v, i = (wave([(1, a, p)], cycles=cycles) for a, p in ((325.0, 0.0), (2.0, phase)))
    found = power(v, i)
    assert found.cycles == math.floor((v.size + 0.5) / 128)
    assert found.factor == pytest.approx(math.cos(phase), abs=0.02 / found.cycles)


@settings(max_examples=20, deadline=None)
@given(line_hz=st.floats(48.5, 51.5))
def test_the_grid_is_measured_where_the_window_allows(line_hz):
    v = wave([(1, 325.0, 0.4), (5, 10.0, 0.0)], cycles=60, line_hz=line_hz)
    assert line_frequency(v, rate_hz=RATE_HZ, nominal_hz=50.0) == pytest.approx(line_hz, rel=1e-4)
    short = v[:640]
    assert line_frequency(short, rate_hz=RATE_HZ, nominal_hz=50.0) == 50.0


def test_half_a_sample_short_is_a_whole_cycle():
    # 60 Hz at 1 kHz has 16.67 samples a cycle: fifty cycles are 833.3 samples.
    assert whole_cycles(833, rate_hz=1000.0, line_hz=60.0) == (50, 833)
    assert whole_cycles(832, rate_hz=1000.0, line_hz=60.0) == (49, 817)


def test_a_reversed_clamp_shows_as_negative_power():
    v, i = wave([(1, 325.0, 0.0)]), wave([(1, 2.0, 0.2)])
    assert power(v, -i).active_w == pytest.approx(-power(v, i).active_w)
    assert power(v, 0 * i).factor == 0.0


@pytest.mark.parametrize(
    ("voltage", "current", "rate_hz", "error", "says"),
    [
        (np.ones(640), np.ones(641), RATE_HZ, BadSamples, "same samples"),
        (np.ones((2, 640)), np.ones((2, 640)), RATE_HZ, BadSamples, "shape"),
        (np.full(640, np.nan), np.ones(640), RATE_HZ, BadSamples, "not finite"),
        (np.zeros(640), np.ones(640), RATE_HZ, BadSamples, "connected"),
        (np.ones(100), np.ones(100), RATE_HZ, WindowTooShort, "128 or more"),
        (np.ones(640), np.ones(640), 300.0, BadRate, "sample faster"),
        (np.ones(640), np.ones(640), 0.0, BadRate, "impossible"),
    ],
)
def test_what_cannot_be_metered_is_named(voltage, current, rate_hz, error, says):
    with pytest.raises(error, match=says):
        power(voltage, current, rate_hz=rate_hz)
