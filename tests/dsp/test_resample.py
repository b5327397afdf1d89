"""Resampling without aliases, against scipy's polyphase filter away from the ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from dsp.extrapolate import burg, continued
from dsp.resample import resample
from sensors.errors import BadRate, WindowTooShort

PAIRS = [
    (48_000.0, 12_000.0),
    (51_200.0, 12_000.0),
    (48_828.0, 12_000.0),
    (48_828.125, 25_600.0),
    (20_000.0, 12_800.0),
]


def tone(hz: float, rate_hz: float, n: int, phase: float = 0.3) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(n) / rate_hz + phase)


@pytest.mark.parametrize(
    ("rate_hz", "new_hz", "share"),
    [
        (*pair, share)
        for pair in PAIRS
        for share in (0.55, 0.6, 0.8)
        if share * pair[1] < pair[0] / 2
    ],
)
def test_what_cannot_be_carried_is_sixty_decibels_down(rate_hz, new_hz, share):
    for phase in (0.0, 1.0, 2.0):
        x = tone(share * new_hz, rate_hz, 20_000, phase)
        y = resample(x, rate_hz=rate_hz, new_rate_hz=new_hz)
        assert 20 * np.log10(y.std() / x.std()) < -60


def test_naive_decimation_would_fail_that():
    x = tone(0.8 * 12_000, 48_000.0, 20_000)
    assert 20 * np.log10(x[::4].std() / x.std()) > -1


@pytest.mark.parametrize(("rate_hz", "new_hz"), [*PAIRS, (12_000.0, 48_000.0)])
@pytest.mark.parametrize("share", [0.001, 0.02, 0.2, 0.35, 0.385])
def test_tones_below_keep_amplitude_and_phase_up_to_the_ends(rate_hz, new_hz, share):
    hz = share * min(rate_hz, new_hz)
    y = resample(tone(hz, rate_hz, 20_000), rate_hz=rate_hz, new_rate_hz=new_hz)
    expected = tone(hz, new_hz, y.size)
    np.testing.assert_allclose(y[100:-100], expected[100:-100], atol=1e-3)
    if share >= 0.02:
        np.testing.assert_allclose(y, expected, atol=4e-3)


@pytest.mark.parametrize(("up", "down"), [(1, 4), (15, 64), (16, 25)])
def test_noise_agrees_with_the_polyphase_filter(up, down):
    rng = np.random.default_rng(0)
    low = signal.firwin(401, 0.6 * up / down)
    x = np.convolve(rng.standard_normal(24_000), low, "same")
    ours = resample(x, rate_hz=float(down), new_rate_hz=float(up))
    theirs = signal.resample_poly(x, up, down, window=("kaiser", 12.0))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours[200:-200], theirs[200:-200], atol=1e-3 * x.std())


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 700),
    st.sampled_from([(48_000.0, 12_000.0), (12_000.0, 48_000.0), (51_200.0, 12_000.0), (8.0, 7.0)]),
    st.sampled_from([np.float32, np.float64]),
)
def test_any_length_keeps_type_length_and_a_constant(n, rates, dtype):
    x = np.full((2, n), 3.25, dtype=dtype)
    y = resample(x, rate_hz=rates[0], new_rate_hz=rates[1])
    assert y.dtype == dtype
    assert y.shape == (2, -(-n * int(rates[1]) // int(rates[0])))
    np.testing.assert_allclose(y, 3.25, rtol=1e-5)


def test_rows_are_independent():
    x = np.random.default_rng(1).standard_normal((3, 2, 1_000))
    y = resample(x, rate_hz=4.0, new_rate_hz=1.0)
    np.testing.assert_allclose(y[1, 1], resample(x[1, 1], rate_hz=4.0, new_rate_hz=1.0))


def test_the_same_rate_is_a_copy():
    x = np.arange(5.0)
    y = resample(x, rate_hz=7.0, new_rate_hz=7.0)
    np.testing.assert_array_equal(x, y)
    assert not np.shares_memory(x, y)


@pytest.mark.parametrize("rates", [(0.0, 1.0), (1.0, np.nan), (1.0, np.pi), (1.0, 1e8)])
def test_impossible_ratios_are_refused(rates):
    with pytest.raises(BadRate):
        resample(np.ones(10), rate_hz=rates[0], new_rate_hz=rates[1])


def test_nothing_cannot_be_resampled():
    with pytest.raises(WindowTooShort):
        resample(np.ones((2, 0)), rate_hz=4.0, new_rate_hz=1.0)


def test_prediction_goes_on_with_tones_exactly():
    t = np.arange(2_000)
    x = 5 + np.sin(0.3 * t) + 0.2 * np.sin(0.05 * t + 1) + 0.5 * np.cos(1.7 * t)
    np.testing.assert_allclose(continued(x[:1_700], 300), x[1_700:], atol=0.02)


def test_prediction_of_noise_stays_bounded():
    for seed in range(20):
        x = np.random.default_rng(seed).standard_normal(600)
        assert np.abs(continued(x, 5_000)).max() < 10


def test_burgs_filter_finds_the_poles_of_a_process():
    rng = np.random.default_rng(0)
    x = signal.lfilter([1.0], [1.0, -1.5, 0.9], rng.standard_normal(50_000))
    np.testing.assert_allclose(burg(x, 2), [1.0, -1.5, 0.9], atol=0.01)


@pytest.mark.parametrize("x", [np.ones(1), np.ones(50), np.array([1.0, 2.0])])
def test_prediction_of_next_to_nothing_holds_the_mean(x):
    np.testing.assert_allclose(continued(x, 4), x.mean())
