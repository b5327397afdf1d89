"""Symmetrical components and unbalance: textbook values, closed forms, invariances."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dsp.sequence import fundamentals, line_to_line, nema_unbalance, sequences
from sensors.errors import BadSamples, WindowTooShort

TURN = np.exp(2j * np.pi / 3)
RATE_HZ = 3000.0
polar = st.tuples(st.floats(0.05, 100.0), st.floats(-np.pi, np.pi)).map(
    lambda z: z[0] * np.exp(1j * z[1])
)


def compose(positive, negative, zero):
    return np.array(
        [
            zero + positive + negative,
            zero + positive / TURN + negative * TURN,
            zero + positive * TURN + negative / TURN,
        ]
    )


def waves(phasors, *, hz=50.0, seconds=0.5, harmonics=()):
    turn = 2j * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pure = np.sqrt(2) * (np.asarray(phasors)[:, None] * np.exp(turn)).real
    return pure + sum(level * np.cos(order * turn.imag + 1) for order, level in harmonics)


@pytest.mark.parametrize(
    ("volts", "percent"), [((460, 467, 450), 1.96), ((480, 476, 472), 0.84), ((400, 400, 400), 0.0)]
)
def test_nema_unbalance_of_the_textbook(volts, percent):
    assert 100 * nema_unbalance(volts) == pytest.approx(percent, abs=0.005)


def test_iec_unbalance_of_magnitudes_of_a_closed_triangle():
    # IEC 61000-4-30: u2 = sqrt((1 - sqrt(3 - 6 b)) / (1 + sqrt(3 - 6 b))) from magnitudes alone.
    ab, bc, ca = 460.0, 467.0, 450.0
    squares = np.array([ab, bc, ca]) ** 2
    root = np.sqrt(3 - 6 * (squares**2).sum() / squares.sum() ** 2)
    corner = np.arccos((ab**2 + ca**2 - bc**2) / (2 * ab * ca))
    phasors = [ab, -ab + ca * np.exp(1j * corner), -ca * np.exp(1j * corner)]
    assert sequences(phasors).unbalance == pytest.approx(np.sqrt((1 - root) / (1 + root)), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(positive=polar, negative=polar, zero=polar)
def test_components_are_what_they_were_composed_of(positive, negative, zero):
    found = sequences(compose(positive, negative, zero))
    assert found.forward == pytest.approx(positive, abs=1e-9)
    assert found.backward == pytest.approx(negative, abs=1e-9)
    assert found.zero == pytest.approx(zero, abs=1e-9)
    larger, smaller = sorted((abs(positive), abs(negative)), reverse=True)
    assert found.unbalance == pytest.approx(smaller / larger, abs=1e-9)
    assert found.residue == pytest.approx(abs(zero) / larger, abs=1e-9)
    assert found.crossed == (abs(found.backward) > abs(found.forward))


@settings(max_examples=40, deadline=None)
@given(
    phasors=st.tuples(polar, polar, polar),
    turn=polar,
    order=st.permutations([0, 1, 2]),
)
def test_unbalance_knows_no_scale_rotation_or_order(phasors, turn, order):
    phasors = np.array(phasors)
    one = sequences(phasors)
    other = sequences(turn * phasors[list(order)])
    assume(abs(one.positive) > 1e-6 * np.abs(phasors).max())  # nothing but zero sequence
    assert other.unbalance == pytest.approx(one.unbalance, rel=1e-6, abs=1e-9)
    even = tuple(order) in ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    if abs(one.unbalance - 1) > 1e-6:
        assert other.crossed == (one.crossed if even else not one.crossed)


def test_line_to_line_unbalance_is_that_of_the_phases():
    phases = compose(230.0, 6.0 * np.exp(1j), 0.0)
    between = sequences(line_to_line(phases))
    assert between.unbalance == pytest.approx(6 / 230)
    assert abs(between.positive) == pytest.approx(np.sqrt(3) * 230)
    assert abs(between.zero) < 1e-9


def test_one_open_phase_makes_both_sequences_alike():
    assert sequences([0.0, 5.0, -5.0]).unbalance == pytest.approx(1.0)
    assert sequences([2.0, -1.0, -1.0]).unbalance == pytest.approx(1.0)  # ahead of a transformer
    assert sequences([0.0, 0.0, 0.0]).unbalance == 0.0


@settings(max_examples=25, deadline=None)
@given(
    hz=st.floats(45.0, 65.0),
    seconds=st.floats(0.1, 1.0),
    shift=st.integers(0, 300),
    offset=st.floats(-20.0, 20.0),
)
def test_fundamentals_stand_apart_from_harmonics_offset_and_time(hz, seconds, shift, offset):
    phasors = compose(10.0 * np.exp(0.4j), 0.5 * np.exp(2j), 0.1)
    samples = waves(
        phasors, hz=hz, seconds=seconds + 0.2, harmonics=[(2, 0.5), (3, 2.0), (5, 3.0), (7, 1.0)]
    )
    cut = offset + samples[:, shift : shift + round(seconds * RATE_HZ)]
    found = fundamentals(cut, rate_hz=RATE_HZ, line_hz=hz)
    turned = phasors * np.exp(2j * np.pi * hz * shift / RATE_HZ)
    assert found == pytest.approx(turned, abs=0.02)
    assert sequences(found).unbalance == pytest.approx(0.05, abs=2e-3)


def test_a_slightly_wrong_frequency_leaves_the_ratio():
    phasors = compose(10.0, 0.5, 0.0)
    found = fundamentals(waves(phasors, hz=50.05, seconds=1.0), rate_hz=RATE_HZ, line_hz=50.0)
    assert sequences(found).unbalance == pytest.approx(0.05, rel=1e-3)


def test_what_cannot_be_told_is_refused():
    with pytest.raises(WindowTooShort, match="4 or more"):
        fundamentals(waves([1, 1, 1], seconds=0.05), rate_hz=RATE_HZ, line_hz=50.0)
    with pytest.raises(BadSamples, match="not negative"):
        nema_unbalance([1.0, -1.0, 1.0])
    assert nema_unbalance([0.0, 0.0, 0.0]) == 0.0
