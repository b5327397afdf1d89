"""Slip from speed, shaft lines, slots and sidebands: each right, and told when they differ."""

import motor_current as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.line_frame import follow_line, line_frame
from dsp.sidebands import find_pair
from dsp.slip import (
    SlipEstimate,
    best_estimate,
    disagreement,
    slip_from_shaft_lines,
    slip_from_sidebands,
    slip_from_slots,
    slip_from_speed,
)


def tracked(slip, seed, **planted):
    line, slipping = made.angles(slip=slip, seed=seed)
    values = made.current(line, slipping, seed=seed, **planted).real
    track = follow_line(values, values, rate_hz=made.RATE_HZ, nominal_hz=50.0)
    return values, track


@settings(deadline=None, max_examples=15)
@given(slip=st.floats(0.0105, 0.05), seed=st.integers(0, 99))
def test_every_source_tells_the_slip_within_its_uncertainty(slip, seed):
    values, track = tracked(slip, seed, lower=0.005, upper=0.003, slots=0.001)
    frame = line_frame(values, track, order=1.0, span_hz=45.0)
    step, shaft_hz = frame.resolution_hz, track.hz * (1 - slip) / 2
    shaft = find_pair(frame, shaft_hz - 0.2, shaft_hz + 0.2, expected=[])
    cage = find_pair(frame, 100 * slip - 0.3, 100 * slip + 0.3, expected=[])
    slots = slip_from_slots(
        values, track, bars=made.BARS, pairs=2, lo=max(slip - 0.008, 0.01), hi=slip + 0.008
    )
    assert slots is not None
    told = [
        slip_from_speed(shaft_hz, 1e-4, track, 2),
        slip_from_shaft_lines(shaft, step, track, 2),
        slip_from_sidebands(cage, step, track),
        slots,
    ]
    for estimate in told:
        assert estimate.slip == pytest.approx(slip, abs=estimate.uncertainty), estimate.text
        assert estimate.uncertainty < 0.0006
    assert disagreement(told) is None


def test_a_speed_to_a_per_cent_hardly_tells_slip():
    _, track = tracked(0.015, 0)
    told = slip_from_speed(49.25 / 2, 0.01, track, 2)
    assert told.uncertainty == pytest.approx(0.00985, abs=2e-4)


def test_slots_are_not_found_in_noise_nor_beyond_the_sampling_rate():
    values, track = tracked(0.015, 1, slots=0.0)
    assert slip_from_slots(values, track, bars=28, pairs=2, lo=0.01, hi=0.02) is None
    values, track = tracked(0.015, 1, slots=0.01)
    assert slip_from_slots(values, track, bars=60, pairs=2, lo=0.01, hi=0.02) is None


def test_estimates_that_exclude_each_other_are_named():
    one = SlipEstimate(0.0150, 0.0002, "f +- fr")
    other = SlipEstimate(0.0160, 0.0003, "slip sidebands")
    near = SlipEstimate(0.0154, 0.0003, "slip sidebands")
    said = disagreement([one, other])
    assert said is not None
    assert "1.500%" in said and "1.600%" in said
    assert disagreement([one, near]) is None
    assert best_estimate([other, one]) is one
