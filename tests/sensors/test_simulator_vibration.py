"""Vibration: levels an engineer expects, and every fault's lines where kinematics puts them."""

import msgspec
import numpy as np
import pytest
from scipy.signal import butter, hilbert, sosfiltfilt
from simulated import BEARING, LINE_HZ, RATED_RPM, peak, run, scenario, signal

from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.simulator.fault import Fault
from sensors.simulator.level import with_severities
from sensors.simulator.scenario import Noise, Scenario

RATE_HZ = 25600.0
FR_HZ = RATED_RPM / 60.0
KEPT = 1 - 0.005


def vibration(of: Scenario, row: int = 0) -> np.ndarray:
    return signal(run(of), Sense.VIBRATION, row)


def velocity_mm_s(values: np.ndarray, low_hz: float = 10.0, high_hz: float = 1000.0) -> float:
    """RMS velocity of a band by integration in the frequency domain."""
    spectrum = np.fft.rfft(values) / values.size
    hz = np.fft.rfftfreq(values.size, 1 / RATE_HZ)
    band = (hz >= low_hz) & (hz <= high_hz)
    power = 2 * np.sum(np.abs(spectrum[band] / (2 * np.pi * hz[band])) ** 2)
    return float(1e3 * np.sqrt(power))


def line_mm_s(values: np.ndarray, hz: float) -> float:
    found, amplitude = peak(values, RATE_HZ, hz, 0.3)
    return float(1e3 * amplitude / np.sqrt(2) / (2 * np.pi * found))


def envelope_spectrum(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    band = butter(4, [2300.0, 3500.0], "bandpass", fs=RATE_HZ, output="sos")
    squared = np.abs(hilbert(sosfiltfilt(band, values))) ** 2
    squared -= squared.mean()
    spectrum = np.abs(np.fft.rfft(squared * np.hanning(squared.size)))
    return np.fft.rfftfreq(values.size, 1 / RATE_HZ), spectrum


def stands_out(values: np.ndarray, hz: float, within: float = 0.004) -> float:
    """Height of the best envelope line near a frequency over the median around it, in dB."""
    at, spectrum = envelope_spectrum(values)
    near = spectrum[np.abs(at - hz) <= max(within * hz, 0.1)].max()
    around = np.median(spectrum[(np.abs(at - hz) > 2.0) & (np.abs(at - hz) < 8.0)])
    return float(20 * np.log10(near / around))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_healthy_motor_runs_at_one_millimetre_a_second(seed: int) -> None:
    healthy = scenario(seed=seed, duration_s=4.0, vibration_axes=("x", "y", "z"))
    assert max(velocity_mm_s(vibration(healthy, row)) for row in range(3)) == pytest.approx(
        1.0, abs=0.4
    )
    assert np.std(vibration(healthy)) == pytest.approx(0.62, abs=0.1)


def test_shaft_lines_follow_the_speed_and_supply_lines_the_supply() -> None:
    half = scenario(load=((0.0, 0.5),))
    rpm = run(half).speed_rpm
    assert rpm == pytest.approx(1500 * (1 - 0.03 * (0.05 + 0.95 * 0.5)), abs=0.01)
    values = vibration(half)
    assert peak(values, RATE_HZ, rpm / 60, 0.4)[0] == pytest.approx(rpm / 60, abs=0.01)
    assert peak(values, RATE_HZ, 2 * LINE_HZ, 0.5)[0] == pytest.approx(2 * LINE_HZ, abs=0.01)


@pytest.mark.parametrize(
    ("condition", "axis", "lines"),
    [
        (Condition.UNBALANCE, "x", {FR_HZ: 6.0}),
        (Condition.MISALIGNMENT, "z", {FR_HZ: 3.0, 2 * FR_HZ: 4.0, 3 * FR_HZ: 1.0}),
        (Condition.BENT_SHAFT, "z", {FR_HZ: 4.5, 2 * FR_HZ: 2.5}),
        (Condition.SOFT_FOOT, "y", {2 * LINE_HZ: 3.0}),
        (Condition.ECCENTRICITY_STATIC, "x", {2 * LINE_HZ: 3.0}),
        (Condition.ECCENTRICITY_DYNAMIC, "x", {2 * LINE_HZ - FR_HZ: 0.9, 2 * LINE_HZ + FR_HZ: 0.9}),
        (Condition.BROKEN_ROTOR_BAR, "x", {FR_HZ - 3.0: 0.5, FR_HZ + 3.0: 0.5}),
        (Condition.BLADE_FAULT, "x", {6 * FR_HZ: 0.3, 8 * FR_HZ: 0.3}),
        (Condition.SUPPLY_UNBALANCE, "x", {2 * LINE_HZ: 2.0}),
    ],
)
def test_faults_add_their_lines(condition: Condition, axis: str, lines: dict[float, float]) -> None:
    fault = Fault(condition=condition, severity=1.0)
    added = vibration(scenario(fault, vibration_axes=(axis,))) - vibration(
        scenario(vibration_axes=(axis,))
    )
    for hz, velocity in lines.items():
        # Machines of one make differ by some 12 %.
        assert line_mm_s(added, hz) == pytest.approx(velocity, rel=0.4)


def test_looseness_has_harmonics_and_halves_that_breathe() -> None:
    fault = Fault(condition=Condition.LOOSENESS, severity=1.0)
    added = vibration(scenario(fault)) - vibration(scenario())
    for order in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 8.0):
        assert line_mm_s(added, order * FR_HZ) > 5 * line_mm_s(added, (order + 0.22) * FR_HZ)
    narrow = butter(2, [FR_HZ - 10, FR_HZ + 10], "bandpass", fs=RATE_HZ, output="sos")
    breath = np.abs(hilbert(sosfiltfilt(narrow, added)))[25600:-25600]
    assert np.std(breath) / np.mean(breath) == pytest.approx(0.25, abs=0.12)


