"""Hexadecimal dumps of a two-channel converter, as HFHAD writes appliance current and voltage.

A line ``FFFFFFFF`` marks the start; then pairs of 16-bit little-endian counts, in lines of any
length. Columns ``"0"`` and ``"1"`` are the counts as they stand.
"""

from collections.abc import Iterator, Mapping
from io import BufferedIOBase
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sensors.errors import RecordingError
from sensors.recordings.guard import guarded, missing_channel
from sensors.recordings.line_blocks import DAMAGE, Block, line_blocks, open_text
from sensors.recordings.rolling import Chunk, RollingWindow
from sensors.recordings.source import Column, Samples

START = b"FFFFFFFF"
NAMES = ("0", "1")
PAIR_BYTES = 4


def open_hexdump(path: Path) -> "HexDumpSource":
    """Open a hexadecimal dump."""
    return HexDumpSource(path, open_text(path))


class HexDumpSource:
    """An open dump; how many samples it has is known only at its end."""

    def __init__(self, path: Path, file: BufferedIOBase) -> None:
        self.path = path
        self.columns = tuple(Column(name, None, None, None) for name in NAMES)
        self.scalars: Mapping[str, float] = MappingProxyType({})
        self._file = file
        self._window = RollingWindow(self._chunks_from)

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return samples ``[start, stop)`` of a channel, fewer at the end."""
        if column not in NAMES:
            raise missing_channel(self.path, column, NAMES)
        return self._window.read(column, start, stop)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _chunks_from(self, _row: int) -> Iterator[Chunk]:
        with guarded(self.path, "text", *DAMAGE):
            self._file.seek(0)
        first, rest = 0, b""
        for block in line_blocks(self.path, self._file):
            content = rest + b"".join(self._bytes(block))
            whole = len(content) - len(content) % PAIR_BYTES
            rest = content[whole:]
            pairs = np.frombuffer(content[:whole], "<i2").reshape(-1, len(NAMES))
            values = pairs.astype(np.float32)
            yield Chunk(first, len(pairs), {name: values[:, i] for i, name in enumerate(NAMES)})
            first += len(pairs)
        if rest:
            raise RecordingError(
                f"{self.path}: ends within a pair of samples, at sample {first}; the file is cut "
                "short: copy it again from its source"
            )

    def _bytes(self, block: Block) -> Iterator[bytes]:
        for number, line in enumerate(block.data.split(b"\n"), block.line):
            if number == 1:
                continue  # the mark
            try:
                yield bytes.fromhex(line.decode("ascii"))
            except ValueError as error:
                raise RecordingError(
                    f"{self.path}: line {number} is not hexadecimal ({error}); the file is "
                    "damaged: copy it again from its source"
                ) from error
