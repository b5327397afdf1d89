"""Time statistics against scipy.stats, and where float32 would fail a careless sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import stats

from dsp.statistics import Moments, moments
from sensors.errors import BadSamples, WindowTooShort

RATIOS = (
    "crest_factor",
    "kurtosis_pearson",
    "skewness",
    "shape_factor",
    "impulse_factor",
    "clearance_factor",
)


def slow(x: np.ndarray) -> Moments:
    """The same by definition, in float64 and by scipy.stats."""
    x = np.asarray(x, dtype=np.float64)
    d = np.abs(x - x.mean(-1, keepdims=True))
    rms, peak, mean = x.std(-1), d.max(-1), d.mean(-1)
    return Moments(
        mean=x.mean(-1),
        rms=rms,
        peak=peak,
        crest_factor=peak / rms,
        kurtosis_pearson=stats.kurtosis(x, axis=-1, fisher=False),
        skewness=stats.skew(x, axis=-1),
        shape_factor=rms / mean,
        impulse_factor=peak / mean,
        clearance_factor=peak / np.sqrt(d).mean(-1) ** 2,
    )


def assert_like(fast: Moments, oracle: Moments, rel: float) -> None:
    for name in ("mean", "rms", "peak", *RATIOS):
        expected = getattr(oracle, name)
        scale = oracle.rms if name == "mean" else 1.0
        np.testing.assert_allclose(
            getattr(fast, name), expected, rtol=rel, atol=rel * np.max(scale), err_msg=name
        )


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.standard_normal((3, 25_600)),
        lambda rng: rng.standard_t(4, (2, 5, 4_000)),
        lambda rng: rng.exponential(size=(1, 20_000)),
        lambda rng: np.sin(np.arange(20_000) * 0.1) + 0.01 * rng.standard_normal(20_000),
    ],
)
def test_all_statistics_agree_with_scipy(draw):
    x = draw(np.random.default_rng(0)).astype(np.float32)
    assert_like(moments(x), slow(x), 2e-5)
    assert_like(moments(x.astype(np.float64)), slow(x), 1e-10)


@pytest.mark.parametrize("offset", [1e3, -1e6])
def test_a_large_offset_leaves_the_statistics_alone(offset):
    x = (np.random.default_rng(0).standard_normal((3, 25_600)) + offset).astype(np.float32)
    assert_like(moments(x), slow(x), 2e-5)


@pytest.mark.parametrize("scale", [1e-38, 1e-30, 1e-9, 1e9, 1e20, 7e37])
def test_no_scale_overflows_or_underflows(scale):
    x = (np.random.default_rng(1).standard_normal((2, 5_000)) * scale).astype(np.float32)
    fast, oracle = moments(x), slow(x.astype(np.float64) / scale)
    np.testing.assert_allclose(fast.rms / scale, oracle.rms, rtol=2e-5)
    for name in RATIOS:
        np.testing.assert_allclose(getattr(fast, name), getattr(oracle, name), rtol=2e-5, atol=2e-5)


def test_rows_of_very_different_scale_do_not_disturb_each_other():
    rng = np.random.default_rng(2)
    x = np.stack([rng.standard_normal(4_000) * s for s in (1e-25, 1.0, 1e25)]).astype(np.float32)
    np.testing.assert_allclose(
        moments(x).kurtosis_pearson, slow(x.astype(np.float64)).kurtosis_pearson, rtol=2e-5
    )


def test_known_values():
    sine = moments(np.sin(2 * np.pi * np.arange(100_000) / 1000))
    assert sine.crest_factor == pytest.approx(np.sqrt(2), rel=1e-5)
    assert sine.kurtosis_pearson == pytest.approx(1.5, rel=1e-6)
    assert sine.shape_factor == pytest.approx(np.pi / np.sqrt(8), rel=1e-4)
    square = moments(np.tile(np.float32([1, -1]), 500) + 3)
    assert square.mean == 3
    assert square.kurtosis_pearson == 1
    assert square.crest_factor == square.impulse_factor == square.clearance_factor == 1


@pytest.mark.parametrize("value", [0.0, 0.1, -1e20, 1e-40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_has_no_ratios(value, dtype):
    constant = moments(np.full((2, 1001), value, dtype=dtype))
    assert (constant.rms == 0).all()
    assert (constant.peak == 0).all()
    np.testing.assert_allclose(constant.mean, dtype(value), rtol=1e-6)
    for name in RATIOS:
        assert np.isnan(getattr(constant, name)).all(), name


def test_a_constant_row_does_not_spoil_its_neighbour():
    x = np.random.default_rng(3).standard_normal((2, 1000)).astype(np.float32)
    x[0] = 0.1
    both = moments(x)
    assert np.isnan(both.kurtosis_pearson[0])
    assert both.kurtosis_pearson[1] == pytest.approx(slow(x[1]).kurtosis_pearson, rel=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_unusable_sample_makes_its_row_nan_and_no_other(bad):
    x = np.random.default_rng(4).standard_normal((2, 1000)).astype(np.float32)
    x[0, 10] = bad
    both = moments(x)
    for name in ("rms", *RATIOS):
        assert np.isnan(getattr(both, name)[0]), name
        assert np.isfinite(getattr(both, name)[1]), name


def test_integers_are_taken_as_they_are():
    counts = np.random.default_rng(5).integers(-30_000, 30_000, 5_000, dtype=np.int16)
    assert_like(moments(counts), slow(counts), 1e-10)


@pytest.mark.parametrize("empty", [np.zeros(0), np.zeros((3, 0)), np.float32(1)])
def test_nothing_has_no_statistics(empty):
    with pytest.raises(WindowTooShort):
        moments(empty)


@pytest.mark.parametrize("wrong", [np.array(["a"]), np.array([1j]), np.array([None])])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises(BadSamples):
        moments(wrong)


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float32,
        array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=40),
        elements=st.floats(-(2.0**100), 2.0**100, width=32),
    )
)
def test_bounds_that_hold_for_any_samples(x):
    got = moments(x)
    assert got.rms.shape == x.shape[:-1]
    live = got.rms > 0
    for name in ("crest_factor", "kurtosis_pearson", "shape_factor", "impulse_factor"):
        assert (getattr(got, name)[live] >= 1 - 1e-3).all(), name
    assert (np.isnan(got.kurtosis_pearson) == ~live).all()
