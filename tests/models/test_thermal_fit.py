"""The thermal fit against the truth it was made from and against scipy's least squares."""

import msgspec
import numpy as np
import pytest
from scipy.optimize import curve_fit

from dsp.thermal import ThermalParameters, simulate
from models.levenberg import fit_curve
from models.thermal.fit import ThermalFit, fit_thermal
from sensors.errors import BadSamples, NotConverged, TooFewWindows

TRUTH = ThermalParameters(
    load_rise_k=35.0,
    constant_rise_k=15.0,
    winding_over_frame_k=30.0,
    winding_s=240.0,
    frame_s=1800.0,
)
DT_S = 30.0
LOADS = np.repeat([0.3, 1.0, 0.6, 1.2, 0.5, 0.9], 160)


def series(
    seed: int, sigma_k: float = 0.1, parameters: ThermalParameters = TRUTH, **changes: object
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    air = 22.0 + 4.0 * np.sin(np.arange(LOADS.size) / 300.0)
    trace = simulate(
        LOADS, air, dt_s=DT_S, parameters=parameters, start_degc=(22.0, 22.0), **changes
    )
    return LOADS, air, trace.frame_degc + sigma_k * rng.standard_normal(LOADS.size)


def test_least_squares_is_scipys() -> None:
    rng = np.random.default_rng(1)
    x = np.linspace(0, 4, 80)
    data = 2.0 * np.exp(-x / 1.3) + 0.5 + 0.05 * rng.standard_normal(80)

    def curve(x: np.ndarray, a: float, t: float, c: float) -> np.ndarray:
        return a * np.exp(-x / t) + c

    found = fit_curve(lambda v: curve(x, *v), data, np.ones(3), np.full(3, 1e-3), np.full(3, 100.0))
    values, covariance = curve_fit(curve, x, data, [1.0, 1.0, 1.0], ftol=1e-13, xtol=1e-13)
    np.testing.assert_allclose(found.values, values, rtol=1e-5)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-3)
    assert not found.singular


def test_parameters_that_say_the_same_are_singular() -> None:
    x = np.linspace(0, 1, 50)
    found = fit_curve(
        lambda v: (v[0] + v[1]) * x, 3 * x, np.ones(2), np.full(2, -10.0), np.full(2, 10.0)
    )
    assert found.singular and np.isinf(found.covariance).all()


def test_what_does_not_settle_is_said() -> None:
    """A model that is always better further out has no best place."""
    with pytest.raises(NotConverged, match="100 steps"):
        fit_curve(
            lambda v: np.exp(-v[0]) * np.ones(40), np.zeros(40), np.zeros(1),
            np.full(1, -1e3), np.full(1, 1e9),
        )  # fmt: skip


def test_the_truth_is_found_within_its_errors() -> None:
    fit = fit_thermal(*series(3), dt_s=DT_S, winding_over_frame_k=30.0)
    assert fit.shows_winding
    for name, error in fit.errors.items():
        assert abs(getattr(fit.parameters, name) - getattr(TRUTH, name)) < 4 * error, name
        assert error < 0.15 * getattr(TRUTH, name)
    assert fit.sigma_k == pytest.approx(0.1, rel=0.1)
    assert abs(fit.correlation) < 0.1


def test_errors_are_as_large_as_the_scatter_of_repeated_fits() -> None:
    fits = [fit_thermal(*series(s), dt_s=DT_S, winding_over_frame_k=30.0) for s in range(20, 32)]
    for name in ("load_rise_k", "constant_rise_k", "frame_s"):
        scatter = np.std([getattr(fit.parameters, name) for fit in fits], ddof=1)
        stated = np.mean([fit.errors[name] for fit in fits])
        assert 0.5 < stated / scatter < 2.0, name


