"""CSV, TSV and their relatives, plain or gzip-compressed: streamed in blocks of lines."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from io import BufferedIOBase
from pathlib import Path
from types import MappingProxyType

from sensors.recordings.dialect import Dialect, sniff
from sensors.recordings.guard import guarded, missing_channel
from sensors.recordings.line_blocks import DAMAGE, line_blocks, open_text
from sensors.recordings.rolling import Chunk, RollingWindow
from sensors.recordings.source import ReadOptions, Samples
from sensors.recordings.text_rows import parse_block


def open_delimited(path: Path, options: ReadOptions) -> "DelimitedSource":
    """Open a table in text.

    Raises
    ------
    RecordingError
        It is no table of numbers, or damaged.
    MissingDependency
        pyarrow is not installed.
    """
    with ExitStack() as stack:
        file = stack.enter_context(open_text(path))
        dialect = sniff(path, first_lines(path, file), options)
        source = DelimitedSource(path, file, dialect)
        stack.pop_all()
    return source


def first_lines(path: Path, file: BufferedIOBase) -> list[str]:
    """Return the lines of a text's first block."""
    data = next((block.data for block in line_blocks(path, file)), b"")
    try:
        return data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return data.decode("latin-1").split("\n")


class DelimitedSource:
    """An open table in text; how many rows it has is known only at its end."""

    def __init__(self, path: Path, file: BufferedIOBase, dialect: Dialect) -> None:
        self.path = path
        self.columns = dialect.columns
        self.scalars: Mapping[str, float] = MappingProxyType({})
        self._file, self._dialect = file, dialect
        self._names = frozenset(dialect.names.values())
        # Where each block met so far starts: its row, offset and line.
        self._starts = [(0, 0, 1)]
        self._window = RollingWindow(self._chunks_from)

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return rows ``[start, stop)`` of a column, fewer at the end."""
        if column not in self._names:
            raise missing_channel(self.path, column, self._dialect.names.values())
        return self._window.read(column, start, stop)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _chunks_from(self, row: int) -> Iterator[Chunk]:
        first, offset, line = self._starts[bisect_right(self._starts, row, key=_row) - 1]
        with guarded(self.path, "text", *DAMAGE):
            self._file.seek(offset)
        for block in line_blocks(self.path, self._file, offset, line):
            if first > self._starts[-1][0]:
                self._starts.append((first, block.offset, block.line))
            chunk = parse_block(self.path, block, self._dialect, first)
            first += chunk.rows
            yield chunk


def _row(start: tuple[int, int, int]) -> int:
    return start[0]
