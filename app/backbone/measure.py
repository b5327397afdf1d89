"""What a head is worth on cases left out: AUROC, F1, calibration, unknowns, int8 against float."""

import numpy as np
import numpy.typing as npt

from app.backbone.head_rows import HeadRows
from models.metrics import macro_auroc
from models.stage2.head import Head

Floats = npt.NDArray[np.float64]
BINS = 10


def measured(head: Head, rows: HeadRows, floats: HeadRows) -> dict[str, float]:
    """Measure a head on rows it has not seen.

    Parameters
    ----------
    head : Head
        Trained on int8 embeddings.
    rows, floats : HeadRows
        The same cases, by the int8 backbone and by its float twin.
    """
    chances = rows.probabilities(head)
    twin = floats.probabilities(head)
    labels = np.asarray(rows.labels)
    named = np.asarray(head.classes)[chances.argmax(axis=1)]
    # Of few cases none may be left out of a rare class.
    there = np.isin(head.classes, labels)
    return {
        "rows": float(len(labels)),
        "macro_auroc": macro_auroc(
            chances[:, there], labels, np.asarray(head.classes)[there].tolist()
        ),
        "macro_f1": macro_f1(labels, named),
        "accuracy": float(np.mean(named == labels)),
        "calibration_error": calibration_error(chances, labels, head.classes),
        "unknown_share": float(np.mean(head.unknown(rows.inputs()))),
        "int8_decision_flips": float(np.mean(chances.argmax(axis=1) != twin.argmax(axis=1))),
        "int8_largest_change": float(np.abs(chances - twin).max()),
    }


def macro_f1(labels: npt.NDArray[np.str_], named: npt.NDArray[np.str_]) -> float:
    """Return the mean over the classes that occur of ``2 TP / (2 TP + FP + FN)``."""
    scores = []
    for one in np.unique(labels):
        hits = np.sum((labels == one) & (named == one))
        scores.append(2 * hits / (np.sum(labels == one) + np.sum(named == one)))
    return float(np.mean(scores))


def calibration_error(
    chances: Floats, labels: npt.NDArray[np.str_], classes: tuple[str, ...]
) -> float:
    """Return the expected calibration error of the likeliest class, ten bins of equal width.

    The mean over bins, by rows, of the distance between mean confidence and share right.
    """
    confidence = chances.max(axis=1)
    right = np.asarray(classes)[chances.argmax(axis=1)] == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for one in np.unique(bins):
        inside = bins == one
        error += float(np.mean(inside)) * abs(
            float(confidence[inside].mean()) - float(right[inside].mean())
        )
    return error