def test_correlated_residuals_widen_the_errors() -> None:
    load, air, frame = series(4, sigma_k=0.0)
    rng = np.random.default_rng(5)
    white = rng.standard_normal(load.size)
    red = np.zeros(load.size)
    for k in range(1, load.size):
        red[k] = 0.9 * red[k - 1] + 0.19**0.5 * white[k]
    quick = fit_thermal(load, air, frame + 0.2 * white, dt_s=DT_S, winding_over_frame_k=30.0)
    slow = fit_thermal(load, air, frame + 0.2 * red, dt_s=DT_S, winding_over_frame_k=30.0)
    assert slow.correlation == pytest.approx(0.9, abs=0.08)
    assert slow.errors["load_rise_k"] > 2.5 * quick.errors["load_rise_k"]


def test_a_motor_of_one_mass_has_no_winding_constant() -> None:
    prompt = msgspec.structs.replace(TRUTH, winding_s=1e-3)
    fit = fit_thermal(*series(6, 0.1, prompt), dt_s=DT_S, winding_over_frame_k=30.0)
    assert not fit.shows_winding
    assert fit.parameters.frame_s == pytest.approx(1800.0, rel=0.03)
    assert fit.parameters.time_constants_s()[1] < 1.0


def test_stops_show_the_worse_cooling_at_standstill() -> None:
    load = np.where(LOADS == 0.5, 0.0, LOADS)
    running = load > 0
    standing = msgspec.structs.replace(TRUTH, stopped_factor=3.0)
    air = np.full(load.size, 20.0)
    trace = simulate(
        load, air, dt_s=DT_S, parameters=standing, running=running, start_degc=(20.0, 20.0)
    )
    noisy = trace.frame_degc + 0.1 * np.random.default_rng(7).standard_normal(load.size)
    fit = fit_thermal(load, air, noisy, dt_s=DT_S, winding_over_frame_k=30.0, running=running)
    assert fit.parameters.stopped_factor == pytest.approx(3.0, rel=0.05)


def test_the_frames_course_hardly_depends_on_the_stated_allowance() -> None:
    load, air, frame = series(8)
    fits = [fit_thermal(load, air, frame, dt_s=DT_S, winding_over_frame_k=d) for d in (25.0, 60.0)]
    assert fits[0].sigma_k == pytest.approx(fits[1].sigma_k, rel=0.02)
    rises = [fit.parameters.steady_rise_k(1.0) for fit in fits]
    assert rises[0] == pytest.approx(rises[1], rel=1e-3)


def test_the_error_of_a_steady_rise_is_smaller_than_its_parts() -> None:
    """The two rises are known less well than their sum at loads that were seen."""
    fit = fit_thermal(*series(9), dt_s=DT_S, winding_over_frame_k=30.0)
    assert fit.rise_covariance_k2 < 0
    apart = np.hypot(fit.errors["load_rise_k"], fit.errors["constant_rise_k"])
    assert fit.sigma_k < fit.steady_error_k(1.0) < np.hypot(apart, fit.sigma_k)


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [(slice(0, 20), "samples"), (slice(0, 150), "load stayed"), (slice(155, 190), "h do not")],
)
def test_a_series_that_tells_too_little_is_refused(chosen: slice, reason: str) -> None:
    load, air, frame = series(10)
    with pytest.raises(TooFewWindows, match=reason):
        fit_thermal(load[chosen], air[chosen], frame[chosen], dt_s=DT_S, winding_over_frame_k=30.0)


def test_a_temperature_that_does_not_follow_the_load_is_refused() -> None:
    rng = np.random.default_rng(11)
    with pytest.raises(TooFewWindows, match="thermal fit"):
        fit_thermal(
            LOADS, 20.0, 60 + rng.standard_normal(LOADS.size), dt_s=DT_S, winding_over_frame_k=30.0
        )


def test_series_that_do_not_fit_are_named() -> None:
    load, air, frame = series(12)
    with pytest.raises(BadSamples, match="one length"):
        fit_thermal(load[1:], air, frame, dt_s=DT_S, winding_over_frame_k=30.0)
    with pytest.raises(BadSamples, match="no numbers"):
        fit_thermal(load, air * np.nan, frame, dt_s=DT_S, winding_over_frame_k=30.0)


def test_a_fit_is_data() -> None:
    fit = fit_thermal(*series(13), dt_s=DT_S, winding_over_frame_k=30.0)
    assert msgspec.json.decode(msgspec.json.encode(fit), type=ThermalFit) == fit
