"""Velocities of a shaft's lines: heights, floors, chance, speed, and what cannot be parted."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.order_tracking import angle_spectrum
from dsp.shaft_orders import TWICE_LINE, OrderSource, read_orders
from dsp.shaft_speed import confirm_speed, refine
from dsp.spectrum import transform
from sensors.capture import Channel, Sense, Unit
from sensors.errors import WindowTooShort

RATE_HZ = 6400.0
CHANNEL = Channel("vib", Sense.VIBRATION, Unit.MPS2, axis="x")


def machine(
    lines_hz: Mapping[float, float], *, seconds: float = 10.0, noise: float = 0.02, seed: int = 1
) -> np.ndarray:
    """Acceleration of lines given in mm/s RMS, in white noise of so many m/s2."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    x = noise * rng.standard_normal(t.size)
    for hz, velocity in lines_hz.items():
        peak = 1e-3 * velocity * np.sqrt(2) * 2 * np.pi * hz
        x += peak * np.cos(2 * np.pi * hz * t + rng.uniform(0, 2 * np.pi))
    return x


def source(x: np.ndarray, over_angle=None) -> OrderSource:
    return OrderSource(CHANNEL, transform(x, rate_hz=RATE_HZ), over_angle)


def read(x: np.ndarray, shaft_hz: float, *, tolerance: float = 0.01, line_hz: float | None = 50.0):
    orders = read_orders([source(x)], shaft_hz=shaft_hz, tolerance=tolerance, line_hz=line_hz)
    return orders, orders.axes[0]


@settings(max_examples=25, deadline=None)
@given(st.floats(18, 29), st.floats(0.2, 20), st.floats(-0.009, 0.009), st.integers(0, 99))
def test_lines_read_their_velocity_wherever_they_stand(
    shaft_hz: float, velocity: float, error: float, seed: int
) -> None:
    lines = {shaft_hz: velocity, 2 * shaft_hz: velocity / 4, 2.5 * shaft_hz: velocity / 8}
    orders, axis = read(machine(lines, seed=seed), shaft_hz * (1 + error))
    assert orders.shaft_hz == pytest.approx(shaft_hz, rel=1e-3)
    assert axis.rms("1x") == pytest.approx(velocity, rel=0.02, abs=0.01)
    assert axis.rms("2x") == pytest.approx(velocity / 4, rel=0.03, abs=0.01)
    assert axis.rms("2.5x") == pytest.approx(velocity / 8, rel=0.05, abs=0.01)
    assert axis.lines["1x"].level_db > 20


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_noise_is_no_line(seed: int) -> None:
    _, axis = read(machine({}, seed=seed), 24.3)
    clear = [ln for ln in axis.lines.values() if ln.level_db >= 10 and ln.chance <= 0.01]
    assert len(clear) <= 2  # of 17, of which chance brings one in a hundred
    assert axis.lines["8x"].rms < 0.01


def test_all_lines_together_are_the_overall_velocity() -> None:
    lines = {24.0: 3.0, 48.0: 2.0, 100.0: 1.0}
    _, axis = read(machine(lines, noise=1e-4), 24.0)
    assert axis.overall == pytest.approx(np.sqrt(14.0), rel=0.01)
    assert axis.rms(TWICE_LINE) == pytest.approx(1.0, rel=0.02)


def test_two_poles_part_their_second_order_from_the_supply_or_say_that_they_cannot() -> None:
    lines = {49.4: 1.0, 98.8: 2.0, 100.0: 0.7}
    _, apart = read(machine(lines), 49.4, tolerance=0.001)
    assert apart.lines["2x"].merged is None and apart.lines[TWICE_LINE].merged is None
    assert apart.rms("2x") == pytest.approx(2.0, rel=0.03)
    assert apart.rms(TWICE_LINE) == pytest.approx(0.7, rel=0.05)
    _, short = read(machine(lines, seconds=2.0), 49.4, tolerance=0.001)
    assert short.lines["2x"].merged == TWICE_LINE
    assert short.lines[TWICE_LINE].merged == "2x"
    assert short.lines["1x"].merged is None


def test_the_supplys_line_does_not_refine_the_speed() -> None:
    # 1x is weak; the supply's own line stands within the tolerance of twice the shaft.
    spectrum = transform(machine({49.6: 0.3, 100.0: 5.0}), rate_hz=RATE_HZ)
    assert refine([spectrum], 49.5, 0.01, 50.0)[0] == pytest.approx(49.5, rel=2e-3)


def test_a_declared_speed_far_off_is_confirmed_by_two_orders_only() -> None:
    both = transform(machine({24.0: 3.0, 48.0: 0.3}), rate_hz=RATE_HZ)
    hz, tolerance = confirm_speed([both], 25.0, 0.06, 50.0)
    assert hz == pytest.approx(24.0, rel=1e-3) and tolerance < 0.002
    alone = transform(machine({24.0: 3.0}), rate_hz=RATE_HZ)
    assert confirm_speed([alone], 25.0, 0.06, 50.0) is None
    nothing = transform(machine({}), rate_hz=RATE_HZ)
    assert confirm_speed([nothing], 25.0, 0.06, 50.0) is None


def test_an_amplitude_that_swings_is_not_steady() -> None:
    t = np.arange(round(10 * RATE_HZ)) / RATE_HZ
    still = np.cos(2 * np.pi * 24 * t)
    swung = (1 + 0.8 * np.cos(2 * np.pi * 0.7 * t)) * still
    noise = 0.01 * np.random.default_rng(2).standard_normal(t.size)
    assert read(still + noise, 24.0)[1].steadiness > 0.95
    assert read(swung + noise, 24.0)[1].steadiness < 0.7


def test_over_angle_a_run_up_has_lines() -> None:
    t = np.arange(round(10 * RATE_HZ)) / RATE_HZ
    turns = 22 * t + 0.3 * t**2
    x = np.cos(2 * np.pi * turns) + 0.5 * np.cos(2 * np.pi * 7 * turns + 1)
    x += 0.02 * np.random.default_rng(3).standard_normal(t.size)
    spectrum = transform(x, rate_hz=RATE_HZ)
    over = angle_spectrum(spectrum, turns, top_order=11.0)
    tracked = read_orders(
        [source(x, over)], shaft_hz=turns[-1] / 10, tolerance=0.001, line_hz=None
    ).axes[0]
    smeared = read(x, 25.0, tolerance=0.001, line_hz=None)[1]
    assert tracked.lines["7x"].level_db > smeared.lines["7x"].level_db + 10
    # Each amplitude as velocity at the mean speed.
    for name, peak, order in (("1x", 1.0, 1), ("7x", 0.5, 7)):
        expected = 1000 * peak / np.sqrt(2) / (2 * np.pi * order * turns[-1] / 10)
        assert tracked.rms(name) == pytest.approx(expected, rel=0.02)


def test_extra_orders_and_those_out_of_reach() -> None:
    x = machine({24.0: 1.0, 552.0: 0.2})
    orders = read_orders(
        [source(x)],
        shaft_hz=24.0,
        tolerance=0.001,
        line_hz=None,
        extra={"mesh": 23.0, "far": 500.0},
    )
    axis = orders.axes[0]
    assert axis.rms("mesh") == pytest.approx(0.2, rel=0.05)
    assert "far" not in axis.lines and axis.rms("far") == 0.0
    assert TWICE_LINE not in axis.lines


def test_a_short_window_is_refused() -> None:
    with pytest.raises(WindowTooShort, match="turns"):
        read(machine({24.0: 1.0}, seconds=1.0), 24.0)
