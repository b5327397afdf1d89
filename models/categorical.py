"""The categorical log-likelihood of a symmetric softmax model as sums over samples.

Every class has its own coefficients and intercept; adding the same to all of them changes nothing.
Blocks of rows stay in cache, as in `models.bernoulli`.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from models import link
from models.curvature import Quadratic
from models.samples import Features, row_blocks, shifted

FloatArray = npt.NDArray[np.float64]

# From so many classes on, one product of all pairs' weights with all products of columns is faster
# than a symmetric update for each pair (14 classes, 48 columns: 2.4 times).
MANY_CLASSES = 6
# Products of columns are held for about this many numbers at a time: more leave the cache.
PRODUCTS = 2**18


@dataclass(frozen=True, slots=True)
class Categorical:
    """Negative log-likelihood of labelled samples under a softmax model.

    ``parameters`` throughout are (coefficients, logit at the origin), class by class, shape
    (K (p + 1),) in the symmetric space of all classes.

    Attributes
    ----------
    X : float array, shape (n, p)
        Features.
    codes : float64 array, shape (n,)
        Classes, 0 to K - 1.
    weights : float64 array, shape (n,)
        Sample weights.
    origin : float64 array, shape (p,)
        Subtracted from every row; batches that are to be summed must share it.
    classes : int
        K.
    """

    X: Features
    codes: FloatArray
    weights: FloatArray
    origin: FloatArray
    classes: int

    @property
    def rows(self) -> int:
        """How many samples."""
        return len(self.X)

    def slope(self, parameters: FloatArray) -> tuple[float, FloatArray]:
        """Return objective and ``g_k = X'(mu_k - y_k)``, every sample times its weight.

        X is followed by a column of ones.
        """
        objective, gradient = 0.0, np.zeros((self.classes, self.X.shape[1] + 1))
        for rows in row_blocks(self.rows, self.X.shape[1] + 1):
            block, weights = self._block(rows), self.weights[rows]
            logs = self._log_mu(block, parameters)
            truth = self.codes[rows, None] == np.arange(self.classes)
            objective -= float(weights @ logs[truth])
            gradient += (weights[:, None] * (np.exp(logs) - truth)).T @ block
        return objective, gradient.ravel()

    def hessian(self, parameters: FloatArray) -> FloatArray:
        """Return ``H_kl = X' (delta_kl mu_k - mu_k mu_l) X``, every sample times its weight.

        The blocks of a row sum to zero, so those off the diagonal, each a symmetric update of
        ``sqrt(mu_k mu_l) X``, give all.
        """
        K, size = self.classes, self.X.shape[1] + 1
        total = np.zeros((K, size, K, size))
        of_pairs = self._products if K >= MANY_CLASSES else self._updates
        for (k, other), part in zip(combinations(range(K), 2), of_pairs(parameters), strict=True):
            total[k, :, other] = total[other, :, k] = -part
            total[k, :, k] += part
            total[other, :, other] += part
        return total.reshape(K * size, K * size)

    def _updates(self, parameters: FloatArray) -> FloatArray:
        """Return ``X' mu_k mu_l X`` of each pair of classes, by a symmetric update for each."""
        pairs, size = list(combinations(range(self.classes), 2)), self.X.shape[1] + 1
        total = np.zeros((len(pairs), size, size))
        for rows in row_blocks(self.rows, size):
            block = self._block(rows)
            root = np.exp(self._log_mu(block, parameters) / 2)
            block *= np.sqrt(self.weights[rows])[:, None]
            for at, (k, other) in enumerate(pairs):
                scaled = block * (root[:, k] * root[:, other])[:, None]
                total[at] += scaled.T @ scaled
        return total

    def _products(self, parameters: FloatArray) -> FloatArray:
        """Return the same by one product: weights of all pairs with products of all columns."""
        size = self.X.shape[1] + 1
        (first, second), (row, column) = np.triu_indices(self.classes, 1), np.triu_indices(size)
        total = np.zeros((first.size, row.size))
        height = max(32, PRODUCTS // row.size)
        for start in range(0, self.rows, height):
            rows = slice(start, min(start + height, self.rows))
            block = self._block(rows)
            mu = np.exp(self._log_mu(block, parameters)).T.copy()
            weights = mu[first] * mu[second] * self.weights[rows]
            total += weights @ _column_products(block.T.copy()).T
        parts = np.empty((first.size, size, size))
        parts[:, row, column] = parts[:, column, row] = total
        return parts

    def largest_move(self, step: FloatArray) -> float:
        """Return the largest change of any sample's logits along a step."""
        by_class = step.reshape(self.classes, -1).T
        return max(
            float(np.abs(self._block(rows) @ by_class).max())
            for rows in row_blocks(self.rows, len(by_class))
        )

    def thinned(self, stride: int) -> "Categorical":
        """Return every `stride`-th sample, weighted to stand for all."""
        few = slice(None, None, stride)
        weights = self.weights[few] * stride
        return Categorical(self.X[few], self.codes[few], weights, self.origin, self.classes)

    def _block(self, rows: slice) -> FloatArray:
        block = np.empty((rows.stop - rows.start, self.X.shape[1] + 1))
        block[:, :-1] = shifted(self.X[rows], self.origin)
        block[:, -1] = 1.0
        return block

    def _log_mu(self, block: FloatArray, parameters: FloatArray) -> FloatArray:
        """Return the logarithms of the class probabilities, shape (rows, K)."""
        return link.log_softmax(block @ parameters.reshape(self.classes, -1).T)


def _column_products(columns: FloatArray) -> FloatArray:
    """Return the products of every two columns, shape (p (p + 1) / 2, n), as `triu_indices` has."""
    size, rows = columns.shape
    products, at = np.empty((size * (size + 1) // 2, rows)), 0
    for one in range(size):
        np.multiply(columns[one:], columns[one], out=products[at : at + size - one])
        at += size - one
    return products


@dataclass(frozen=True, slots=True)
class Contrasts:
    """A likelihood seen along an orthonormal basis of the contrasts between classes.

    Attributes
    ----------
    symmetric : Categorical
        The likelihood of all classes.
    basis : float64 array, shape (K, K - 1)
        Its columns span what sums to zero over classes.
    """

    symmetric: Categorical
    basis: FloatArray

    @property
    def rows(self) -> int:
        """How many samples."""
        return self.symmetric.rows

    def slope(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return objective and gradient along the basis."""
        objective, gradient = self.symmetric.slope(self.by_class(point).ravel())
        by_class = gradient.reshape(len(self.basis), -1)
        return objective, (self.basis.T @ by_class).ravel()

    def hessian(self, point: FloatArray) -> FloatArray:
        """Return the Hessian along the basis."""
        (K, few), size = self.basis.shape, self.symmetric.X.shape[1] + 1
        whole = self.symmetric.hessian(self.by_class(point).ravel())
        left = (self.basis.T @ whole.reshape(K, -1)).reshape(few * size, K, size)
        hessian = (self.basis.T @ left).reshape(few * size, few * size)
        return (hessian + hessian.T) / 2

    def largest_move(self, step: FloatArray) -> float:
        """Return the largest change of any sample's logits along a step."""
        return self.symmetric.largest_move(self.by_class(step).ravel())

    def thinned(self, stride: int) -> "Contrasts":
        """Return every `stride`-th sample, weighted to stand for all."""
        return Contrasts(self.symmetric.thinned(stride), self.basis)

    def by_class(self, point: FloatArray) -> FloatArray:
        """Return parameters of every class, shape (K, p + 1), from solver coordinates."""
        by_class: FloatArray = self.basis @ point.reshape(self.basis.shape[1], -1)
        return by_class


def gradient_hessian(
    X: Features,
    codes: FloatArray,
    parameters: FloatArray,
    *,
    classes: int,
    weights: FloatArray | None = None,
    origin: FloatArray | None = None,
) -> Quadratic:
    """Return the negative log-likelihood of some samples with its gradient and Hessian.

    The results of batches or sites add up to that of all their samples.

    Parameters
    ----------
    X : float array, shape (n, p)
        Features.
    codes : float64 array, shape (n,)
        Classes, 0 to K - 1.
    parameters : float64 array, shape (K (p + 1),)
        Coefficients and the logit at `origin`, class by class.
    classes : int
        K.
    weights : float64 array, shape (n,), or None
        Sample weights; None is one each.
    origin : float64 array, shape (p,), or None
        Subtracted from every row, the same in every batch; None is zero.
    """
    weights = np.ones(len(X)) if weights is None else weights
    origin = np.zeros(X.shape[1]) if origin is None else origin
    samples = Categorical(X, codes, weights, origin, classes)
    return Quadratic(*samples.slope(parameters), samples.hessian(parameters))
