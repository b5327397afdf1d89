"""Inverses of a release's matrices, made once: every window of every motor asks for the same ones.

A device judges each second by one Hessian and one covariance, less the features that are masked,
which hardly ever change. Solving anew each time cost as much as a spectrum.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.robust import Floats

KEPT = 64
"""Matrices of all releases and masks in use; each takes some 30 kB."""


class _Same:
    """A matrix as a key: equal to itself alone, and alive while the key is."""

    __slots__ = ("matrix",)

    def __init__(self, matrix: Floats) -> None:
        self.matrix = matrix

    def __hash__(self) -> int:
        return id(self.matrix)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.matrix is self.matrix


def inverse(matrix: Floats, kept: npt.NDArray[np.intp]) -> Floats:
    """Return the inverse of some rows and columns of a matrix that never changes.

    Parameters
    ----------
    matrix : float64 array, shape (F, F)
        Of a release.
    kept : int array, shape (m,)
        Which rows and columns.

    Returns
    -------
    float64 array, shape (m, m)
        Not to be written to.

    Raises
    ------
    numpy.linalg.LinAlgError
        It has none.
    """
    return _inverse(_Same(matrix), kept.tobytes())


@lru_cache(maxsize=KEPT)
def _inverse(same: _Same, kept: bytes) -> Floats:
    places = np.frombuffer(kept, np.intp)
    made = np.linalg.inv(same.matrix[np.ix_(places, places)]).astype(np.float64, copy=False)
    made.flags.writeable = False
    return made
