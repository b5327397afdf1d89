"""Currents and voltages: lines where slip and shaft put them, at the levels that faults have."""

import numpy as np
import pytest
from scipy.signal import butter, hilbert, sosfiltfilt
from simulated import BARS, LINE_HZ, RATED_RPM, level_db, only, peak, run, scenario, signal

from sensors.capture import Capture, Sense, Unit
from sensors.conditions import Condition
from sensors.simulator.fault import Fault
from sensors.simulator.scenario import LoadOscillation, Noise

RATE_HZ = 5000.0
POWER = only(power=RATE_HZ)
FR_HZ = RATED_RPM / 60.0
SLIP_HZ = LINE_HZ * 0.03
RATED_PEAK_A = 14.7 * np.sqrt(2)


def power(*faults: Fault, **changes: object) -> Capture:
    return run(scenario(*faults, **({"rates": POWER} | changes)))


def current(*faults: Fault, **changes: object) -> np.ndarray:
    return signal(power(*faults, **changes), Sense.POWER)


def sequences(capture: Capture, unit: Unit) -> tuple[complex, complex]:
    """Fortescue's positive and negative sequence of the fundamental."""
    t_s = np.arange(RATE_HZ * 20.0) / RATE_HZ
    turn = np.exp(-2j * np.pi * LINE_HZ * t_s)
    a, b, c = (2 * np.mean(signal(capture, Sense.POWER, k, unit) * turn) for k in range(3))
    step = np.exp(2j * np.pi / 3)
    return (a + step * b + step**2 * c) / 3, (a + step**2 * b + step * c) / 3


def test_rated_load_draws_rated_current_with_the_usual_harmonics() -> None:
    values = current()
    found_hz, amplitude = peak(values, RATE_HZ, LINE_HZ, 5.0)
    assert found_hz == pytest.approx(LINE_HZ, abs=0.01)
    assert amplitude == pytest.approx(RATED_PEAK_A, rel=0.03)
    levels = {order: level_db(values, RATE_HZ, order * LINE_HZ) for order in (3, 5, 7, 9)}
    assert levels[3] == pytest.approx(-44.4, abs=1.0)
    assert levels[5] == pytest.approx(-34.0, abs=1.0)
    assert levels[7] == pytest.approx(-38.4, abs=1.0)
    assert levels[9] < -70.0


def test_no_load_leaves_the_magnetising_current() -> None:
    idle = peak(current(load=((0.0, 0.0),)), RATE_HZ, LINE_HZ, 1.0)[1]
    assert idle == pytest.approx(0.45 * RATED_PEAK_A, rel=0.06)


def test_a_good_cage_and_a_broken_one_differ_as_the_rule_of_thumb_says() -> None:
    lower = LINE_HZ - 2 * SLIP_HZ
    levels = [
        level_db(current(Fault(condition=Condition.BROKEN_ROTOR_BAR, severity=s)), RATE_HZ, lower)
        for s in (0.0, 0.5, 1.0)
    ]
    assert -56.0 < levels[0] < -52.0
    assert -45.0 < levels[1] < -40.0
    assert -40.0 < levels[2] < -36.0


def test_broken_bar_sidebands_stand_at_multiples_of_twice_slip() -> None:
    values = current(Fault(condition=Condition.BROKEN_ROTOR_BAR, severity=1.0))
    lower = level_db(values, RATE_HZ, LINE_HZ - 2 * SLIP_HZ)
    for k, below_db in ((2, 14.0), (-1, 4.4), (-2, 18.4)):
        line = LINE_HZ - 2 * k * SLIP_HZ
        assert peak(values, RATE_HZ, line, 0.5)[0] == pytest.approx(line, abs=0.02)
        assert level_db(values, RATE_HZ, line) == pytest.approx(lower - below_db, abs=1.0)


