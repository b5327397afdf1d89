"""Sound and temperature, the two senses that follow from the others."""

import numpy as np
import pytest
from scipy.signal import coherence, welch
from simulated import FR_HZ, only, peak, run, scenario, signal

from sensors.capture import Sense, Unit
from sensors.conditions import Condition
from sensors.simulator.fault import Fault
from sensors.simulator.scenario import Noise

RATE_HZ = 16000.0
EARS = only(vibration=RATE_HZ, sound=RATE_HZ)
STILL = Noise(sound_pa=0.0, line_hz=0.0, load_fraction=0.0)


def test_a_motor_is_about_as_loud_as_motors_are() -> None:
    pascal = signal(run(scenario(rates=EARS)), Sense.SOUND)
    assert 20 * np.log10(np.std(pascal) / 2e-5) == pytest.approx(62.0, abs=4.0)


def test_the_fan_is_heard_at_its_blade_pass() -> None:
    pascal = signal(run(scenario(rates=EARS, fan_blades=6)), Sense.SOUND)
    found, amplitude = peak(pascal, RATE_HZ, 6 * FR_HZ, 3.0)
    assert found == pytest.approx(6 * FR_HZ, abs=0.02)
    assert amplitude == pytest.approx(0.012, rel=0.1)


def test_a_broken_blade_is_heard_beside_blade_pass() -> None:
    broken = Fault(condition=Condition.BLADE_FAULT, severity=1.0)
    pascal = signal(run(scenario(broken, rates=EARS)), Sense.SOUND)
    for order in (6, 8):
        assert peak(pascal, RATE_HZ, order * FR_HZ, 0.5)[1] == pytest.approx(0.04, rel=0.15)


def test_sound_is_vibration_through_the_radiation_of_a_housing() -> None:
    capture = run(scenario(rates=EARS, noise=STILL))
    body, pascal = signal(capture, Sense.VIBRATION), signal(capture, Sense.SOUND)
    hz, together = coherence(body, pascal, RATE_HZ, nperseg=4096)
    band = (hz > 500) & (hz < 6500)
    assert together[band].mean() > 0.9
    gain = np.sqrt(welch(pascal, RATE_HZ, nperseg=4096)[1] / welch(body, RATE_HZ, nperseg=4096)[1])
    ratio = hz[1:] / 800.0
    textbook = (
        413.0 * np.sqrt(0.25 / (2 * np.pi)) * ratio**2 / (1 + ratio**2) / (2 * np.pi * hz[1:])
    )
    np.testing.assert_allclose(gain[1:][band[1:]], textbook[band[1:]], rtol=0.25)


def test_a_failing_bearing_is_heard() -> None:
    outer = Fault(condition=Condition.BEARING_OUTER_RACE, severity=0.5)
    added = signal(run(scenario(outer, rates=EARS)), Sense.SOUND) - signal(
        run(scenario(rates=EARS)), Sense.SOUND
    )
    hz, density = welch(added, RATE_HZ, nperseg=2048)
    assert hz[np.argmax(density)] == pytest.approx(2900.0, abs=150.0)


def test_sound_without_vibration_hears_the_same_machine() -> None:
    alone = signal(run(scenario(rates=only(sound=RATE_HZ))), Sense.SOUND)
    axial = signal(run(scenario(rates=EARS, vibration_axes=("z",))), Sense.SOUND)
    np.testing.assert_array_equal(alone, signal(run(scenario(rates=EARS)), Sense.SOUND))
    np.testing.assert_array_equal(alone, axial)


def heat(*faults: Fault, tau_s: float = 600.0, hours: float = 1.0, **changes: object) -> np.ndarray:
    base = {
        "rates": only(temperature=1.0),
        "duration_s": 3600.0 * hours,
        "thermal_constant_s": tau_s,
        "noise": Noise(temperature_degc=0.0, load_fraction=0.0),
    }
    return signal(run(scenario(*faults, **(base | changes))), Sense.TEMPERATURE)


def test_a_cold_motor_warms_with_its_time_constant() -> None:
    degc = heat(initial_degc=20.0)
    t_s = np.arange(degc.size)
    np.testing.assert_allclose(degc, 20 + 50 * (1 - np.exp(-t_s / 600.0)), atol=0.02)


def test_the_time_constant_is_the_same_in_every_chunk_and_at_every_rate() -> None:
    fast = heat(initial_degc=20.0, rates=only(temperature=4.0))
    np.testing.assert_allclose(fast[::4], heat(initial_degc=20.0), atol=0.02)


def test_a_warm_motor_is_in_balance() -> None:
    half = heat(load=((0.0, 0.5),))
    current = np.hypot(0.45, np.sqrt(1 - 0.45**2) * 0.5)
    np.testing.assert_allclose(half, 20 + 50 * (0.3 + 0.7 * current**2), atol=0.01)


def test_temperature_follows_a_change_of_load() -> None:
    degc = heat(load=((0.0, 0.2), (1000.0, 0.2), (1000.1, 1.0)), hours=2.0)
    start, end = degc[1000], 70.0
    assert degc[1600] == pytest.approx(end + (start - end) * np.exp(-1), abs=0.05)
    assert degc[-1] == pytest.approx(end, abs=0.05)


def test_ambient_comes_through_and_may_be_measured() -> None:
    capture = run(
        scenario(
            rates=only(temperature=1.0),
            noise=Noise(temperature_degc=0.0, load_fraction=0.0),
            ambient_degc=((0.0, 10.0), (100.0, 30.0)),
            ambient_sensor=True,
            duration_s=100.0,
        )
    )
    frame, air = (signal(capture, Sense.TEMPERATURE, row, Unit.DEGC) for row in range(2))
    np.testing.assert_allclose(air, np.linspace(10, 29.8, 100), atol=1e-4)
    np.testing.assert_allclose(frame - air, 50.0, atol=0.01)


def test_blocked_cooling_heats_without_more_load() -> None:
    blocked = heat(Fault(condition=Condition.OVERHEATING, severity=1.0), hours=1.5)
    assert blocked[-1] == pytest.approx(20 + 50 * 1.8, abs=0.1)


def test_overload_slows_draws_more_and_heats() -> None:
    overload = Fault(condition=Condition.OVERLOAD, severity=1.0)
    rates = only(power=1000.0, temperature=1.0)
    before, after = (run(scenario(*f, rates=rates)) for f in ((), (overload,)))
    assert before.speed_rpm is not None
    assert after.speed_rpm is not None
    assert before.speed_rpm - after.speed_rpm == pytest.approx(45 * 0.4 * 0.95, rel=0.01)
    ratio = np.std(signal(after, Sense.POWER)) / np.std(signal(before, Sense.POWER))
    assert ratio == pytest.approx(np.hypot(0.45, 0.893 * 1.4), rel=0.02)
    assert after.load == pytest.approx(1.4, abs=0.01)
