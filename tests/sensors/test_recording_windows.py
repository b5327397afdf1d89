"""Windows are cut in whole numbers, and come out as fractions would have them."""

import gc
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.errors import RecordingError
from sensors.recordings.npz import _Archive, open_npz
from sensors.recordings.windows import SLACK, _index, _rounded

RATES = st.floats(1e-3, 1e6).map(Fraction)
TIMES = st.fractions(0, 10**6, max_denominator=10**9)


@given(RATES, TIMES)
def test_a_window_begins_at_the_first_sample_not_before_it(
    rate_hz: Fraction, at_s: Fraction
) -> None:
    assert _index(rate_hz, at_s) == math.ceil(at_s * rate_hz - SLACK)


@given(st.integers(0, 10**30), st.integers(1, 10**15))
def test_rounds_as_python_does(over: int, under: int) -> None:
    assert _rounded(over, under) == round(Fraction(over, under))


@given(st.integers(0, 10**6))
def test_halves_go_to_the_even_side(whole: int) -> None:
    assert _rounded(2 * whole + 1, 2) == round(Fraction(2 * whole + 1, 2))


def test_a_series_that_was_cut_short_meanwhile_is_an_error_with_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, v=np.arange(10_000, dtype=np.float32))
    source = open_npz(path)
    assert source.read("v", 10, 13).tolist() == [10.0, 11.0, 12.0]
    with path.open("r+b") as file:
        file.truncate(8_000)
    with pytest.raises(RecordingError, match=r"a\.npz.*missing"):
        source.read("v", 9_000, 9_100)
    source.close()


def test_what_was_opened_outlives_its_archive_and_is_an_error_once_that_is_closed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, v=np.arange(10, dtype=np.float32))
    archive = _Archive(path)
    series = next(archive.arrays()).load()
    del archive
    gc.collect()
    assert series[2:4].tolist() == [2.0, 3.0]
    archive = _Archive(path)
    series = next(archive.arrays()).load()
    archive.close()
    # Whatever is opened next takes the number of the file that was closed.
    with path.open("rb"), pytest.raises(ValueError, match="closed"):
        series[2:4]
