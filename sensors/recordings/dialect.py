"""How one text file lays out its table, found from its first lines.

The delimiter and decimal mark are those that turn most fields into numbers; a first line with
text above numbers is a header; a column is read where most of its fields are numbers.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sensors.errors import RecordingError
from sensors.recordings.fields import parse_number, split_fields
from sensors.recordings.source import Column, ReadOptions
from sensors.recordings.time_column import is_time, rate_from_times

DELIMITERS = (",", ";", "\t", " ")
SNIFF_ROWS = 50
TIME_ROWS = 4096
"""Rounded times tell their rate the better the more there are of them."""
MAX_COLUMNS = 4096
_UNIT = re.compile(r"[\[(]([^\[\]()]+)[\])]$")

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The layout of a table in text.

    Attributes
    ----------
    delimiter, decimal : str
        Field separator and decimal mark.
    width : int
        Fields of a usual row.
    names : mapping of int to str
        The columns of numbers: position and name.
    first_line : int
        Number of the first row's line, from 1.
    rate_hz : float or None
        From a column of times.
    """

    delimiter: str
    decimal: str
    width: int
    names: dict[int, str]
    first_line: int
    rate_hz: float | None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of numbers, as a source declares them."""
        units = {name: _UNIT.search(name) for name in self.names.values()}
        return tuple(
            Column(name, None, self.rate_hz, None if unit is None else unit[1])
            for name, unit in units.items()
        )


def sniff(path: Path, lines: Sequence[str], options: ReadOptions) -> Dialect:
    """Find the layout of a table.

    Parameters
    ----------
    path : Path
        The file, for messages.
    lines : sequence of str
        Its first lines.
    options : ReadOptions
        What the user knows of it.

    Raises
    ------
    RecordingError
        There is no row, or no column of numbers.
    """
    numbered = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if number > options.skip_rows and line.strip()
    ][: SNIFF_ROWS + 1]
    if not numbered:
        raise RecordingError(f"{path}: holds no rows; give a recording with samples in it")
    texts = [line for _, line in numbered]
    delimiter, decimal = _separators(texts, options)
    rows = [split_fields(line, delimiter) for line in texts]
    named = _has_header(rows, decimal) if options.header is None else options.header
    header, body = (rows[0], rows[1:]) if named else ([], rows)
    if not body:
        raise RecordingError(f"{path}: holds a header but no rows; there is nothing to read")
    width = _usual_width(body)
    _check_width(path, header, body, width)
    names = _names(header, body, decimal, width)
    if not names:
        raise RecordingError(
            f"{path}: no column of numbers found; if it is a table, state its delimiter, decimal "
            "mark and the lines to skip before it"
        )
    timed = [split_fields(line, delimiter) for line in lines[numbered[named][0] - 1 :][:TIME_ROWS]]
    rate_hz = _rate_hz(header, timed, decimal) or _rate_hz(header, body, decimal)
    return Dialect(delimiter, decimal, width, names, numbered[named][0], rate_hz)


def _separators(lines: Sequence[str], options: ReadOptions) -> tuple[str, str]:
    """Return the delimiter and decimal mark under which most fields are numbers."""
    # The first line may be a header, which is text under any of them.
    probe = lines[1:] or lines
    pairs = [
        (delimiter, decimal)
        for delimiter in ([options.delimiter] if options.delimiter else DELIMITERS)
        for decimal in dict.fromkeys((options.decimal, ","))
        if delimiter != decimal
    ]

    def score(pair: tuple[str, str]) -> tuple[float, int]:
        rows = [split_fields(line, pair[0]) for line in probe]
        fields = [field for row in rows for field in row if field.strip()]
        numbers = sum(parse_number(field, pair[1]) is not None for field in fields)
        return numbers / max(1, len(fields)), _usual_width(rows)

    return max(pairs, key=score)


def _usual_width(rows: Rows) -> int:
    return Counter(len(row) for row in rows).most_common(1)[0][0]


def _has_header(rows: Rows, decimal: str) -> bool:
    """Whether the first row has text where the rows below have numbers."""
    first, body = rows[0], rows[1:]
    texts = [at for at, field in enumerate(first) if parse_number(field, decimal) is None]
    if not body:
        return len(texts) == len(first)
    return any(_is_numeric([row[at] for row in body if at < len(row)], decimal) for at in texts)


def _is_numeric(fields: Sequence[str], decimal: str) -> bool:
    written = [field for field in fields if field.strip()]
    numbers = sum(parse_number(field, decimal) is not None for field in written)
    return len(fields) > 0 and 2 * numbers >= len(written)


def _check_width(path: Path, header: Sequence[str], body: Rows, width: int) -> None:
    if max(width, len(header)) > MAX_COLUMNS:
        raise RecordingError(
            f"{path}: {max(width, len(header))} columns are more than {MAX_COLUMNS}: a recording "
            "has a row a sample; state its delimiter if it has another"
        )
    beyond = [field for row in body if len(row) == width for field in row[len(header) :]]
    if header and any(field.strip() for field in beyond):
        raise RecordingError(
            f"{path}: the header names {len(header)} columns but rows have {width}; give each a "
            "name, or skip the header and say there is none"
        )


def _names(header: Sequence[str], body: Rows, decimal: str, width: int) -> dict[int, str]:
    names: dict[int, str] = {}
    for at in range(min(width, len(header)) if header else width):
        fields = [row[at] for row in body if at < len(row)]
        name = header[at].strip().strip('"').strip() if header else str(at)
        blank = not any(field.strip() for field in fields)
        if not _is_numeric(fields, decimal) or (blank and (not header or not name)):
            continue
        taken = set(names.values())
        unique = name = name or str(at)
        for again in range(2, MAX_COLUMNS):
            if unique not in taken:
                break
            unique = f"{name} ({again})"
        names[at] = unique
    return names


def _rate_hz(header: Sequence[str], body: Rows, decimal: str) -> float | None:
    for at, name in enumerate(header):
        if is_time(name):
            return rate_from_times(name, [row[at] for row in body if at < len(row)], decimal)
    return None
