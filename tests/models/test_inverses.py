"""Inverses kept between windows: right, each matrix its own, and made once."""

import numpy as np
import pytest

from models.inverses import inverse


def positive(seed: int, size: int = 12) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    rows = np.random.default_rng(seed).standard_normal((3 * size, size))
    return rows.T @ rows


def test_solves_as_a_solver_does() -> None:
    matrix, kept = positive(1), np.array([0, 2, 3, 7, 11])
    x = np.arange(5.0)
    expected = np.linalg.solve(matrix[np.ix_(kept, kept)], x)
    assert inverse(matrix, kept) @ x == pytest.approx(expected, rel=1e-12)


def test_each_matrix_and_mask_has_its_own_which_is_made_once() -> None:
    first, second, every = positive(1), positive(2), np.arange(12)
    assert inverse(first, every) is inverse(first, np.arange(12))
    # Equal in value is not the same: only who it is counts.
    assert inverse(first, every) is not inverse(first.copy(), every)
    assert not np.allclose(inverse(first, every), inverse(second, every))
    assert inverse(first, every[:4]).shape == (4, 4)


def test_nobody_changes_what_is_kept() -> None:
    with pytest.raises(ValueError, match="read-only"):
        inverse(positive(3), np.arange(12))[0, 0] = 1.0


def test_a_singular_matrix_has_none() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        inverse(np.ones((3, 3)), np.arange(3))
