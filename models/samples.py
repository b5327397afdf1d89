"""Training data at the door: features, labels and weights that a regression can stand on.

Every refusal names the row or column at fault.
"""

import numpy as np
import numpy.typing as npt

from sensors.errors import BadSamples, OneClass

FloatArray = npt.NDArray[np.float64]
Features = npt.NDArray[np.floating]

# Rows are worked in blocks of about this many numbers, so that a scaled copy stays in cache.
BLOCK_SIZE = 2**16
# A mean of this many standard deviations costs four of the sixteen digits of a sum of squares.
FAR = 100.0
# Sums of squares beyond this overflow.
LARGEST = 1e150


def row_blocks(rows: int, columns: int) -> list[slice]:
    """Return slices that cut rows into blocks of about `BLOCK_SIZE` numbers each."""
    height = max(32, BLOCK_SIZE // columns)
    return [slice(start, min(start + height, rows)) for start in range(0, rows, height)]


def as_features(X: npt.ArrayLike) -> Features:
    """Return features as a real matrix of shape (n, p), not copied where they already are one.

    Raises
    ------
    BadSamples
        Not two-dimensional, not real numbers, or empty.
    """
    features = np.asarray(X)
    if features.ndim != 2 or 0 in features.shape:
        raise BadSamples(
            f"features of shape {features.shape}; they must be (samples, features), none empty"
        )
    if features.dtype.kind not in "biuf":
        raise BadSamples(f"features of type {features.dtype}; they must be real numbers")
    if features.dtype not in (np.float32, np.float64):
        features = features.astype(np.float64)
    return features


def as_features_of(X: npt.ArrayLike, columns: int) -> Features:
    """Return features for a model of so many columns.

    Raises
    ------
    BadSamples
        As `as_features`, or another number of columns.
    """
    features = as_features(X)
    if features.shape[1] != columns:
        raise BadSamples(
            f"{features.shape[1]} features for a model of {columns}; "
            "extract them by the model's own specification"
        )
    return features


def as_weights(weights: npt.ArrayLike | None, rows: int) -> FloatArray:
    """Return sample weights as float64 of shape (n,); None means one each.

    Raises
    ------
    BadSamples
        Wrong length, negative or not finite (the row is named), or all zero.
    """
    if weights is None:
        return np.ones(rows)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (rows,):
        raise BadSamples(f"weights of shape {given.shape} for {rows} rows of features")
    wrong = ~(np.isfinite(given) & (given >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise BadSamples(f"row {row}: weight {given[row]} must be finite and not negative")
    if not given.any():
        raise BadSamples("all weights are zero; nothing is left to learn from")
    return given


def weighted_mean(X: Features, weights: FloatArray) -> FloatArray:
    """Return the weighted mean of each column, which is also the test for NaN and Inf.

    Raises
    ------
    BadSamples
        A value is NaN or infinite (row and column are named), or a column cannot be squared.
    """
    total = np.zeros(X.shape[1])
    with np.errstate(invalid="ignore", over="ignore"):
        for rows in row_blocks(*X.shape):
            total += weights[rows] @ X[rows].astype(np.float64, copy=False)
    mean: FloatArray = total / weights.sum()
    if not np.abs(mean).max() < LARGEST:
        _refuse_column(X, mean)
    return mean


def near_origin(X: Features, weights: FloatArray) -> FloatArray:
    """Return the mean of each column whose mean dwarfs its spread, and zero for the others.

    Subtracting it keeps digits that products of such columns would lose; the rest need no shift.
    The spread is that of some thousands of rows.

    Raises
    ------
    BadSamples
        A value is not finite, as `weighted_mean` says.
    """
    mean = weighted_mean(X, weights)
    with np.errstate(over="ignore"):
        spread = X[:: max(1, len(X) // 4096)].std(axis=0, dtype=np.float64)
    origin: FloatArray = np.where(np.abs(mean) > FAR * spread, mean, 0.0)
    return origin


def shifted(rows: Features, origin: FloatArray) -> FloatArray:
    """Return rows minus the origin in float64; not copied where both change nothing."""
    return rows - origin if origin.any() else rows.astype(np.float64, copy=False)


def _refuse_column(X: Features, mean: FloatArray) -> None:
    wrong = ~np.isfinite(X)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise BadSamples(
            f"row {row}, column {column}: {X[row, column]} is not a finite number "
            f"({int(wrong.sum())} such values); mask or drop them before training"
        )
    column = int(np.flatnonzero(~(np.abs(mean) < LARGEST))[0])
    raise BadSamples(f"column {column}: its values are too large to be squared; rescale it")


def as_codes(y: npt.ArrayLike, weights: FloatArray, classes: int | None = None) -> FloatArray:
    """Return class labels as float64 codes 0 to K-1 of shape (n,).

    Parameters
    ----------
    y : array_like, shape (n,)
        Integers, booleans, or floats that are whole.
    weights : float64 array, shape (n,)
        A class whose weights are all zero counts as absent.
    classes : int or None
        K where it is known beforehand, else the largest label plus one.

    Raises
    ------
    BadSamples
        Wrong shape, a label that is not a code (the row is named), or an absent class.
    OneClass
        Fewer than two classes are present.
    """
    codes = np.asarray(y)
    if codes.shape != weights.shape:
        raise BadSamples(f"labels of shape {codes.shape} for {len(weights)} rows of features")
    if codes.dtype.kind not in "biuf":
        raise BadSamples(f"labels of type {codes.dtype}; encode classes as 0, 1, ...")
    codes = codes.astype(np.float64)
    most = len(codes) - 1 if classes is None else classes - 1
    wrong = ~((codes >= 0) & (codes <= most) & (codes == np.rint(codes)) & np.isfinite(codes))
    if wrong.any():
        row = int(wrong.argmax())
        raise BadSamples(f"row {row}: label {codes[row]} is not a class code from 0 to {most}")
    _check_presence(codes, weights, classes)
    return codes


def _check_presence(codes: FloatArray, weights: FloatArray, classes: int | None) -> None:
    counts = np.bincount(codes[weights > 0].astype(np.intp), minlength=classes or 0)
    present = np.flatnonzero(counts)
    if len(present) < 2:
        raise OneClass(
            f"every sample of positive weight is of class {present[0]}; a classifier needs two "
            "classes, whatever the prior: add labelled samples or exemplars of another"
        )
    if len(present) < len(counts):
        raise BadSamples(
            f"class {counts.argmin()} of {len(counts)} has no sample of positive weight; "
            "number the classes without gaps"
        )
