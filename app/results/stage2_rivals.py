"""Stage 2 and what it has to beat, each trained without the unit or rig that it is tested on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.backbone.head_rows import HeadRows
from models.splits import leave_one_out
from models.stage2.head import Head, retrain_head

Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]
FORGETTING = 0.3
"""Of the shipped head's precision: its simulated machines are none of these."""
TREES = 200
SHIPPED = "head as shipped (simulated machines alone)"
"""What an installation runs: it, and no other head, is held against the rules."""
RETRAINED = "head retrained by Newton-Raphson, shipped head as prior"
Predict = Callable[[HeadRows, HeadRows, tuple[str, ...]], Floats]
"""Rows to learn from, rows to judge, classes; returns probabilities, shape (n, K)."""


@dataclass(frozen=True, slots=True)
class Rival:
    """One way to name a fault.

    Attributes
    ----------
    name : str
        For tables.
    predict : callable
        Learns and judges.
    learns : bool
        Whether it needs rows of two classes to learn from.
    """

    name: str
    predict: Predict
    learns: bool = True


def rivals(head: Head) -> tuple[Rival, ...]:
    """Return stage 2 in both its forms, and scikit-learn's on the same inputs where installed."""
    return (
        Rival(SHIPPED, _shipped(head), learns=False),
        Rival(RETRAINED, _retrained(head)),
        *_sklearn(),
    )


def left_out(keys: Sequence[str]) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Yield training and test rows with one key left out at a time."""
    for split in leave_one_out(keys):
        yield split.train, split.test


def predictions(
    rival: Rival, rows: HeadRows, keys: Sequence[str], classes: tuple[str, ...]
) -> Floats:
    """Return each row's probabilities by a model that has not seen its key, shape (n, K).

    NaN where a single class is left to learn from.
    """
    chances = np.full((len(rows.labels), len(classes)), np.nan)
    for train, test in left_out(keys):
        if rival.learns and len({rows.labels[int(k)] for k in train}) < 2:
            continue
        chances[test] = rival.predict(rows.take(train), rows.take(test), classes)
    return chances


def even_weights(rows: HeadRows) -> Floats:
    """Weigh every unit alike, however many windows it has; the mean is one."""
    units = np.asarray(rows.units)
    _, inverse, counts = np.unique(units, return_inverse=True, return_counts=True)
    weights = 1.0 / counts[inverse]
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def _shipped(head: Head) -> Predict:
    def predict(train: HeadRows, test: HeadRows, classes: tuple[str, ...]) -> Floats:
        del train
        return _columns(test.probabilities(head), head.classes, classes)

    return predict


def _retrained(head: Head) -> Predict:
    def predict(train: HeadRows, test: HeadRows, classes: tuple[str, ...]) -> Floats:
        own = retrain_head(
            head,
            train.embeddings,
            train.physics,
            train.labels,
            forgetting=FORGETTING,
            weights=even_weights(train),
        )
        return _columns(test.probabilities(own), own.classes, classes)

    return predict


def _columns(chances: Floats, has: Sequence[str], wanted: Sequence[str]) -> Floats:
    """Keep the wanted classes, summing to one; a class that a model does not know has chance 0."""
    kept = np.zeros((len(chances), len(wanted)))
    for column, name in enumerate(wanted):
        if name in has:
            kept[:, column] = chances[:, list(has).index(name)]
    return np.asarray(kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-12))


def _sklearn() -> tuple[Rival, ...]:
    try:
        from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return ()

    def of(make: Callable[[], object]) -> Predict:
        def predict(train: HeadRows, test: HeadRows, classes: tuple[str, ...]) -> Floats:
            x, centre, scale = _standard(train.inputs())
            model = make()
            model.fit(x, train.labels, sample_weight=even_weights(train))  # type: ignore[attr-defined]
            seen = _filled((test.inputs() - centre) / scale)
            chances = model.predict_proba(seen)  # type: ignore[attr-defined]
            return _columns(chances, list(model.classes_), classes)  # type: ignore[attr-defined]

        return predict

    return (
        Rival("scikit-learn logistic regression", of(lambda: LogisticRegression(max_iter=2000))),
        Rival(
            "scikit-learn random forest",
            of(lambda: RandomForestClassifier(TREES, random_state=0)),
        ),
        Rival(
            "scikit-learn gradient boosting",
            of(lambda: GradientBoostingClassifier(random_state=0)),
        ),
    )


def _standard(inputs: Floats) -> tuple[Floats, Floats, Floats]:
    seen = np.isfinite(inputs).any(axis=0)
    centre, scale = np.zeros(inputs.shape[1]), np.ones(inputs.shape[1])
    centre[seen] = np.nanmean(inputs[:, seen], axis=0)
    scale[seen] = np.nanstd(inputs[:, seen], axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    return _filled((inputs - centre) / scale), centre, scale


def _filled(scaled: Floats) -> Floats:
    return np.where(np.isfinite(scaled), scaled, 0.0)
