"""Archives of snapshots: one table in text a snapshot, joined in the archive's order.

Members are read from the stream and never unpacked to disk.
"""

import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from sensors.errors import RecordingError, RecordingTooLarge
from sensors.recordings.delimited import first_lines
from sensors.recordings.dialect import sniff
from sensors.recordings.guard import guarded, missing_channel
from sensors.recordings.line_blocks import line_blocks
from sensors.recordings.rolling import Chunk, RollingWindow
from sensors.recordings.source import ReadOptions, Samples
from sensors.recordings.text_rows import parse_block

SUFFIXES = (".csv", ".tsv", ".txt")
LIMIT_BYTES = 50_000_000
DAMAGE = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError, MemoryError)


def open_tar(path: Path, options: ReadOptions) -> "TarSource":
    """Open an archive of snapshots.

    Raises
    ------
    RecordingError
        It holds no table of numbers, or is damaged.
    MissingDependency
        pyarrow is not installed.
    """
    return TarSource(path, options)


class TarSource:
    """An archive of snapshots; the first one's layout and length are those of all."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.path = path
        member, content = next(_members(path), (path, b""))
        self._dialect = sniff(member, first_lines(member, io.BytesIO(content)), options)
        self._rows = sum(chunk.rows for chunk in self._chunks_of(member, content, 0))
        self.columns = self._dialect.columns
        self.scalars: Mapping[str, float] = MappingProxyType(
            {"snapshot_samples": float(self._rows)}
        )
        self._window = RollingWindow(self._chunks_from)

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return samples ``[start, stop)`` of a column, fewer at the end."""
        names = list(self._dialect.names.values())
        if column not in names:
            raise missing_channel(self.path, column, names)
        return self._window.read(column, start, stop)

    def close(self) -> None:
        """Do nothing: no file stays open between reads."""

    def _chunks_from(self, _row: int) -> Iterator[Chunk]:
        first = 0
        for member, content in _members(self.path):
            snapshot = first
            for chunk in self._chunks_of(member, content, first):
                first += chunk.rows
                yield chunk
            if first - snapshot != self._rows:
                raise RecordingError(
                    f"{member}: has {first - snapshot} rows, the first snapshot {self._rows}; "
                    "snapshots of one archive must have equal length: remove the odd one"
                )

    def _chunks_of(self, member: Path, content: bytes, first: int) -> Iterator[Chunk]:
        for block in line_blocks(member, io.BytesIO(content)):
            chunk = parse_block(member, block, self._dialect, first)
            first += chunk.rows
            yield chunk


def _members(path: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield the tables of an archive: their place in it and their text."""
    with guarded(path, "a tar archive", *DAMAGE), tarfile.open(path, "r|*") as archive:
        for member in archive:
            if not member.isfile() or not member.name.lower().endswith(SUFFIXES):
                continue
            if member.size > LIMIT_BYTES:
                raise RecordingTooLarge(
                    f"{path}: {member.name} is above {LIMIT_BYTES // 1_000_000} MB, too large to "
                    f"read inside an archive; unpack it first: tar -xf {path.name}"
                )
            content = archive.extractfile(member)
            if content is not None:
                yield path / member.name, content.read()
