"""What every recording format looks like from above: named columns read slice by slice.

A `Source` wraps one open file. It declares its columns and one-number variables at once and
hands out samples only when asked, so a recording larger than memory streams.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sensors.errors import BadConfig

Samples = npt.NDArray[np.float32 | np.float64]


@dataclass(frozen=True, slots=True)
class Column:
    """One series in a file, as the file itself declares it.

    Attributes
    ----------
    name : str
        MATLAB variable (struct fields dotted: ``bearing.gs``), table header or ``"0"``, ``"1"``
        where headerless, audio channel ``"0"``, TDMS ``group/channel``, array name; one column
        of a two-dimensional array is ``name[0]``.
    samples : int or None
        Length; None where only reading everything would tell (delimited text).
    rate_hz : float or None
        Sampling rate where the file declares it (audio header, TDMS increment, time column).
    unit : str or None
        Unit as the file writes it.
    """

    name: str
    samples: int | None
    rate_hz: float | None
    unit: str | None


class Source(Protocol):
    """One open recording file."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every series that can be read, in the file's order."""
        ...

    @property
    def scalars(self) -> Mapping[str, float]:
        """Variables that hold one number: a speed, a rate, a snapshot's length."""
        ...

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return samples ``[start, stop)`` of a column, fewer at the end of the file.

        Values are as stored (integer audio as a fraction of full scale). Reading forward is
        cheap and takes memory in proportion to the slice alone.

        Raises
        ------
        MissingChannel
            No column of that name.
        RecordingError
            The file cannot be read on: truncated, corrupt, or text among numbers.
        """
        ...

    def close(self) -> None:
        """Release the file; reading afterwards is an error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How to read what a file does not say itself; only delimited text needs any of it.

    Attributes
    ----------
    delimiter : str or None
        Field separator of delimited text; None looks at the first lines.
    header : bool or None
        Whether the first line names the columns; None looks.
    decimal : str
        Decimal mark, ``"."`` or ``","``; a comma is also found by itself where only that makes
        numbers.
    skip_rows : int
        Lines to pass over before the header or the first row.
    """

    delimiter: str | None = None
    header: bool | None = None
    decimal: str = "."
    skip_rows: int = 0

    def __post_init__(self) -> None:
        mark = self.delimiter
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in '"\r\n'):
            raise BadConfig(f"delimiter {mark!r} must be one ASCII character, such as ';'")
        if self.decimal not in (".", ",") or self.decimal == mark:
            raise BadConfig(
                f"decimal mark {self.decimal!r} must be '.' or ',' and not the delimiter too"
            )
        if self.skip_rows < 0:
            raise BadConfig(f"skip_rows = {self.skip_rows} must be 0 or more")
