"""The two-mass thermal model: balance, energy, any step, and an independent integration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from dsp.thermal import ThermalParameters, simulate
from sensors.errors import BadConfig, BadSamples

MOTOR = ThermalParameters(
    load_rise_k=35.0,
    constant_rise_k=15.0,
    winding_over_frame_k=30.0,
    winding_s=300.0,
    frame_s=2400.0,
    stopped_factor=3.0,
)
parameters = st.builds(
    ThermalParameters,
    load_rise_k=st.floats(1.0, 100.0),
    constant_rise_k=st.floats(0.0, 50.0),
    winding_over_frame_k=st.floats(1.0, 80.0),
    winding_s=st.floats(1.0, 2000.0),
    frame_s=st.floats(10.0, 20000.0),
    stopped_factor=st.floats(1.0, 10.0),
)
properties = settings(max_examples=40, deadline=None)


def varied(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    running = rng.random(n) > 0.3
    return rng.uniform(0, 1.5, n) * running, rng.uniform(-20, 40, n), running


def test_it_is_what_an_ode_solver_finds() -> None:
    load, air, running = varied(1, 12)
    trace = simulate(load, air, dt_s=400.0, parameters=MOTOR, running=running, start_degc=(60, 50))

    def slope(t: float, state: np.ndarray) -> list[float]:
        k = min(int(t // 400.0), 11)
        winding, frame = state
        cooling = 1.0 if running[k] else 1 / 3.0
        return [
            (30.0 * load[k] ** 2 - (winding - frame)) / 300.0,
            (35 / 30 * (winding - frame) + 15.0 * running[k] - cooling * (frame - air[k])) / 2400.0,
        ]

    at = np.arange(12) * 400.0
    solved = solve_ivp(slope, (0, at[-1]), [60, 50], t_eval=at, max_step=5.0, rtol=1e-9).y
    np.testing.assert_allclose(trace.winding_degc, solved[0], atol=0.02)
    np.testing.assert_allclose(trace.frame_degc, solved[1], atol=0.02)


@properties
@given(parameters, st.floats(0.0, 1.5), st.floats(-20, 45), st.booleans())
def test_it_settles_where_heat_and_cooling_balance(
    p: ThermalParameters, load: float, air: float, running: bool
) -> None:
    # Heavy windings behind little cooling settle over weeks.
    long = simulate(
        [load, load], air, dt_s=1e9, parameters=p, running=running, start_degc=(air, air)
    )
    heat = p.load_rise_k * load**2 + p.constant_rise_k * running
    cooling = 1.0 if running else 1.0 / p.stopped_factor
    assert (long.frame_degc[-1] - air) * cooling == pytest.approx(heat, rel=1e-6, abs=1e-6)
    over = long.winding_degc[-1] - long.frame_degc[-1]
    assert over == pytest.approx(p.winding_over_frame_k * load**2, rel=1e-6, abs=1e-6)


@properties
@given(parameters, st.integers(0, 10**6), st.integers(2, 7), st.floats(0.1, 5000.0))
def test_the_step_does_not_matter(
    p: ThermalParameters, seed: int, pieces: int, dt_s: float
) -> None:
    load, air, running = varied(seed, 9)
    coarse = simulate(load, air, dt_s=dt_s, parameters=p, running=running, start_degc=(30, 25))
    fine = simulate(
        np.repeat(load, pieces),
        np.repeat(air, pieces),
        dt_s=dt_s / pieces,
        parameters=p,
        running=np.repeat(running, pieces),
        start_degc=(30, 25),
    )
    np.testing.assert_allclose(coarse.winding_degc, fine.winding_degc[::pieces], atol=1e-6)
    np.testing.assert_allclose(coarse.frame_degc, fine.frame_degc[::pieces], atol=1e-6)


@properties
@given(parameters, st.floats(1e-3, 1e9))
def test_no_step_is_too_long(p: ThermalParameters, dt_s: float) -> None:
    load, air, running = varied(5, 40)
    trace = simulate(load, air, dt_s=dt_s, parameters=p, running=running)
    highest = (p.load_rise_k * 2.25 + p.constant_rise_k) * p.stopped_factor
    highest += 40 + p.winding_over_frame_k * 2.25
    assert trace.winding_degc.max() <= highest + 1e-6
    assert trace.frame_degc.min() >= -20 - 1e-6


def test_energy_in_is_energy_stored_and_given_off() -> None:
    """In units of the frame's cooling, K s; the winding stores `c / d tau_w`, the frame `tau_f`."""
    n, dt_s = 20000, 0.5
    load = 0.5 + 0.5 * (np.arange(n) > 6000)
    trace = simulate(load, 20.0, dt_s=dt_s, parameters=MOTOR, start_degc=(20.0, 20.0))
    winding, frame = trace.winding_degc - 20.0, trace.frame_degc - 20.0
    heat = np.sum(35.0 * load[:-1] ** 2 + 15.0) * dt_s
    given_off = np.sum((frame[1:] + frame[:-1]) / 2) * dt_s
    stored = 35 / 30 * 300.0 * (winding[-1] - winding[0]) + 2400.0 * (frame[-1] - frame[0])
    assert heat == pytest.approx(given_off + stored, rel=1e-6)


def test_a_stopped_motor_cools_several_times_more_slowly() -> None:
    n = 3000
    for running, slow in ((True, 1.0), (False, 3.0)):
        trace = simulate(
            np.zeros(n), 20.0, dt_s=10.0, parameters=msg(constant_rise_k=0.0),
            running=running, start_degc=(80.0, 80.0),
        )  # fmt: skip
        tail = np.log(trace.frame_degc[1000:1400] - 20.0)
        measured = -10.0 / np.diff(tail).mean()
        assert measured == pytest.approx(MOTOR.time_constants_s(running=running)[0], rel=1e-6)
        # Stopped, the winding's heat is nearly all in the frame, so the ratio is about the factor.
        assert measured / MOTOR.time_constants_s()[0] == pytest.approx(slow, rel=0.12)


def msg(**changes: float) -> ThermalParameters:
    facts = {name: getattr(MOTOR, name) for name in MOTOR.__struct_fields__}
    return ThermalParameters(**{**facts, **changes})


def test_one_sample_is_its_own_start() -> None:
    trace = simulate([1.0], [20.0], dt_s=1.0, parameters=MOTOR)
    assert trace.frame_degc.tolist() == [70.0]
    assert trace.winding_degc.tolist() == [100.0]
    assert MOTOR.steady_rise_k(1.0) == 50.0


@pytest.mark.parametrize(
    ("load", "air", "dt_s"),
    [([], 20.0, 1.0), ([1.0, np.nan], 20.0, 1.0), ([1.0, 1.0], [20.0] * 3, 1.0), ([1.0], 20.0, 0)],
)
def test_impossible_series_are_named(load: list, air: object, dt_s: float) -> None:
    with pytest.raises(BadSamples, match="thermal model"):
        simulate(load, air, dt_s=dt_s, parameters=MOTOR)


@pytest.mark.parametrize("change", [{"frame_s": 0.0}, {"stopped_factor": 0.5}, {"load_rise_k": -1}])
def test_impossible_motors_are_named(change: dict[str, float]) -> None:
    with pytest.raises(BadConfig, match="thermal model"):
        msg(**change)
