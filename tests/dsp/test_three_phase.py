"""Three-phase power: closed forms, two wattmeters, and IEEE 1459 by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.three_phase import measure_three_phase, star_voltages, third_wave
from sensors.errors import BadSamples, WindowTooShort

RATE_HZ, LINE_HZ = 6400.0, 50.0
STEPS = np.array([0.0, -2 * np.pi / 3, 2 * np.pi / 3])


def wave(peaks, phases, *, order=1, cycles=10):
    t = np.arange(round(cycles * RATE_HZ / LINE_HZ)) / RATE_HZ
    turn = order * 2 * np.pi * LINE_HZ * t
    return np.asarray(peaks)[..., None] * np.cos(turn + np.asarray(phases)[..., None])


def power(voltages, currents, **options):
    return measure_three_phase(voltages, currents, rate_hz=RATE_HZ, line_hz=LINE_HZ, **options)


@settings(max_examples=30, deadline=None)
@given(volts=st.floats(50, 500), amperes=st.floats(0.1, 500), lag=st.floats(-1.5, 1.5))
def test_a_balanced_sinusoidal_load(volts, amperes, lag):
    found = power(wave(np.full(3, volts), STEPS), wave(np.full(3, amperes), STEPS - lag))
    apparent = 3 * volts * amperes / 2
    assert found.active_w == pytest.approx(apparent * np.cos(lag), abs=1e-9 * apparent)
    assert found.reactive_var == pytest.approx(apparent * np.sin(lag), abs=1e-9 * apparent)
    assert found.effective_va == pytest.approx(apparent)
    assert found.factor == pytest.approx(np.cos(lag), abs=1e-9)
    assert found.nonactive_var == pytest.approx(apparent * abs(np.sin(lag)), abs=1e-4 * apparent)
    assert found.line_voltages_v == pytest.approx([volts * np.sqrt(1.5)] * 3)
    assert found.currents_a == pytest.approx([amperes / np.sqrt(2)] * 3)


def unbalanced(seed):
    """Three waves of phase voltage with a shifted star point, and currents that sum to zero."""
    rng = np.random.default_rng(seed)
    volts = wave(325 * rng.uniform(0.9, 1.1, 3), STEPS + rng.uniform(-0.1, 0.1, 3))
    volts += wave(rng.uniform(0, 20, 3), rng.uniform(-3, 3, 3), order=5)
    volts += wave(30.0, 0.7) + wave(10.0, 0.2, order=3)
    currents = wave(10 * rng.uniform(0.6, 1.4, 3), STEPS - 0.6 + rng.uniform(-0.3, 0.3, 3))
    currents += wave(rng.uniform(0, 2, 3), rng.uniform(-3, 3, 3), order=5)
    currents[2] = third_wave(currents[0], currents[1])
    return volts, currents


@pytest.mark.parametrize("seed", range(4))
def test_two_wattmeters_read_the_sum_of_three(seed):
    (a, b, c), currents = unbalanced(seed)
    two_wattmeters = np.mean((a - c) * currents[0] + (b - c) * currents[1])
    whole = power(np.stack([a, b, c]), currents)
    aron = power(
        star_voltages(a - b, b - c, third_wave(a - b, b - c)),
        np.stack([currents[0], currents[1], third_wave(currents[0], currents[1])]),
    )
    assert whole.active_w == pytest.approx(two_wattmeters, rel=1e-12)
    for name in ("active_w", "reactive_var", "effective_va", "line_voltages_v", "currents_a"):
        assert getattr(aron, name) == pytest.approx(getattr(whole, name), rel=1e-9)
    assert whole.active_w <= whole.effective_va


def test_three_voltages_against_one_phase_are_enough():
    volts, currents = unbalanced(9)
    assert power(volts - volts[1], currents).active_w == pytest.approx(
        power(volts, currents).active_w, rel=1e-12
    )


def test_effective_power_of_one_loaded_phase_by_hand():
    # IEEE 1459: a resistor between one phase and neutral of a balanced supply. In = Ia, so
    # Ie = Ia sqrt(2/3), Ve = V, PF = P/Se = 1/sqrt(6); without the neutral's share it is 1/sqrt(3).
    volts = wave(np.full(3, 325.0), STEPS)
    currents = np.zeros_like(volts)
    currents[0] = volts[0] / 20
    assert power(volts, currents, neutral=True).factor == pytest.approx(1 / np.sqrt(6))


def test_a_load_between_two_lines_by_hand():
    # P = Vll I, Ve = Vll/sqrt(3), Ie = I sqrt(2/3): PF = 1/sqrt(2), though it is a resistor.
    volts = wave(np.full(3, 325.0), STEPS)
    current = (volts[0] - volts[1]) / 40
    found = power(volts, np.stack([current, -current, np.zeros_like(current)]))
    assert found.factor == pytest.approx(1 / np.sqrt(2))
    assert found.reactive_var == pytest.approx(0.0, abs=1e-6)


def test_a_reversed_transformer_shows_in_its_phase():
    volts, currents = wave(np.full(3, 325.0), STEPS), wave(np.full(3, 10.0), STEPS - 0.5)
    right = power(volts, currents)
    wrong = power(volts, currents * np.array([[1.0], [-1.0], [1.0]]))
    assert np.sign(right.phase_active_w).tolist() == [1, 1, 1]
    assert np.sign(wrong.phase_active_w).tolist() == [1, -1, 1]
    assert wrong.active_w == pytest.approx(right.active_w / 3)
    assert power(volts, -currents).active_w == pytest.approx(-right.active_w)


def test_distortion_of_each_phase():
    currents = wave(np.full(3, 10.0), STEPS) + wave([0.0, 2.0, 0.0], np.zeros(3), order=7)
    found = power(wave(np.full(3, 325.0), STEPS), currents)
    assert found.current_thd == pytest.approx((0.0, 0.2, 0.0), abs=1e-9)
    assert found.voltage_thd == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


def test_what_cannot_be_metered_is_refused():
    volts = wave(np.full(3, 325.0), STEPS)
    with pytest.raises(BadSamples, match="both must be"):
        power(volts[:2], volts[:2])
    with pytest.raises(BadSamples, match="not finite"):
        power(np.where(volts > 324, np.nan, volts), volts)
    with pytest.raises(WindowTooShort):
        power(volts[:, :60], volts[:, :60])
    assert power(volts, np.zeros_like(volts)).factor == 0.0
