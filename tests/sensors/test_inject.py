"""Injection: the stated level, the right lines, the recording otherwise untouched."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, hilbert, sosfiltfilt
from simulated import BARS, BEARING, FR_HZ, MOTOR, RATED_RPM, only, peak, run, scenario, signal

from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.errors import BadConfig, BadRate, BadSamples, WindowTooShort
from sensors.motor import Motor, Nameplate
from sensors.simulator.inject import IN_CURRENT, INJECTABLE, inject

RATE_HZ = 12800.0
HEALTHY = signal(run(scenario(rates=only(vibration=RATE_HZ), duration_s=10.0)), Sense.VIBRATION)
CURRENT = signal(run(scenario(rates=only(power=4000.0), duration_s=20.0)), Sense.POWER)


def injected(condition: Condition, **changes: object) -> np.ndarray:
    healthy = CURRENT if condition in IN_CURRENT else HEALTHY
    base = {
        "values": healthy,
        "rate_hz": 4000.0 if condition in IN_CURRENT else RATE_HZ,
        "motor": MOTOR,
        "speed_rpm": RATED_RPM,
        "condition": condition,
        "level_db": -10.0,
        "seed": 1,
    } | changes
    return inject(base.pop("values"), base.pop("rate_hz"), **base)


@pytest.mark.parametrize("condition", INJECTABLE)
@pytest.mark.parametrize("level_db", [-30.0, -3.0, 12.0])
def test_the_level_is_met(condition: Condition, level_db: float) -> None:
    healthy = CURRENT if condition in IN_CURRENT else HEALTHY
    added = injected(condition, level_db=level_db) - healthy
    assert 20 * np.log10(np.std(added) / np.std(healthy)) == pytest.approx(level_db, abs=0.5)


@settings(max_examples=15, deadline=None)
@given(offset=st.floats(-100.0, 100.0), scale=st.floats(1e-3, 1e3), level_db=st.floats(-40.0, 20.0))
def test_unit_and_offset_do_not_matter(offset: float, scale: float, level_db: float) -> None:
    values = HEALTHY[:25600] * scale + offset * scale
    added = injected(Condition.BEARING_OUTER_RACE, values=values, level_db=level_db) - values
    assert 20 * np.log10(np.std(added) / np.std(values)) == pytest.approx(level_db, abs=0.5)


def envelope_peak(values: np.ndarray, centre_hz: float, near_hz: float) -> tuple[float, float]:
    band = butter(4, [0.8 * centre_hz, 1.2 * centre_hz], "bandpass", fs=RATE_HZ, output="sos")
    squared = np.abs(hilbert(sosfiltfilt(band, values))) ** 2
    return peak(squared - squared.mean(), RATE_HZ, near_hz, 0.015 * near_hz)


@pytest.mark.parametrize(
    ("condition", "order"),
    [
        (Condition.BEARING_OUTER_RACE, BEARING.bpfo),
        (Condition.BEARING_INNER_RACE, BEARING.bpfi),
        (Condition.BEARING_ROLLING_ELEMENT, 2 * BEARING.bsf),
    ],
)
def test_bearing_impacts_have_their_order_at_the_recordings_speed(
    condition: Condition, order: float
) -> None:
    for rpm in (600.0, 1455.0, 2900.0):
        values = injected(condition, speed_rpm=rpm, level_db=6.0, resonance_hz=3500.0)
        found, height = envelope_peak(values, 3500.0, order * rpm / 60)
        assert found == pytest.approx(0.995 * order * rpm / 60, rel=0.006)
        assert height > 5 * envelope_peak(HEALTHY, 3500.0, order * rpm / 60)[1]


def test_impacts_ring_where_they_are_told() -> None:
    added = injected(Condition.BEARING_OUTER_RACE, resonance_hz=4200.0) - HEALTHY
    density = np.abs(np.fft.rfft(added)) ** 2
    hz = np.fft.rfftfreq(added.size, 1 / RATE_HZ)
    assert density[np.abs(hz - 4200) < 450].sum() > 0.7 * density.sum()


def test_broken_bars_stand_beside_the_recordings_own_line() -> None:
    values = injected(Condition.BROKEN_ROTOR_BAR, level_db=-35.0)
    slip_hz = 50.0 - 2 * FR_HZ
    lower, upper = (peak(values, 4000.0, 50 + side * 2 * slip_hz, 0.4) for side in (-1, 1))
    assert lower[0] == pytest.approx(50 - 2 * slip_hz, abs=0.03)
    assert upper[0] == pytest.approx(50 + 2 * slip_hz, abs=0.03)
    fundamental = peak(values, 4000.0, 50.0, 0.5)[1]
    together = np.hypot(lower[1], upper[1]) / fundamental
    assert 20 * np.log10(together) == pytest.approx(-35.0, abs=1.5)


def test_the_line_is_found_where_the_nameplate_does_not_tell() -> None:
    bare = Motor(motor_id="bare", nameplate=Nameplate(poles=4))
    named = injected(Condition.BROKEN_ROTOR_BAR)
    np.testing.assert_allclose(injected(Condition.BROKEN_ROTOR_BAR, motor=bare), named, atol=1e-6)


def test_static_eccentricity_stands_at_slot_lines() -> None:
    values = injected(Condition.ECCENTRICITY_STATIC, level_db=-30.0)
    slot = BARS * FR_HZ - 50.0
    assert peak(values, 4000.0, slot, 0.3)[1] > 5 * peak(CURRENT, 4000.0, slot, 0.3)[1]


def test_shaft_faults_stand_at_shaft_lines() -> None:
    values = injected(Condition.MISALIGNMENT, speed_rpm=1800.0, level_db=0.0)
    assert peak(values, RATE_HZ, 60.0, 1.0)[0] == pytest.approx(60.0, abs=0.02)
    assert peak(values, RATE_HZ, 60.0, 1.0)[1] > 10 * peak(HEALTHY, RATE_HZ, 60.0, 1.0)[1]


def test_seed_and_precision() -> None:
    outer = Condition.BEARING_OUTER_RACE
    np.testing.assert_array_equal(injected(outer), injected(outer))
    assert not np.array_equal(injected(outer), injected(outer, seed=2))
    assert injected(outer, values=HEALTHY.astype(np.float32)).dtype == np.float32
    assert injected(outer).dtype == np.float64


def plate(**changes: object) -> Motor:
    nameplate = msgspec.structs.replace(MOTOR.nameplate, **changes)
    return msgspec.structs.replace(MOTOR, nameplate=nameplate)


OUTER, BAR = Condition.BEARING_OUTER_RACE, Condition.BROKEN_ROTOR_BAR


@pytest.mark.parametrize(
    ("condition", "changes", "error", "said"),
    [
        (OUTER, {"speed_rpm": None}, BadConfig, "give speed_rpm"),
        (OUTER, {"speed_rpm": 0.0}, BadConfig, "give speed_rpm"),
        (OUTER, {"motor": msgspec.structs.replace(MOTOR, bearings=())}, BadConfig, "no bearing"),
        (OUTER, {"resonance_hz": 6000.0}, BadRate, "lower resonance_hz"),
        (OUTER, {"rate_hz": 1000.0, "speed_rpm": 2900.0}, BadRate, "higher rate"),
        (OUTER, {"rate_hz": float("nan")}, BadRate, "rate"),
        (OUTER, {"level_db": float("nan")}, BadConfig, "level_db"),
        (OUTER, {"seed": -1}, BadConfig, "seed"),
        (OUTER, {"values": np.zeros(25600)}, BadSamples, "silent"),
        (OUTER, {"values": np.full(25600, np.nan)}, BadSamples, "NaN"),
        (OUTER, {"values": np.zeros((2, 25600))}, BadSamples, "shape"),
        (OUTER, {"values": np.zeros(25600, dtype=np.int16)}, BadSamples, "float"),
        (OUTER, {"values": HEALTHY[:100]}, WindowTooShort, "longer recording"),
        (OUTER, {"values": np.empty(0)}, WindowTooShort, "longer recording"),
        (
            Condition.BEARING_CAGE,
            {"values": HEALTHY[:1300], "speed_rpm": 6.0},
            WindowTooShort,
            "nothing",
        ),
        (Condition.UNBALANCE, {"rate_hz": 40.0}, BadRate, "higher rate"),
        (Condition.SOFT_FOOT, {"motor": plate(line_hz=None)}, BadConfig, "line_hz"),
        (BAR, {"motor": plate(poles=None)}, BadConfig, "give poles"),
        (BAR, {"motor": plate(variable_frequency_drive=True)}, BadConfig, "on the line"),
        (BAR, {"speed_rpm": 1600.0}, BadConfig, "slip of -"),
        (BAR, {"rate_hz": 60.0}, BadRate, "no line at 50"),
        (Condition.ECCENTRICITY_STATIC, {"motor": plate(rotor_bars=None)}, BadConfig, "rotor_bars"),
        (Condition.ECCENTRICITY_STATIC, {"rate_hz": 1000.0}, BadRate, "higher rate"),
        (Condition.OVERLOAD, {}, BadConfig, "use one of bearing_outer_race"),
        (Condition.STATOR_INTER_TURN, {}, BadConfig, "one channel cannot show it"),
    ],
)
def test_impossible_requests_are_refused_by_name(
    condition: Condition, changes: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        injected(condition, **changes)
