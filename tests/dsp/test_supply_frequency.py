"""Line frequency: against constructed lines, their noise, sidebands and wander."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.supply_frequency import phase_readings, supply_frequency
from sensors.errors import BadRate, BadSamples, WindowTooShort

RATE_HZ = 2000.0


def line(hz, *, seconds=1.0, rate_hz=RATE_HZ, noise=0.0, sideband=0.0, seed=0, phase=0.3):
    rng = np.random.default_rng(seed)
    turn = 2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz
    values = np.cos(turn + phase) + 0.03 * np.cos(5 * turn + 1) + 0.02 * np.cos(7 * turn)
    values += sideband * np.cos(0.96 * turn + 2)
    return values + noise * rng.standard_normal(turn.size)


@settings(max_examples=40, deadline=None)
@given(
    hz=st.floats(48.5, 51.5),
    phase=st.floats(-3.0, 3.0),
    seconds=st.floats(1.0, 4.0),
    rate_hz=st.floats(600.0, 20000.0),
)
def test_a_clean_line_reads_within_a_millihertz(hz, phase, seconds, rate_hz):
    values = line(hz, phase=phase, seconds=seconds, rate_hz=rate_hz)
    found = supply_frequency(values, rate_hz=rate_hz, nominal_hz=50.0)
    assert found.hz == pytest.approx(hz, abs=1e-3)
    assert found.amplitude == pytest.approx(1.0, rel=2e-3)


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(1e-4, 1e4), offset=st.floats(-5.0, 5.0), turned=st.booleans())
def test_scale_offset_and_sign_change_nothing(scale, offset, turned):
    values = line(49.973, noise=0.005)
    one = supply_frequency(values, rate_hz=RATE_HZ, nominal_hz=50.0)
    other = supply_frequency(
        (-1 if turned else 1) * scale * (values + offset), rate_hz=RATE_HZ, nominal_hz=50.0
    )
    assert other.hz == pytest.approx(one.hz, abs=1e-5)
    assert other.uncertainty_hz == pytest.approx(one.uncertainty_hz, rel=0.05, abs=1e-6)
    assert other.amplitude == pytest.approx(scale * one.amplitude, rel=1e-6)


@pytest.mark.parametrize(
    ("noise", "sideband", "seconds", "within_hz"),
    [(0.007, 0.0, 1.0, 0.002), (0.07, 0.0, 1.0, 0.02), (0.007, 0.01, 2.0, 0.005)],
)
def test_the_stated_uncertainty_covers_the_error(noise, sideband, seconds, within_hz):
    errors, stated = [], []
    for seed in range(60):
        hz = 50.0 + 0.2 * np.sin(seed)
        values = line(hz, noise=noise, sideband=sideband, seconds=seconds, seed=seed)
        found = supply_frequency(values, rate_hz=RATE_HZ, nominal_hz=50.0)
        errors.append(abs(found.hz - hz))
        stated.append(found.uncertainty_hz)
    covered = np.mean(np.array(errors) <= stated)
    assert covered >= 0.9
    assert np.median(stated) < within_hz  # and is no empty boast of ignorance


def test_wander_of_the_grid_is_in_the_uncertainty():
    rng = np.random.default_rng(5)
    walk_hz = 0.005 * np.cumsum(rng.standard_normal(20000)) / np.sqrt(RATE_HZ)
    turn = 2 * np.pi * np.cumsum(50.0 + walk_hz) / RATE_HZ
    found = supply_frequency(np.cos(turn), rate_hz=RATE_HZ, nominal_hz=50.0)
    steady = supply_frequency(line(50.0, seconds=10.0), rate_hz=RATE_HZ, nominal_hz=50.0)
    assert found.uncertainty_hz > 20 * steady.uncertainty_hz
    assert abs(found.hz - 50.0 - walk_hz.mean()) < 2 * found.uncertainty_hz


def test_a_drive_is_found_where_it_runs_and_a_grid_only_near_its_nominal():
    drive = line(32.4) + 0.5 * line(50.0)
    assert supply_frequency(drive, rate_hz=RATE_HZ, nominal_hz=None).hz == pytest.approx(
        32.4, abs=0.01
    )
    assert supply_frequency(drive, rate_hz=RATE_HZ, nominal_hz=50.0).hz == pytest.approx(
        50.0, abs=0.01
    )


def test_what_has_no_line_is_refused():
    noise = np.random.default_rng(1).standard_normal(4000)
    for nominal_hz in (50.0, None):
        with pytest.raises(BadSamples, match="no steady line"):
            supply_frequency(noise, rate_hz=RATE_HZ, nominal_hz=nominal_hz)
    with pytest.raises(BadSamples, match="carries nothing"):
        supply_frequency(np.zeros(4000), rate_hz=RATE_HZ, nominal_hz=50.0)


def test_short_or_slow_records_say_what_is_needed():
    with pytest.raises(WindowTooShort, match=r"record 0\.16 s or more"):
        supply_frequency(line(50.0, seconds=0.1), rate_hz=RATE_HZ, nominal_hz=50.0)
    with pytest.raises(BadRate, match="sample faster"):
        supply_frequency(line(50.0, rate_hz=150.0), rate_hz=150.0, nominal_hz=50.0)


def test_phase_readings_turn_at_the_difference_of_frequency():
    t_s, phase = phase_readings(line(50.25), rate_hz=RATE_HZ, line_hz=50.0)
    assert np.polyfit(t_s, phase, 1)[0] == pytest.approx(2 * np.pi * 0.25, rel=1e-3)
