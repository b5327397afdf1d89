"""The line's own frame: sidebands keep their height, wander goes, scale does not matter."""

import motor_current as made
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import hilbert

from dsp.line_frame import follow_line, line_frame, space_vector
from dsp.sidebands import read_pair
from dsp.spectrum import amplitude, hann_bins, transform

RATE_HZ = made.RATE_HZ


def framed(values, reference=None, *, rate_hz=RATE_HZ):
    reference = values if reference is None else reference
    track = follow_line(values, reference, rate_hz=rate_hz, nominal_hz=50.0)
    return track, line_frame(values, track, order=1.0, span_hz=45.0)


@settings(deadline=None, max_examples=25)
@given(
    lower_db=st.floats(-52, -32),
    upper_db=st.floats(-52, -32),
    slip=st.floats(0.0105, 0.06),
    seed=st.integers(0, 999),
)
def test_planted_sidebands_read_within_half_a_decibel(lower_db, upper_db, slip, seed):
    line, slipping = made.angles(slip=slip, wander=0.001, seed=seed)
    heights = {"lower": 10 ** (lower_db / 20), "upper": 10 ** (upper_db / 20)}
    values = made.current(line, slipping, **heights, noise=1e-4, seed=seed).real
    _, frame = framed(values)
    pair = read_pair(frame, 2 * slip * 50.0, 0.0)
    assert pair.lower_dbc == pytest.approx(lower_db, abs=0.5)
    assert pair.upper_dbc == pytest.approx(upper_db, abs=0.5)
    assert pair.offset_hz == pytest.approx(2 * slip * 50.0, abs=0.02)


def test_the_frame_is_the_analytic_signal_turned_back():
    line, slipping = made.angles(wander=0.02, seed=3)
    values = made.current(line, slipping, lower=0.01, upper=0.006).real
    track, frame = framed(values)
    turned = hilbert(values - values.mean()) * np.exp(-1j * track.phase_rad)
    spectrum = np.fft.fft(turned * np.sin(np.pi * np.arange(values.size) / values.size) ** 2)
    inner = slice(1, frame.upper.bins.size - 1)
    for side, oracle in (
        (frame.upper, spectrum),
        (frame.lower, np.conj(spectrum[-np.arange(900)])),
    ):
        ours = 2 * hann_bins(side)[inner]
        np.testing.assert_allclose(ours, oracle[inner], atol=2e-6 * values.size)


def test_drift_of_the_line_is_taken_out():
    t_s = np.arange(round(10 * RATE_HZ)) / RATE_HZ
    line = 2 * np.pi * (50 * t_s + 0.3 * np.cos(2 * np.pi * t_s / 8))
    values = made.current(line, 0.015 * line, lower=0.003, upper=0.002, noise=1e-5).real
    track, frame = framed(values)
    plain = amplitude(transform(values, rate_hz=RATE_HZ))
    middle = round(track.hz / frame.resolution_hz)
    skirt = plain[middle - 9 : middle - 3].max() / plain.max()
    left = amplitude(frame.lower)[3:9].max() / frame.carrier
    assert 20 * np.log10(skirt / left) > 20.0
    assert read_pair(frame, 1.5, 0.0).lower_dbc == pytest.approx(20 * np.log10(0.003), abs=0.5)


@settings(deadline=None, max_examples=15)
@given(scale=st.floats(1e-3, 1e3), offset=st.floats(-5, 5))
def test_scale_and_offset_change_no_level(scale, offset):
    line, slipping = made.angles(seed=1)
    values = made.current(line, slipping, lower=0.01, upper=0.006).real
    levels = []
    for one in (values, scale * (values + offset)):
        pair = read_pair(framed(one)[1], 1.5, 0.0)
        levels.append((pair.lower_dbc, pair.upper_dbc, pair.lower_db, pair.upper_db))
    np.testing.assert_allclose(levels[0], levels[1], atol=1e-3)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)])
def test_three_phases_read_like_one_whichever_way_they_are_wired(order):
    line, slipping = made.angles(seed=2)
    whole = made.current(line, slipping, lower=0.01, upper=0.006, noise=1e-4)
    rows = [(whole * np.exp(-2j * np.pi * k / 3)).real for k in order]
    one = read_pair(framed(whole.real)[1], 1.5, 0.0)
    three = read_pair(framed(space_vector(*rows), rows[0])[1], 1.5, 0.0)
    assert three.lower_dbc == pytest.approx(one.lower_dbc, abs=0.1)
    assert three.upper_dbc == pytest.approx(one.upper_dbc, abs=0.1)


def test_a_carrier_reads_its_amplitude():
    line, slipping = made.angles(seed=4)
    whole = made.current(line, slipping, shaft=0.0, noise=0.0, amperes=7.0)
    track, _ = framed(whole.real)
    assert track.carrier == pytest.approx(7.0, rel=1e-4)
