"""Runs of equal value in a trend, and the gaps between its bins."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.report.trend import TrendTable

GAP = 3.0
"""Bins further apart than this many times their usual distance have a gap between them."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of time of one value."""

    value: int
    t0_ns: int
    t1_ns: int


def runs(table: TrendTable, values: npt.NDArray[np.float64]) -> tuple[Run, ...]:
    """Join neighbouring bins of equal value, but not across gaps.

    Parameters
    ----------
    table : TrendTable
        Of m bins.
    values : float64 array, shape (m,)
        Whole numbers.
    """
    whole = values.astype(np.int64)
    changes = np.diff(whole) != 0
    starts = np.flatnonzero(np.concatenate([[True], changes | gaps(table)]))
    stops = np.append(starts[1:], whole.size)
    return tuple(
        Run(int(whole[a]), int(table.t0_ns[a]), _end(table, int(b)))
        for a, b in zip(starts, stops, strict=True)
    )


def _end(table: TrendTable, stop: int) -> int:
    """End of a run: where the next bin begins, unless there is a gap or nothing after it."""
    end = int(table.t1_ns[stop - 1])
    if stop == len(table):
        return end
    return end if gaps(table)[stop - 1] else int(table.t0_ns[stop])


def gaps(table: TrendTable) -> npt.NDArray[np.bool_]:
    """Mark, shape (m - 1,), where the next bin begins much later than usual."""
    steps = np.diff(table.t0_ns.astype(np.float64))
    usual = float(np.median(steps)) if steps.size else 0.0
    apart: npt.NDArray[np.bool_] = steps > GAP * max(usual, 1.0)
    return apart


def broken(
    table: TrendTable, *columns: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], ...]:
    """Return columns of shape (m,) with a NaN in every gap, where a drawn line then breaks."""
    at = np.flatnonzero(gaps(table)) + 1
    return tuple(np.insert(column, at, np.nan) for column in columns)
