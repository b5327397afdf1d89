"""Rows of numbers out of blocks of text: fast where they are sound, exact where they are not."""

import re
from pathlib import Path

import numpy as np

from sensors.recordings.dialect import Dialect
from sensors.recordings.fields import BLANKS, parse_number, split_fields
from sensors.recordings.guard import load_library
from sensors.recordings.line_blocks import Block
from sensors.recordings.rolling import Chunk, Fault

_SPACES = re.compile(rb"[ \t]+")
_EDGES = re.compile(rb"^ | $", re.MULTILINE)


def parse_block(path: Path, block: Block, dialect: Dialect, first: int) -> Chunk:
    """Turn a block of lines into rows.

    Parameters
    ----------
    path : Path
        The file, for messages.
    block : Block
        Its lines.
    dialect : Dialect
        Their layout; lines before its first are passed over.
    first : int
        Index of the block's first row.
    """
    skipped = max(0, dialect.first_line - block.line)
    data = block.data.split(b"\n", skipped)[-1] if skipped else block.data
    if not data or data.isspace():
        return Chunk(first, 0, {name: np.empty(0) for name in dialect.names.values()})
    return _fast(data, dialect, first) or _exact(path, data, dialect, first, block.line + skipped)


def _fast(data: bytes, dialect: Dialect, first: int) -> Chunk | None:
    """Parse rows that all have the usual width and hold numbers alone; None for others."""
    arrow, reader = load_library("pyarrow"), load_library("pyarrow.csv")
    if dialect.delimiter == " ":
        data = _EDGES.sub(b"", _SPACES.sub(b" ", data))
    columns = [str(at) for at in range(dialect.width)]
    wanted = [str(at) for at in dialect.names]
    try:
        table = reader.read_csv(
            arrow.BufferReader(data),
            reader.ReadOptions(column_names=columns, use_threads=False, block_size=len(data) + 1),
            reader.ParseOptions(delimiter=dialect.delimiter, quote_char=False),
            reader.ConvertOptions(
                column_types=dict.fromkeys(wanted, arrow.float64()),
                include_columns=wanted,
                null_values=list(BLANKS),
                decimal_point=dialect.decimal,
            ),
        )
    except arrow.ArrowInvalid:
        return None
    values = {name: table.column(str(at)).to_numpy() for at, name in dialect.names.items()}
    return Chunk(first, table.num_rows, values)


def _exact(path: Path, data: bytes, dialect: Dialect, first: int, line: int) -> Chunk:
    """Parse line by line, noting the first place in each column that holds no number."""
    values: dict[str, list[float]] = {name: [] for name in dialect.names.values()}
    faults: dict[str, Fault] = {}
    row = 0
    for number, text in enumerate(data.decode("latin-1").split("\n"), line):
        if not text.strip():
            continue
        fields = split_fields(text, dialect.delimiter)
        for at, name in dialect.names.items():
            value = parse_number(fields[at], dialect.decimal) if at < len(fields) else None
            if value is None and name not in faults:
                faults[name] = Fault(row, _complaint(path, number, name, fields[at : at + 1]))
            values[name].append(np.nan if value is None else value)
        row += 1
    arrays = {name: np.array(column, np.float64) for name, column in values.items()}
    return Chunk(first, row, arrays, faults)


def _complaint(path: Path, line: int, name: str, found: list[str]) -> str:
    if not found:
        return (
            f"{path}: line {line} ends before column {name!r}; the row is cut short: complete or "
            "remove it"
        )
    return (
        f"{path}: line {line}, column {name!r}: {found[0].strip()[:40]!r} is not a number; correct "
        "or remove the line, or state the file's header, delimiter and decimal mark"
    )
