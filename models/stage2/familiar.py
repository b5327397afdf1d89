"""Whether an embedding is like anything that was learnt, or of a kind nobody has shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.distance import shrink
from sensors.errors import BadConfig

Floats = npt.NDArray[np.float64]
FOLDS = 5
"""The limit is set on rows that were left out of the centres and the scatter."""


@dataclass(frozen=True, slots=True)
class Familiar:
    """Where each class lies in the embedding, and how far from the nearest is too far.

    Attributes
    ----------
    centres : float64 array, shape (K, width)
        Mean embedding of each class.
    precision : float64 array, shape (width, width)
        Inverse of the shrunk covariance within classes.
    limit : float
        Distance beyond which an embedding is unknown.
    false_rate : float
        Share of left-out training rows beyond it.
    """

    centres: Floats
    precision: Floats
    limit: float
    false_rate: float

    def distance(self, embeddings: Floats) -> Floats:
        """Return the Mahalanobis distance from the nearest class, shape (n,)."""
        return _nearest(embeddings, self.centres, self.precision)

    def is_far(self, embeddings: Floats) -> npt.NDArray[np.bool_]:
        """Say which embeddings are unknown, shape (n,)."""
        return np.asarray(self.distance(embeddings) > self.limit)


def fit_familiar(
    embeddings: Floats,
    codes: npt.NDArray[np.intp],
    *,
    false_rate: float,
    units: Sequence[str] | None = None,
) -> Familiar:
    """Fit centres and scatter, and set the limit on what was left out of them.

    Parameters
    ----------
    embeddings : array, shape (n, width)
    codes : int array, shape (n,)
        Class of each.
    false_rate : float
        Share of familiar embeddings that may be called unknown.
    units : sequence of str, length n, optional
        Which machine each is of: views of one are left out together. Each its own if left out.

    Raises
    ------
    BadConfig
        The false rate is not between 0 and 1.
    """
    if not 0.0 < false_rate < 1.0:
        raise BadConfig(f"false_unknown = {false_rate} must lie between 0 and 1")
    away = np.empty(len(embeddings))
    number = np.arange(len(embeddings))
    if units is not None:
        number = np.unique(np.asarray(units, dtype=np.str_), return_inverse=True)[1]
    for fold in range(FOLDS):
        out = number % FOLDS == fold
        if out.any() and not out.all():
            away[out] = _nearest(embeddings[out], *_fit(embeddings[~out], codes[~out]))
        else:
            away[out] = 0.0
    limit = float(np.quantile(away, 1.0 - false_rate, method="higher"))
    centres, precision = _fit(embeddings, codes)
    return Familiar(centres, precision, limit, false_rate)


def _fit(embeddings: Floats, codes: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    present = np.unique(codes)
    centres = np.stack([embeddings[codes == code].mean(axis=0) for code in present])
    residual = embeddings - centres[np.searchsorted(present, codes)]
    covariance, _ = shrink(residual.T @ residual / len(residual), float(len(residual)))
    return centres, np.asarray(np.linalg.inv(covariance), dtype=np.float64)


def _nearest(embeddings: Floats, centres: Floats, precision: Floats) -> Floats:
    offsets = embeddings[:, None, :] - centres
    squared = np.einsum("nki,ij,nkj->nk", offsets, precision, offsets)
    return np.asarray(np.sqrt(np.maximum(squared.min(axis=1), 0.0)))