def test_a_bars_sidebands_swing_the_current_in_the_direction_that_the_rotors_answer_has() -> None:
    bar = Fault(condition=Condition.BROKEN_ROTOR_BAR, severity=1.0)
    quiet = Noise(power_fraction=0.0, line_hz=0.0, load_fraction=0.0)
    capture = power(bar, noise=quiet, voltages=True)
    t_s = np.arange(RATE_HZ * 20.0) / RATE_HZ

    def phasor(unit: Unit, hz: float) -> complex:
        values = signal(capture, Sense.POWER, 0, unit)
        return complex(np.mean(values * np.exp(-2j * np.pi * hz * t_s)))

    lower, upper = (phasor(Unit.AMPERE, LINE_HZ + side * 2 * SLIP_HZ) for side in (-1, 1))
    direction = np.angle(lower * upper / phasor(Unit.VOLT, LINE_HZ) ** 2) / 2
    assert np.degrees(direction) % 180 == pytest.approx(50.0, abs=1.0)


def test_sidebands_move_with_the_load() -> None:
    bar = Fault(condition=Condition.BROKEN_ROTOR_BAR, severity=1.0)
    half = current(bar, load=((0.0, 0.5),))
    slip_hz = SLIP_HZ * (0.05 + 0.95 * 0.5)
    assert peak(half, RATE_HZ, LINE_HZ - 2 * slip_hz, 0.7)[0] == pytest.approx(
        LINE_HZ - 2 * slip_hz, abs=0.02
    )


def test_the_line_wanders_as_far_as_it_is_told() -> None:
    wander = Noise(line_hz=0.05, load_fraction=0.0)
    values = current(noise=wander, duration_s=200.0, rates=only(power=1000.0))
    sidebands = butter(4, [40.0, 60.0], "bandpass", fs=1000.0, output="sos")
    phase = np.unwrap(np.angle(hilbert(sosfiltfilt(sidebands, values))))
    seconds = phase.reshape(-1, 1000).mean(axis=1)[2:-2]
    assert np.std(np.diff(seconds) / (2 * np.pi)) == pytest.approx(0.05, rel=0.35)


def test_a_load_that_swings_at_twice_slip_is_the_broken_bars_twin() -> None:
    twin = current(load_oscillations=(LoadOscillation(amplitude=0.02, frequency=2, unit="slip"),))
    for line in (LINE_HZ - 2 * SLIP_HZ, LINE_HZ + 2 * SLIP_HZ):
        assert -43.0 < level_db(twin, RATE_HZ, line) < -38.0


@pytest.mark.parametrize(("unit", "hz"), [("Hz", 7.0), ("shaft", 7.0 * FR_HZ)])
def test_a_swinging_load_modulates_the_current(unit: str, hz: float) -> None:
    swing = LoadOscillation(amplitude=0.1, frequency=7.0, unit=unit)
    values = current(load_oscillations=(swing,))
    for line in (abs(LINE_HZ - hz), LINE_HZ + hz):
        assert level_db(values, RATE_HZ, line) == pytest.approx(
            20 * np.log10(0.1 * 0.893 / 2), abs=0.7
        )


def test_dynamic_eccentricity_shows_beside_the_line_and_at_slot_lines() -> None:
    healthy = current()
    values = current(Fault(condition=Condition.ECCENTRICITY_DYNAMIC, severity=1.0))
    for line in (LINE_HZ - FR_HZ, LINE_HZ + FR_HZ):
        assert level_db(values, RATE_HZ, line) == pytest.approx(-37.0, abs=1.5)
        assert level_db(healthy, RATE_HZ, line) < -58.0
    for turn in (-1, 1):
        for side in (-1, 1):
            slot = (BARS + turn) * FR_HZ + side * LINE_HZ
            assert level_db(values, RATE_HZ, slot) == pytest.approx(-39.4, abs=1.0)
            assert level_db(healthy, RATE_HZ, slot) < -75.0


