"""Reading what can only be read in order as if it could be read anywhere.

Formats without an index (text, compressed streams) give chunks of rows from the start on.
`RollingWindow` holds just the chunks that the current slice touches; going back restarts.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from sensors.errors import RecordingError
from sensors.recordings.source import Samples


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands in a column's place at `row` of a chunk where a number should."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows of every column.

    Attributes
    ----------
    first : int
        Index of its first row in the file.
    rows : int
        How many.
    columns : mapping of str to array, shape (rows,)
        The values.
    faults : mapping of str to Fault
        First bad value of a column; reading up to it is sound, past it is not.
    """

    first: int
    rows: int
    columns: Mapping[str, Samples]
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Index after the last row."""
        return self.first + self.rows

    def take(self, column: str, start: int, stop: int) -> Samples:
        """Return the part of rows ``[start, stop)`` that lies in this chunk."""
        start, stop = max(start, self.first) - self.first, min(stop, self.end) - self.first
        fault = self.faults.get(column)
        if fault is not None and fault.row < stop:
            raise RecordingError(fault.message)
        return self.columns[column][start:stop]


ChunksFrom = Callable[[int], Iterator[Chunk]]


class RollingWindow:
    """A slice reader over chunks that come in order.

    Parameters
    ----------
    chunks_from : callable
        ``chunks_from(row)`` starts anew and yields chunks in order, the first of which begins
        at or before `row`.
    """

    def __init__(self, chunks_from: ChunksFrom) -> None:
        self._chunks_from = chunks_from
        self._held: deque[Chunk] = deque()
        self._stream: Iterator[Chunk] | None = None
        self._end = 0

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return rows ``[start, stop)`` of a column, fewer at the end."""
        if stop <= start:
            return np.empty(0, np.float64)
        first = self._held[0].first if self._held else self._end
        if self._stream is None or start < first:
            self._held.clear()
            self._stream, self._end = self._chunks_from(start), 0
        while self._held and self._held[0].end <= start:
            self._held.popleft()
        while self._end < stop and (chunk := self._advance()) is not None:
            if chunk.end > start:
                self._held.append(chunk)
        pieces = [c.take(column, start, stop) for c in self._held if c.first < stop]
        return np.concatenate(pieces) if pieces else np.empty(0, np.float64)

    def _advance(self) -> Chunk | None:
        # A stream that raises is spent: without it the next read starts anew and fails again,
        # instead of taking the failure for the end.
        stream, self._stream = self._stream, None
        chunk = None if stream is None else next(stream, None)
        self._stream = stream
        if chunk is not None:
            self._end = chunk.end
        return chunk
