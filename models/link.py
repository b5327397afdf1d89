"""Links between a linear predictor and probabilities, safe for predictors of any size."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def probability(logit: npt.ArrayLike) -> FloatArray:
    """Return ``1 / (1 + exp(-logit))``, elementwise, without overflow."""
    z = np.asarray(logit, dtype=np.float64)
    tail = np.exp(-np.abs(z))
    mu: FloatArray = np.where(z >= 0, 1.0, tail) / (1.0 + tail)
    return mu


def softmax(logits: npt.ArrayLike) -> FloatArray:
    """Return ``exp(z_k) / sum_l exp(z_l)`` along the last axis, without overflow."""
    z = np.asarray(logits, dtype=np.float64)
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    shares: FloatArray = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def log_softmax(logits: npt.ArrayLike) -> FloatArray:
    """Return the logarithm of `softmax`, exact where the softmax itself underflows."""
    z = np.asarray(logits, dtype=np.float64)
    below = z - z.max(axis=-1, keepdims=True)
    logs: FloatArray = below - np.log(np.exp(below).sum(axis=-1, keepdims=True))
    return logs