def test_dry_contact_raises_broadband_noise_only() -> None:
    healthy = vibration(scenario())
    dry = vibration(scenario(Fault(condition=Condition.LUBRICATION, severity=1.0)))
    ratio = np.std(np.diff(dry, 4)) / np.std(np.diff(healthy, 4))
    assert ratio == pytest.approx(5.0, rel=0.05)
    assert line_mm_s(dry, FR_HZ) == pytest.approx(line_mm_s(healthy, FR_HZ), rel=0.1)


@pytest.mark.parametrize(
    ("condition", "order", "sides"),
    [
        (Condition.BEARING_OUTER_RACE, BEARING.bpfo, ()),
        (Condition.BEARING_INNER_RACE, BEARING.bpfi, (1 / KEPT,)),
        (Condition.BEARING_ROLLING_ELEMENT, 2 * BEARING.bsf, (BEARING.ftf,)),
        (Condition.BEARING_CAGE, BEARING.ftf, ()),
    ],
)
def test_envelope_shows_the_defects_order_with_its_sidebands(
    condition: Condition, order: float, sides: tuple[float, ...]
) -> None:
    fault = Fault(condition=condition, level_db=0.0)
    values = vibration(scenario(fault, bearing_jitter=0.002))
    line_hz = KEPT * order * FR_HZ
    assert stands_out(values, line_hz) > 20.0
    assert stands_out(vibration(scenario()), line_hz) < 17.0
    for side in sides:
        for sign in (-1, 1):
            assert stands_out(values, line_hz + sign * KEPT * side * FR_HZ) > 15.0


def test_an_outer_race_in_the_load_zone_is_not_modulated() -> None:
    values = vibration(scenario(Fault(condition=Condition.BEARING_OUTER_RACE, level_db=0.0)))
    line_hz = KEPT * BEARING.bpfo * FR_HZ
    assert stands_out(values, line_hz) > 20.0
    assert stands_out(values, line_hz + FR_HZ) < 17.0


