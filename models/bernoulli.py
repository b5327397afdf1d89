"""The Bernoulli log-likelihood of a logit model as sums over samples: batches and sites add up.

A scaled copy of all features would cost more than their product, so rows pass in blocks that stay
in the processor's cache, where ``B.T @ B`` is one symmetric rank-k update.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.curvature import Quadratic
from models.samples import Features, row_blocks, shifted

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """Negative log-likelihood of labelled samples under a logit model.

    ``parameters`` throughout are (coefficients, logit at the origin), shape (p + 1,).

    Attributes
    ----------
    X : float array, shape (n, p)
        Features.
    y : float64 array, shape (n,)
        Classes, 0 or 1.
    weights : float64 array, shape (n,)
        Sample weights.
    origin : float64 array, shape (p,)
        Subtracted from every row; batches that are to be summed must share it.
    """

    X: Features
    y: FloatArray
    weights: FloatArray
    origin: FloatArray

    @property
    def rows(self) -> int:
        """How many samples."""
        return len(self.X)

    def slope(self, parameters: FloatArray) -> tuple[float, FloatArray]:
        """Return objective and ``g = X'(mu - y)``, every sample times its weight.

        X is followed by a column of ones.
        """
        objective, gradient = 0.0, np.zeros(parameters.size)
        for rows in row_blocks(self.rows, parameters.size):
            block, y, weights = self._block(rows), self.y[rows], self.weights[rows]
            logit = block @ parameters[:-1] + parameters[-1]
            tail = np.exp(-np.abs(logit))
            loss = np.maximum(logit, 0.0) - y * logit + np.log1p(tail)
            residual = weights * (np.where(logit >= 0, 1.0, tail) / (1.0 + tail) - y)
            objective += float(weights @ loss)
            gradient[:-1] += residual @ block
            gradient[-1] += residual.sum()
        return objective, gradient

    def hessian(self, parameters: FloatArray) -> FloatArray:
        """Return ``H = X' S X`` with ``S = mu (1 - mu)``, every sample times its weight."""
        size = parameters.size
        total, blocks = np.zeros((size, size)), row_blocks(self.rows, size)
        buffer = np.empty((blocks[0].stop, size))
        for rows in blocks:
            block = self._block(rows)
            tail = np.exp(-np.abs(block @ parameters[:-1] + parameters[-1]))
            root = np.sqrt(self.weights[rows] * tail) / (1.0 + tail)
            scaled = buffer[: len(block)]
            np.multiply(block, root[:, None], out=scaled[:, :-1])
            scaled[:, -1] = root
            total += scaled.T @ scaled
        return total

    def largest_move(self, step: FloatArray) -> float:
        """Return the largest change of any sample's logit along a step."""
        return max(
            float(np.abs(self._block(rows) @ step[:-1] + step[-1]).max())
            for rows in row_blocks(self.rows, step.size)
        )

    def thinned(self, stride: int) -> "Bernoulli":
        """Return every `stride`-th sample, weighted to stand for all."""
        few = slice(None, None, stride)
        return Bernoulli(self.X[few], self.y[few], self.weights[few] * stride, self.origin)

    def _block(self, rows: slice) -> FloatArray:
        return shifted(self.X[rows], self.origin)


def gradient_hessian(
    X: Features,
    y: FloatArray,
    parameters: FloatArray,
    *,
    weights: FloatArray | None = None,
    origin: FloatArray | None = None,
) -> Quadratic:
    """Return the negative log-likelihood of some samples with its gradient and Hessian.

    The results of batches or sites add up to that of all their samples, so a model can be fitted
    exactly where the samples never meet: sum them, take the step, send it round.

    Parameters
    ----------
    X : float array, shape (n, p)
        Features.
    y : float64 array, shape (n,)
        Classes, 0 or 1.
    parameters : float64 array, shape (p + 1,)
        Coefficients, then the logit at `origin`.
    weights : float64 array, shape (n,), or None
        Sample weights; None is one each.
    origin : float64 array, shape (p,), or None
        Subtracted from every row, the same in every batch; None is zero.
    """
    weights = np.ones(len(X)) if weights is None else weights
    origin = np.zeros(X.shape[1]) if origin is None else origin
    samples = Bernoulli(X, y, weights, origin)
    return Quadratic(*samples.slope(parameters), samples.hessian(parameters))
