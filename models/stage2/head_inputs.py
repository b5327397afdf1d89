"""What the head's regression takes: inputs side by side, scaled by what is seen of each column."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sensors.errors import BadSamples, OneClass

Floats = npt.NDArray[np.float64]
HELD = 8.0
"""Scaled inputs beyond this say no more."""


def joined(
    embeddings: npt.NDArray[np.floating], physics: npt.NDArray[np.floating], labels: Sequence[str]
) -> Floats:
    """Return embeddings and physics features side by side.

    Raises
    ------
    BadSamples
        There are none, not as many of each as of labels, or an embedding is not finite.
    """
    lengths = len(embeddings), len(physics), len(labels)
    if len(set(lengths)) > 1 or not lengths[0] or not np.isfinite(embeddings).all():
        raise BadSamples(
            f"head: {lengths[0]} embeddings with {lengths[1]} rows of physics features and "
            f"{lengths[2]} labels; as many of each are needed, and finite embeddings"
        )
    return np.concatenate([embeddings, physics], axis=1).astype(np.float64)


def class_codes(labels: Sequence[str]) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.intp]]:
    """Return the classes that occur, in order, and the code of each row.

    Raises
    ------
    OneClass
        There is one.
    """
    classes, codes = np.unique(np.asarray(labels, dtype=np.str_), return_inverse=True)
    if classes.size < 2:
        raise OneClass(f"head: every row is {classes[0]!r}; label captures of two classes or more")
    return classes, codes


def robust(inputs: Floats) -> tuple[Floats, Floats]:
    """Return median and scale of each column over what is seen of it."""
    seen = np.isfinite(inputs).any(axis=0)
    centre, scale = np.zeros(inputs.shape[1]), np.ones(inputs.shape[1])
    low, middle, high = np.nanquantile(inputs[:, seen], [0.1, 0.5, 0.9], axis=0)
    centre[seen] = middle
    # 2.56 sigma between these quantiles of a Gaussian.
    spread = (high - low) / 2.56
    scale[seen] = np.where(spread > 0, spread, np.nanstd(inputs[:, seen], axis=0))
    return centre, np.where(scale > 1e-9, scale, 1.0)


def filled(scaled: Floats) -> Floats:
    """Hold scaled inputs, and put what is typical where they are masked."""
    return np.clip(np.where(np.isfinite(scaled), scaled, 0.0), -HELD, HELD)
