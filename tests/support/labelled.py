"""Labelled samples from a known model, and the formulas of its likelihood written out slowly."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def labelled(
    seed: int, rows: int = 300, columns: int = 4, classes: int = 2
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Features and classes drawn from a softmax model; every class is present."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, columns))
    logits = X @ rng.standard_normal((columns, classes)) / np.sqrt(columns)
    y = np.argmax(logits + rng.gumbel(size=(rows, classes)), axis=1)
    y[:classes] = np.arange(classes)
    return X, y


def with_ones(X: Floats) -> Floats:
    return np.column_stack([X, np.ones(len(X))])


def slow_bernoulli(
    X: Floats, y: Floats, parameters: Floats, weights: Floats
) -> tuple[float, Floats, Floats]:
    """Negative log-likelihood, gradient and Hessian as a textbook writes them."""
    design = with_ones(X)
    mu = 1 / (1 + np.exp(-design @ parameters))
    loss = -np.sum(weights * (y * np.log(mu) + (1 - y) * np.log(1 - mu)))
    hessian = design.T @ np.diag(weights * mu * (1 - mu)) @ design
    return float(loss), design.T @ (weights * (mu - y)), hessian


def slow_categorical(
    X: Floats, y: Floats, parameters: Floats, weights: Floats, classes: int
) -> tuple[float, Floats, Floats]:
    """As `slow_bernoulli`, for the symmetric softmax model, sample by sample."""
    size = X.shape[1] + 1
    loss, gradient, hessian = 0.0, np.zeros(classes * size), np.zeros((classes * size,) * 2)
    for x, truth, weight in zip(with_ones(X), y.astype(int), weights, strict=True):
        powers = np.exp(parameters.reshape(classes, size) @ x)
        mu = powers / powers.sum()
        loss -= weight * np.log(mu[truth])
        gradient += weight * np.kron(mu - np.eye(classes)[truth], x)
        hessian += weight * np.kron(np.diag(mu) - np.outer(mu, mu), np.outer(x, x))
    return float(loss), gradient, hessian
