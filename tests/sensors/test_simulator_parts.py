"""The simulator's building blocks against independent oracles: integrals, filters, walks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import cumulative_trapezoid
from scipy.signal import lfilter, welch
from simulated import scenario

from sensors.conditions import Condition
from sensors.simulator.bearing import BLOCK, Passages, load_zone, ring
from sensors.simulator.fault import Fault, severity_at, severity_integral
from sensors.simulator.piecewise import Profile
from sensors.simulator.scenario import Mode, Noise
from sensors.simulator.shaping import coloured_noise, design, structure
from sensors.simulator.speed import Kinematics
from sensors.simulator.streams import Stream, generator
from sensors.simulator.wander import Wander

T_S = np.linspace(-5.0, 25.0, 60_001)


def check_integral(value: np.ndarray, integral: np.ndarray, tolerance: float = 1e-5) -> None:
    oracle = cumulative_trapezoid(value, T_S, initial=0.0)
    np.testing.assert_allclose(integral - integral[0], oracle, atol=tolerance)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40).map(lambda k: k / 2), st.floats(0.0, 1.5)),
        min_size=1,
        max_size=6,
        unique_by=lambda point: point[0],
    ).map(sorted)
)
def test_a_profile_is_its_points_and_its_integral_is_exact(
    points: list[tuple[float, float]],
) -> None:
    profile = Profile.through(points)
    t_s, value = np.array(points).T
    np.testing.assert_allclose(profile.at(T_S), np.interp(T_S, t_s, value))
    check_integral(profile.at(T_S), profile.integral(T_S))


def test_wander_has_its_deviation_and_integral() -> None:
    wander = Wander.draw(generator(5, Stream.LINE_WANDER), deviation=0.02, band_hz=(0.05, 1.0))
    check_integral(wander.at(T_S), wander.integral(T_S))
    assert np.std(wander.at(np.arange(0.0, 5000.0, 0.1))) == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("growth", ["step", "linear", "exponential"])
def test_faults_grow_and_their_integral_is_exact(growth: str) -> None:
    full_at_s = None if growth == "step" else 12.0
    fault = Fault(
        condition=Condition.OVERLOAD, severity=0.8, onset_s=3.0, growth=growth, full_at_s=full_at_s
    )
    severity = severity_at(fault, T_S)
    assert not severity[T_S < 3.0].any()
    assert (np.diff(severity) >= 0).all()
    np.testing.assert_allclose(severity[T_S > 12.0], 0.8)
    check_integral(severity, severity_integral(fault, T_S), 1e-3)


def test_speed_is_the_derivative_of_the_shafts_angle_and_follows_slip() -> None:
    run = scenario(
        Fault(condition=Condition.OVERLOAD, severity=0.5, onset_s=10.0),
        load=((0.0, 0.2), (5.0, 0.9)),
        noise=Noise(line_hz=0.02, load_fraction=0.01),
    )
    kinematics = Kinematics.of(run)
    slip = 0.03 * (0.05 + 0.95 * kinematics.load(T_S))
    line_hz = 50.0 + kinematics.line_wander.at(T_S)
    check_integral((line_hz - 50.0 * slip) / 2, kinematics.revolutions(T_S), 1e-3)


def test_chunked_filtering_equals_one_long_filter() -> None:
    rate_hz, size = 4000.0, 4000
    modes = (Mode(frequency_hz=900.0, damping=0.02),)
    shape = design(structure(modes, rate_hz), rate_hz=rate_hz, size=size)
    noise = coloured_noise(3, Stream.VIBRATION_NOISE, 1, shape)
    white = np.concatenate(
        [generator(3, Stream.VIBRATION_NOISE, 1, k).standard_normal(size) for k in range(-1, 3)]
    )
    taps = np.fft.irfft(shape.spectrum, shape.length)[: shape.memory + 1]
    oracle = lfilter(taps, 1.0, white)[size:] / shape.gain
    joined = np.concatenate([noise(k) for k in range(3)])
    np.testing.assert_allclose(joined, oracle, atol=1e-9)


def test_coloured_noise_has_unit_power_and_a_hill_at_the_mode() -> None:
    rate_hz = size = 8000
    modes = (Mode(frequency_hz=2000.0, damping=0.05),)
    shape = design(structure(modes, rate_hz), rate_hz=rate_hz, size=size)
    noise = coloured_noise(3, Stream.VIBRATION_NOISE, 0, shape)
    values = np.concatenate([noise(k) for k in range(20)])
    hz, density = welch(values, rate_hz, nperseg=1024)
    assert np.std(values) == pytest.approx(1.0, rel=0.03)
    assert hz[np.argmax(density)] == pytest.approx(2000.0, abs=60.0)
    floor = density[(hz > 200) & (hz < 800)].mean()
    assert density.max() / floor == pytest.approx(9.0, rel=0.35)


def passages(jitter: float, span_rev: tuple[float, float] = (-3.0, 3000.0)) -> Passages:
    return Passages.draw(order=3.5, jitter=jitter, span_rev=span_rev, seed=9, member=0)


def test_without_jitter_passages_are_even_in_angle() -> None:
    number, rev, _ = passages(0.0).between(-3.0, 2000.0)
    np.testing.assert_allclose(rev, -3.0 + number / 3.5)


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.0, 2900.0), st.floats(0.0, 90.0))
def test_any_span_shows_the_same_passages(first: float, length: float) -> None:
    walked = passages(0.015)
    _, whole, hardness = walked.between(-3.0, 3000.0)
    number, rev, hard = walked.between(first, first + length)
    inside = (whole >= first) & (whole < first + length)
    np.testing.assert_array_equal(rev, whole[inside])
    np.testing.assert_array_equal(hard, hardness[inside])
    np.testing.assert_array_equal(np.diff(number), 1.0)


def test_jitter_is_a_random_walk_of_the_stated_step() -> None:
    _, rev, _ = passages(0.015, (0.0, 60_000.0)).between(0.0, 60_000.0)
    steps = np.diff(rev) * 3.5 - 1.0
    assert np.std(steps) == pytest.approx(0.015, rel=0.02)
    for lag in (10, BLOCK, 4 * BLOCK):
        walked = (rev[lag:] - rev[:-lag]) * 3.5 - lag
        assert np.std(walked[::lag]) == pytest.approx(0.015 * np.sqrt(lag), rel=0.25)
    assert abs(np.corrcoef(steps[:-1], steps[1:])[0, 1]) < 0.01


def test_the_load_zone_is_one_sided_and_peaks_once_a_turn() -> None:
    zone = load_zone(np.linspace(0.0, 1.0, 101))
    assert zone[0] == zone.max() == 1.0
    assert zone[50] == zone.min() == pytest.approx(0.12)
    np.testing.assert_allclose(zone, zone[::-1])


def test_a_struck_mode_rings_as_the_textbook_says() -> None:
    rate_hz, mode = 20_000.0, Mode(frequency_hz=1500.0, damping=0.04, gain=0.5)
    at_s, strength = np.array([-0.001, 0.0100123]), np.array([1.0, 2.0])
    rung = ring(at_s, strength, (mode,), rate_hz=rate_hz, start=0, size=1000)
    t_s = np.arange(1000) / rate_hz
    natural = 2 * np.pi * 1500.0
    oracle = np.zeros(1000)
    for moment, hard in zip(at_s, strength, strict=True):
        late = t_s - moment
        swing = np.exp(-0.04 * natural * late) * np.sin(natural * np.sqrt(1 - 0.04**2) * late)
        oracle += np.where(late >= 0, 0.5 * hard * swing, 0.0)
    np.testing.assert_allclose(rung, oracle, atol=1e-5)
