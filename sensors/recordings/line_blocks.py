"""Text files of any size as blocks of whole lines, gzip undone on the way."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

from sensors.errors import RecordingError
from sensors.recordings.guard import guarded

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 1 << 22
GZIP_MAGIC = b"\x1f\x8b"
NEWLINE = b"\n"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# ValueError: the file is closed.
DAMAGE = (OSError, EOFError, zlib.error, ValueError)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a text file.

    Attributes
    ----------
    offset : int
        Where it starts in the (unpacked) text.
    size : int
        How many bytes of it these lines take.
    line : int
        Number of its first line, from 1.
    data : bytes
        The lines, each ending in a line feed alone.
    """

    offset: int
    size: int
    line: int
    data: bytes

    @property
    def lines(self) -> int:
        """How many lines these are."""
        return self.data.count(b"\n")


def open_text(path: Path) -> BufferedIOBase:
    """Open a plain or gzip-compressed file for reading text; both can seek."""
    with guarded(path, "text", *DAMAGE):
        with path.open("rb") as file:
            packed = file.read(2) == GZIP_MAGIC
        return gzip.open(path, "rb") if packed else path.open("rb")


def line_blocks(
    path: Path, file: BufferedIOBase, offset: int = 0, line: int = 1
) -> Iterator[Block]:
    """Yield blocks of whole lines from where `file` stands: `offset`, the start of `line`.

    Raises
    ------
    RecordingError
        The text holds null bytes or endless lines, or its compression is damaged.
    """
    rest = b""
    while True:
        with guarded(path, "text", *DAMAGE):
            fresh = file.read(BLOCK_BYTES)
        if b"\0" in fresh:
            raise RecordingError(
                f"{path}: line {line + rest.count(NEWLINE)} or a later one holds null bytes: the "
                "file is binary or in part was never written: copy it again from its source"
            )
        cut = fresh.rfind(NEWLINE) + 1 if fresh else len(rest)
        whole, rest = (rest + fresh[:cut], fresh[cut:]) if cut else (b"", rest + fresh)
        if len(rest) > MAX_LINE_BYTES:
            raise RecordingError(
                f"{path}: line {line} is longer than {MAX_LINE_BYTES >> 20} MB: this is no table "
                "of numbers with a row a line; give a file of another format"
            )
        if whole:
            block = Block(offset, len(whole), line, _plain(whole, offset == 0))
            yield block
            offset, line = offset + block.size, line + block.lines
        if not fresh:
            return


def _plain(lines: bytes, at_start: bool) -> bytes:
    """Return lines that end in a line feed alone, without a byte order mark."""
    if at_start:
        lines = lines.removeprefix(BYTE_ORDER_MARK)
    if b"\r" in lines:
        lines = lines.replace(b"\r\n", NEWLINE).replace(b"\r", NEWLINE)
    return lines if lines.endswith(NEWLINE) else lines + NEWLINE
