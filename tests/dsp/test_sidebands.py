"""Rank and floor of sidebands: chance means what it says, the floor is the noise beside them."""

import motor_current as made
import numpy as np
import pytest

from dsp.line_frame import follow_line, line_frame
from dsp.sidebands import find_pair, free_bins, rank_peak
from sensors.errors import WindowTooShort


def pair_of(seed, *, lo_hz=1.3, hi_hz=1.7, expected=(), **planted):
    line, slipping = made.angles(seed=seed)
    values = made.current(line, slipping, seed=seed, **{"shaft": 0.0} | planted).real
    track = follow_line(values, values, rate_hz=made.RATE_HZ, nominal_hz=50.0)
    frame = line_frame(values, track, order=1.0, span_hz=45.0)
    return find_pair(frame, lo_hz, hi_hz, expected=expected)


def test_noise_alone_is_named_as_often_as_chance_says():
    chances = np.array([pair_of(seed, lo_hz=5.0, hi_hz=5.4).chance for seed in range(150)])
    assert 0 < np.count_nonzero(chances <= 0.1) < 30
    assert np.count_nonzero(chances <= 0.01) <= 6
    assert 0.3 < np.median(chances) < 0.7


def test_a_planted_pair_is_beyond_chance_and_stands_where_it_was_planted():
    pair = pair_of(1, lower=0.004, upper=0.002)
    assert pair.chance < 0.01
    assert pair.offset_hz == pytest.approx(1.5, abs=0.02)
    assert pair.lower_dbc - pair.upper_dbc == pytest.approx(6.0, abs=0.4)


@pytest.mark.parametrize("direction_deg", [10.0, 60.0, 120.0, 165.0])
def test_the_direction_of_a_swing_is_read_whenever_it_began(direction_deg):
    for seed in range(3):
        pair = pair_of(seed, lower=0.004, upper=0.002, direction_deg=direction_deg)
        assert np.degrees(pair.direction_rad) == pytest.approx(direction_deg, abs=7.0)


def test_the_floor_is_that_of_the_noise():
    noise = 0.01
    pairs = [pair_of(seed, lo_hz=20.0, hi_hz=20.4, noise=noise) for seed in range(20)]
    # White noise of RMS n under Hann: mean square amplitude 4 n^2 sum(w^2)/sum(w)^2; the median
    # of a Rayleigh amplitude is sqrt(ln 2) of its RMS.
    mean_square = 4 * noise**2 * 0.375 / (0.25 * 10.0 * made.RATE_HZ)
    expected_db = 10 * np.log10(mean_square * np.log(2))
    assert np.mean([pair.floor_dbc for pair in pairs]) == pytest.approx(expected_db, abs=0.7)


def test_what_is_expected_elsewhere_raises_no_bar():
    planted = {"lower": 0.001, "upper": 0.0006, "shaft": 0.02}
    spans = [(24.5, 25.0)]
    assert pair_of(2, **planted, expected=spans).chance < pair_of(2, **planted).chance


def test_too_short_a_spectrum_is_no_basis_for_chance():
    levels, free = np.ones(60), free_bins(60, [(1.0, 2.0)], 0.1)
    assert np.flatnonzero(free).tolist() == [5, *range(25, 60)]
    with pytest.raises(WindowTooShort, match="pseudo-lines"):
        rank_peak(levels, slice(5, 8), free)
    with pytest.raises(WindowTooShort, match="outside"):
        rank_peak(levels, slice(80, 90), free)


def test_a_line_just_outside_the_window_is_not_found_by_its_skirt():
    inside = pair_of(3, lower=0.01, upper=0.006, lo_hz=1.3, hi_hz=1.7)
    beside = pair_of(3, lower=0.01, upper=0.006, lo_hz=1.6, hi_hz=2.0)
    assert inside.chance < 0.01 < beside.chance
