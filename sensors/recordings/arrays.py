"""Arrays as columns: what MATLAB, HDF5 and NumPy files have in common.

A recording array is ``(n,)``, ``(n, channels)`` or ``(channels, n)`` - the longer axis is
time - or snapshots ``(N, channels, n)``, read as one series per channel.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from sensors.errors import RecordingError
from sensors.recordings.guard import Untyped, guarded, missing_channel
from sensors.recordings.source import Column, Samples

# More series than this on the shorter axis are snapshots of one sensor, not sensors.
MAX_CHANNELS = 64
MAX_TEXT = 32

FloatType = np.dtype[np.float32 | np.float64]

Cut = Callable[[Untyped, int, int], npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class StoredArray:
    """A numeric array in a file.

    Attributes
    ----------
    name : str
        As the file names it.
    shape : tuple of int
        In C order, the last axis fastest.
    dtype : numpy dtype
        Type of its elements.
    load : callable
        Gives something that slices like an array; it may read lazily.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    load: Callable[[], Untyped]


@dataclass(frozen=True, slots=True)
class Series:
    """One column of a stored array."""

    name: str
    array: StoredArray
    samples: int
    cut: Cut
    snapshot_samples: int | None = None

    def read(self, start: int, stop: int) -> Samples:
        """Return samples ``[start, stop)`` as float32 where that holds them exactly."""
        stop = min(stop, self.samples)
        if stop <= start:
            return np.empty(0, dtype=float_type(self.array.dtype))
        values = self.cut(self.array.load(), start, stop)
        return np.array(values, dtype=float_type(self.array.dtype))


def float_type(dtype: np.dtype[Any]) -> FloatType:
    """Return the smaller float type that holds `dtype` without loss, at most float64."""
    return np.dtype(np.float32 if np.can_cast(dtype, np.float32, "safe") else np.float64)


def is_number(array: StoredArray) -> bool:
    """Whether the array is a single number: a speed, a rate."""
    return len(array.shape) != 1 and all(length == 1 for length in array.shape)


def number_in_text(codes: Iterable[int]) -> float | None:
    """Return the finite number that character codes spell, as MFPT writes its loads."""
    try:
        number = float("".join(chr(code) for code in islice(codes, MAX_TEXT)))
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def series_of(array: StoredArray) -> Iterator[Series]:
    """Yield the columns of an array; none where its shape is no recording's."""
    shape = array.shape
    if 0 in shape and len(shape) < 3:
        yield Series(array.name, array, 0, _slice)
    elif len(shape) == 1:
        yield Series(array.name, array, shape[0], _slice)
    elif len(shape) == 2 and min(shape) <= MAX_CHANNELS:
        cut = _column if shape[0] > shape[1] else _row
        for index in range(min(shape)):
            name = _indexed(array.name, index, min(shape))
            yield Series(name, array, max(shape), cut(index))
    elif len(shape) in (2, 3):
        snapshots, length = shape[0], shape[-1]
        channels = shape[1] if len(shape) == 3 else 1
        for index in range(channels if channels <= MAX_CHANNELS else 0):
            name = _indexed(array.name, index, channels)
            pick = (index,) if len(shape) == 3 else ()
            yield Series(name, array, snapshots * length, _snapshots(pick, length), length)


def _indexed(name: str, index: int, count: int) -> str:
    return name if count == 1 else f"{name}[{index}]"


def _slice(array: Untyped, start: int, stop: int) -> npt.NDArray[Any]:
    return np.asarray(array[start:stop])


def _column(index: int) -> Cut:
    return lambda array, start, stop: np.asarray(array[start:stop, index])


def _row(index: int) -> Cut:
    return lambda array, start, stop: np.asarray(array[index, start:stop])


def _snapshots(pick: tuple[int, ...], length: int) -> Cut:
    def cut(array: Untyped, start: int, stop: int) -> npt.NDArray[Any]:
        first, last = start // length, -(-stop // length)
        joined = np.asarray(array[(slice(first, last), *pick)]).reshape(-1)
        return joined[start - first * length : stop - first * length]

    return cut


class ArraySource:
    """A file of named arrays as a source of columns.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        Its format, for messages.
    arrays : iterable of StoredArray
        Its numeric arrays; single numbers become scalars.
    failures : tuple of exception types
        What loading may raise on damage.
    texts : mapping, optional
        Further scalars that the file holds as text.
    close : callable, optional
        Releases the file.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        arrays: Iterable[StoredArray],
        failures: tuple[type[Exception], ...],
        texts: Mapping[str, float] | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        self._kind, self._failures, self._close = kind, failures, close
        self._series: dict[str, Series] = {}
        scalars = dict(texts or {})
        for array in arrays:
            if is_number(array):
                with guarded(path, kind, *failures):
                    scalars[array.name] = float(np.asarray(array.load()).reshape(-1)[0])
                continue
            for series in series_of(array):
                self._series[series.name] = series
                if series.snapshot_samples is not None:
                    scalars[f"{array.name}.snapshot_samples"] = float(series.snapshot_samples)
        self.scalars: Mapping[str, float] = MappingProxyType(scalars)
        if not self._series:
            raise RecordingError(
                f"{path}: holds no numeric series; a recording needs at least one array of "
                "samples, (n,), (n, channels) or (snapshots, channels, n)"
            )
        self.columns = tuple(Column(s.name, s.samples, None, None) for s in self._series.values())

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return samples ``[start, stop)`` of a column, fewer at the end."""
        if column not in self._series:
            raise missing_channel(self.path, column, self._series)
        with guarded(self.path, self._kind, *self._failures):
            return self._series[column].read(start, stop)

    def close(self) -> None:
        """Release the file and what was loaded of it."""
        self._series.clear()
        self._close()
