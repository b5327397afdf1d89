"""Trends of any length in bounded memory: low, mean and high of each column in equal bins.

When the bins are full, neighbours are joined in pairs and every later bin holds twice as many
windows. Extremes survive every joining, so a short excursion stays visible over hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float64]
Instants = npt.NDArray[np.int64]

CAPACITY = 1500
"""Bins kept: about as many as a wide plot has pixels."""


@dataclass(frozen=True, slots=True)
class TrendTable:
    """What a trend holds at one moment.

    Attributes
    ----------
    t0_ns, t1_ns : int64 arrays, shape (m,)
        Start of the first and end of the last window of each bin.
    low, mean, high : float64 arrays, shape (m, k)
        NaN where no window of the bin had a value.
    """

    t0_ns: Instants
    t1_ns: Instants
    low: Table
    mean: Table
    high: Table

    def __len__(self) -> int:
        """Return the number of bins."""
        return self.t0_ns.size

    @property
    def middle_ns(self) -> Table:
        """Middle of each bin, shape (m,), to the microsecond: where it is drawn."""
        middle: Table = (self.t0_ns.astype(np.float64) + self.t1_ns) / 2
        return middle


class Trend:
    """Collects rows of `columns` values over time into at most `capacity` bins.

    Parameters
    ----------
    columns : int
        Values a row.
    capacity : int
        Most bins, an even number.
    """

    def __init__(self, columns: int, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._t0_ns = np.zeros(0, np.int64)
        self._t1_ns = np.zeros(0, np.int64)
        self._low = np.zeros((0, columns))
        self._high = np.zeros((0, columns))
        self._total = np.zeros((0, columns))
        self._count = np.zeros((0, columns), np.int64)
        self._bins = 0
        self._per_bin = 1
        self._in_last = 0

    def add(self, t0_ns: int, t1_ns: int, row: Sequence[float] | Table) -> None:
        """Take one window's values into account; NaN is a value that is not there."""
        if self._bins == 0 or self._in_last == self._per_bin:
            self._open_bin(t0_ns)
        at = self._bins - 1
        values = np.asarray(row, np.float64)
        self._t1_ns[at] = t1_ns
        self._low[at] = np.fmin(self._low[at], values)
        self._high[at] = np.fmax(self._high[at], values)
        self._total[at] += np.nan_to_num(values, nan=0.0)
        self._count[at] += ~np.isnan(values)
        self._in_last += 1

    def table(self) -> TrendTable:
        """Return what was collected so far."""
        kept = slice(0, self._bins)
        with np.errstate(invalid="ignore"):
            mean = self._total[kept] / self._count[kept]
        return TrendTable(
            self._t0_ns[kept].copy(),
            self._t1_ns[kept].copy(),
            self._low[kept].copy(),
            mean,
            self._high[kept].copy(),
        )

    def _open_bin(self, t0_ns: int) -> None:
        if self._bins == self._capacity:
            self._join_pairs()
        if self._bins == self._t0_ns.size:
            self._grow(min(max(2 * self._bins, 16), self._capacity))
        self._t0_ns[self._bins] = t0_ns
        self._bins += 1
        self._in_last = 0

    def _grow(self, size: int) -> None:
        """Make room: a short replay should not cost what a long one does."""
        more = size - self._t0_ns.size
        rows = ((0, more), (0, 0))
        self._t0_ns = np.pad(self._t0_ns, (0, more))
        self._t1_ns = np.pad(self._t1_ns, (0, more))
        self._low = np.pad(self._low, rows, constant_values=np.nan)
        self._high = np.pad(self._high, rows, constant_values=np.nan)
        self._total = np.pad(self._total, rows)
        self._count = np.pad(self._count, rows)

    def _join_pairs(self) -> None:
        half = self._bins // 2
        self._t0_ns[:half] = self._t0_ns[0::2]
        self._t1_ns[:half] = self._t1_ns[1::2]
        self._low[:half] = np.fmin(self._low[0::2], self._low[1::2])
        self._high[:half] = np.fmax(self._high[0::2], self._high[1::2])
        self._total[:half] = self._total[0::2] + self._total[1::2]
        self._count[:half] = self._count[0::2] + self._count[1::2]
        self._low[half:], self._high[half:] = np.nan, np.nan
        self._total[half:], self._count[half:] = 0.0, 0
        self._bins, self._per_bin = half, 2 * self._per_bin


def coarsen(table: TrendTable, bins: int) -> TrendTable:
    """Join neighbouring bins until at most `bins` are left; extremes are kept."""
    per = -(-len(table) // bins)
    if per <= 1:
        return table
    starts = np.arange(0, len(table), per)
    stops = np.append(starts[1:], len(table))
    known = ~np.isnan(table.mean)
    total = np.add.reduceat(np.where(known, table.mean, 0.0), starts, axis=0)
    with np.errstate(invalid="ignore"):
        mean = total / np.add.reduceat(known, starts, axis=0, dtype=np.int64)
    return TrendTable(
        table.t0_ns[starts],
        table.t1_ns[stops - 1],
        np.fmin.reduceat(table.low, starts, axis=0),
        mean,
        np.fmax.reduceat(table.high, starts, axis=0),
    )
