"""An hour of reports as one row: how many, and lowest, mean and highest of every feature.

Aggregates merge, so an hour may be taken in pieces, and a late report joins it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.store.rows import Row

HOUR_NS = 3600 * 10**9
FIRST_NS = -(2**63)
FloatArray = npt.NDArray[Any]


def hour_of(t0_ns: int) -> int:
    """Return the start of the hour of a window, and of the first one the first that fits."""
    return max(t0_ns // HOUR_NS * HOUR_NS, FIRST_NS)


def aggregate(reports: Sequence[Row]) -> Row:
    """Return the aggregate of rows of reports of one motor, specification and hour."""
    width = len(reports[0]["features"])
    alike = [row["features"] for row in reports if len(row["features"]) == width]
    values = np.frombuffer(b"".join(alike), "<f4").reshape(len(alike), -1).astype(float)
    counts, lows, means, highs = _summary(values)
    scores = [row["probability"] for row in reports if row["probability"] is not None]
    return {
        "motor_id": reports[0]["motor_id"],
        "spec_id": reports[0]["spec_id"],
        "hour_ns": hour_of(reports[0]["t0_ns"]),
        "reports": len(reports),
        **_packed(counts, lows, means, highs),
        "scored": len(scores),
        "probability_low": min(scores, default=None),
        "probability_mean": sum(scores) / len(scores) if scores else None,
        "probability_high": max(scores, default=None),
    }


def merge(one: Row, other: Row) -> Row:
    """Return the aggregate of what two aggregates of the same hour stand for."""
    if len(one["counts"]) != len(other["counts"]):
        return one | {"reports": one["reports"] + other["reports"]}
    a, b = _unpacked(one), _unpacked(other)
    counts = a["counts"] + b["counts"]
    means = _mean(a["means"], a["counts"], b["means"], b["counts"])
    lows, highs = np.fmin(a["lows"], b["lows"]), np.fmax(a["highs"], b["highs"])
    return (
        one
        | {"reports": one["reports"] + other["reports"], "scored": one["scored"] + other["scored"]}
        | _packed(counts, lows, means, highs)
        | _merged_scores(one, other)
    )


def _summary(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    usable = ~np.isnan(values)
    counts = usable.sum(axis=0).astype(float)
    sums = np.where(usable, values, 0.0).sum(axis=0)
    means = np.divide(sums, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    return counts, np.fmin.reduce(values), means, np.fmax.reduce(values)


def _mean(a: FloatArray, n: FloatArray, b: FloatArray, m: FloatArray) -> FloatArray:
    total = np.where(n > 0, a * n, 0.0) + np.where(m > 0, b * m, 0.0)
    mean: FloatArray = np.divide(total, n + m, out=np.full(total.shape, np.nan), where=n + m > 0)
    return mean


def _merged_scores(one: Row, other: Row) -> Row:
    scored = [row for row in (one, other) if row["scored"]]
    count = sum(row["scored"] for row in scored)
    weighted = sum(row["probability_mean"] * row["scored"] for row in scored)
    return {
        "probability_low": min((row["probability_low"] for row in scored), default=None),
        "probability_mean": weighted / count if count else None,
        "probability_high": max((row["probability_high"] for row in scored), default=None),
    }


def _packed(counts: FloatArray, lows: FloatArray, means: FloatArray, highs: FloatArray) -> Row:
    return {
        "counts": counts.astype("<u4").tobytes(),
        "lows": lows.astype("<f4").tobytes(),
        "means": means.astype("<f4").tobytes(),
        "highs": highs.astype("<f4").tobytes(),
    }


def _unpacked(row: Row) -> dict[str, Any]:
    parts = {"counts": "<u4", "lows": "<f4", "means": "<f4", "highs": "<f4"}
    return {name: np.frombuffer(row[name], kind).astype(float) for name, kind in parts.items()}