def test_slip_jitter_smears_the_lines_more_the_higher_they_are() -> None:
    outer = Fault(condition=Condition.BEARING_OUTER_RACE, level_db=6.0)
    line_hz = KEPT * BEARING.bpfo * FR_HZ
    heights = {
        jitter: [
            stands_out(vibration(scenario(outer, bearing_jitter=jitter)), k * line_hz, 0.002)
            for k in (1, 6)
        ]
        for jitter in (0.0, 0.02)
    }
    lost = [even - walked for even, walked in zip(heights[0.0], heights[0.02], strict=True)]
    assert lost[1] > lost[0] + 5.0


@pytest.mark.parametrize("level", [-12.0, 0.0, 9.0])
@pytest.mark.parametrize(
    "condition",
    [Condition.BEARING_INNER_RACE, Condition.UNBALANCE, Condition.LUBRICATION, Condition.LOOSENESS],
)
def test_a_level_in_db_is_the_power_that_the_fault_adds(condition: Condition, level: float) -> None:
    healthy = vibration(scenario(duration_s=8.0))
    faulty = vibration(scenario(Fault(condition=condition, level_db=level), duration_s=8.0))
    added_db = 20 * np.log10(np.std(faulty - healthy) / np.std(healthy))
    assert added_db == pytest.approx(level, abs=1.0 if condition is Condition.LOOSENESS else 0.5)


def test_a_level_becomes_a_severity_once() -> None:
    run_of = with_severities(scenario(Fault(condition=Condition.UNBALANCE, level_db=0.0)))
    assert run_of.faults[0].level_db is None
    assert run_of.faults[0].severity is not None
    assert with_severities(run_of) == run_of


def test_a_growing_fault_grows_as_told() -> None:
    outer = Fault(
        condition=Condition.BEARING_OUTER_RACE,
        severity=0.4,
        onset_s=5.0,
        growth="exponential",
        full_at_s=15.0,
    )
    added = vibration(scenario(outer)) - vibration(scenario())
    power = np.sqrt(np.mean(added.reshape(20, -1) ** 2, axis=1))
    assert not power[:5].any()
    assert (np.diff(power[5:16]) > 0).all()
    full = np.mean(power[16:])
    np.testing.assert_allclose(power[16:], full, rtol=0.1)
    halfway = np.mean(power[9:11])
    assert halfway / full == pytest.approx(np.expm1(2.5) / np.expm1(5.0), rel=0.2)


def test_the_second_bearing_fails_where_it_is_named() -> None:
    other = msgspec.structs.replace(BEARING, name="6203", rolling_elements=8, position="NDE")
    motor = msgspec.structs.replace(scenario().motor, bearings=(BEARING, other))
    fault = Fault(condition=Condition.BEARING_OUTER_RACE, level_db=3.0, bearing="NDE")
    values = vibration(scenario(fault, motor=motor))
    assert stands_out(values, KEPT * other.bpfo * FR_HZ) > 20.0
    assert stands_out(values, KEPT * BEARING.bpfo * FR_HZ) < 15.0


def test_impacts_ring_at_the_structures_modes_in_all_directions() -> None:
    outer = Fault(condition=Condition.BEARING_OUTER_RACE, severity=0.5)
    axes = ("x", "y", "z")
    faulty, healthy = (scenario(*f, vibration_axes=axes) for f in ((outer,), ()))
    strengths = []
    for row in range(3):
        added = vibration(faulty, row) - vibration(healthy, row)
        density = np.abs(np.fft.rfft(added)) ** 2
        hz = np.fft.rfftfreq(added.size, 1 / RATE_HZ)
        assert density[(hz > 2500) & (hz < 3300)].sum() > 0.5 * density.sum()
        strengths.append(np.std(added))
    np.testing.assert_allclose(strengths[1:], [0.8 * strengths[0], 0.5 * strengths[0]], rtol=1e-3)


def test_noise_follows_the_load() -> None:
    quiet, loud = (vibration(scenario(load=((0.0, at),), noise=Noise())) for at in (0.0, 1.0))
    assert np.std(np.diff(loud, 4)) / np.std(np.diff(quiet, 4)) == pytest.approx(1 / 0.85, rel=0.03)
