"""Parquet: streamed page by page, one pass a column."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType

from sensors.errors import RecordingError
from sensors.recordings.guard import Untyped, guarded, load_library, missing_channel
from sensors.recordings.rolling import Chunk, ChunksFrom, RollingWindow
from sensors.recordings.source import Column, Samples
from sensors.recordings.time_column import is_time, rate_from_times, rate_of

BATCH_ROWS = 1 << 16
TIME_ROWS = 4096
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
# Arrow's own errors are kinds of these.
DAMAGE = (ValueError, TypeError, KeyError, RuntimeError, OSError, OverflowError, MemoryError)


def open_parquet(path: Path) -> "ParquetSource":
    """Open a Parquet file.

    Raises
    ------
    RecordingError
        The file is damaged, or has no column of numbers.
    MissingDependency
        pyarrow is not installed.
    """
    parquet = load_library("pyarrow.parquet")
    with ExitStack() as stack:
        with guarded(path, "Parquet", *DAMAGE):
            # Without a buffer a whole column of a row group would be read at once.
            file = stack.enter_context(
                parquet.ParquetFile(path, buffer_size=BATCH_ROWS, pre_buffer=False)
            )
            source = ParquetSource(path, file)
        stack.pop_all()
    return source


class ParquetSource:
    """An open Parquet file; columns are its numeric fields."""

    def __init__(self, path: Path, file: Untyped) -> None:
        self.path = path
        self.scalars: Mapping[str, float] = MappingProxyType({})
        self._file = file
        groups = (file.metadata.row_group(at).num_rows for at in range(file.num_row_groups))
        self._group_starts = list(accumulate(groups, initial=0))
        types = {field.name: _target(field.type) for field in file.schema_arrow}
        self._windows = {
            name: RollingWindow(self._chunks(name, target))
            for name, target in types.items()
            if target is not None
        }
        rate_hz = self._rate_hz()
        self.columns = tuple(
            Column(name, file.metadata.num_rows, rate_hz, None) for name in self._windows
        )
        if not self.columns:
            raise RecordingError(f"{path}: has no column of numbers; nothing can be read from it")

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return rows ``[start, stop)`` of a column, fewer at the end."""
        if column not in self._windows:
            raise missing_channel(self.path, column, self._windows)
        with guarded(self.path, "Parquet", *DAMAGE):
            return self._windows[column].read(column, start, stop)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _chunks(self, name: str, target: Untyped) -> ChunksFrom:
        def chunks_from(row: int) -> Iterator[Chunk]:
            group = min(bisect_right(self._group_starts, row), len(self._group_starts) - 1) - 1
            first = self._group_starts[max(0, group)]
            groups = list(range(max(0, group), self._file.num_row_groups))
            for batch in self._file.iter_batches(BATCH_ROWS, groups, [name], use_threads=False):
                values = batch.column(0).cast(target, safe=False).to_numpy(zero_copy_only=False)
                yield Chunk(first, len(values), {name: values})
                first += len(values)

        return chunks_from

    def _rate_hz(self) -> float | None:
        types = load_library("pyarrow").types
        for field in self._file.schema_arrow:
            if types.is_timestamp(field.type) or is_time(field.name):
                head = next(self._file.iter_batches(TIME_ROWS, columns=[field.name]), None)
                return None if head is None else _rate_of(field, head.column(0))
        return None


def _rate_of(field: Untyped, times: Untyped) -> float | None:
    arrow = load_library("pyarrow")
    if not arrow.types.is_timestamp(field.type):
        return rate_from_times(field.name, [str(time) for time in times.to_pylist()], ".")
    counts = times.cast(arrow.int64()).to_numpy(zero_copy_only=False)
    # From the first on: as seconds since 1970 they would lose what tells them apart.
    return rate_of((counts - counts[0]) * SECONDS[field.type.unit])


def _target(kind: Untyped) -> Untyped:
    """Return the float type that holds an Arrow type, None where it holds no numbers."""
    arrow = load_library("pyarrow")
    types = arrow.types
    if types.is_float16(kind) or types.is_float32(kind) or types.is_boolean(kind):
        return arrow.float32()
    if types.is_integer(kind):
        return arrow.float32() if kind.bit_width <= 16 else arrow.float64()
    return arrow.float64() if types.is_float64(kind) else None