def test_static_eccentricity_raises_the_principal_slot_lines() -> None:
    slot = BARS * FR_HZ - LINE_HZ
    static = current(Fault(condition=Condition.ECCENTRICITY_STATIC, severity=1.0))
    assert level_db(current(), RATE_HZ, slot) == pytest.approx(-61.0, abs=1.0)
    assert level_db(static, RATE_HZ, slot) > -41.0
    assert level_db(static, RATE_HZ, LINE_HZ + FR_HZ) < -58.0


def test_phase_currents_and_voltages_sum_to_nothing_without_a_neutral() -> None:
    quiet = Noise(power_fraction=0.0)
    faults = [
        Fault(condition=condition, severity=0.5)
        for condition in (Condition.STATOR_INTER_TURN, Condition.SUPPLY_UNBALANCE)
    ]
    capture = power(*faults, noise=quiet, voltages=True)
    for unit in (Unit.AMPERE, Unit.VOLT):
        total = sum(signal(capture, Sense.POWER, row, unit) for row in range(3))
        assert np.abs(total).max() < 1e-4


def test_inter_turn_short_is_negative_sequence_that_the_voltage_does_not_explain() -> None:
    capture = power(Fault(condition=Condition.STATOR_INTER_TURN, severity=1.0), voltages=True)
    _, negative = sequences(capture, Unit.AMPERE)
    v1, v2 = sequences(capture, Unit.VOLT)
    assert abs(v2 / v1) == pytest.approx(0.003, rel=0.02)
    explained = 7.0 * np.exp(-1.4j) * v2 / v1 * RATED_PEAK_A * (v1 / abs(v1))
    assert abs(negative - explained) / RATED_PEAK_A == pytest.approx(0.12, rel=0.03)


def test_supply_unbalance_of_one_percent_gives_about_seven_of_current() -> None:
    capture = power(Fault(condition=Condition.SUPPLY_UNBALANCE, severity=0.2), voltages=True)
    v1, v2 = sequences(capture, Unit.VOLT)
    i1, i2 = sequences(capture, Unit.AMPERE)
    assert abs(v2 / v1) == pytest.approx(0.01, abs=0.0031)
    assert 6.0 < abs(i2 / i1) / abs(v2 / v1) < 8.0


def test_single_phasing_stops_one_current_and_joins_the_others() -> None:
    quiet = {"noise": Noise(power_fraction=0.0, line_hz=0.0, load_fraction=0.0)}
    capture = power(Fault(condition=Condition.SINGLE_PHASING, severity=1.0), **quiet)
    a, b, c = (signal(capture, Sense.POWER, row) for row in range(3))
    assert np.abs(a).max() < 1e-6
    np.testing.assert_allclose(b, -c, atol=1e-4)
    assert peak(b, RATE_HZ, LINE_HZ, 1.0)[1] == pytest.approx(np.sqrt(3) * RATED_PEAK_A, rel=0.05)
    assert capture.speed_rpm is not None
    assert capture.speed_rpm < RATED_RPM - 20


def test_voltages_are_the_nameplates_and_power_is_the_motors() -> None:
    capture = power(voltages=True)
    pairs = [
        (signal(capture, Sense.POWER, k, Unit.VOLT), signal(capture, Sense.POWER, k, Unit.AMPERE))
        for k in range(3)
    ]
    rms = [np.sqrt(np.mean(volts**2)) for volts, _ in pairs]
    np.testing.assert_allclose(rms, 400 / np.sqrt(3), rtol=0.005)
    electric_kw = sum(np.mean(volts * amps) for volts, amps in pairs) / 1e3
    assert 7.5 < electric_kw < 10.0


def test_only_the_phases_asked_for_are_made_and_they_are_the_same() -> None:
    alone = power(current_phases=("c",))
    assert [block.channel.phase for block in alone.blocks] == ["c"]
    np.testing.assert_array_equal(signal(alone, Sense.POWER), signal(power(), Sense.POWER, 2))
