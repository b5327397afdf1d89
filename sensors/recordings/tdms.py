"""National Instruments TDMS: streamed, rate from each channel's waveform properties."""

import logging
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sensors.errors import RecordingError
from sensors.recordings.arrays import float_type
from sensors.recordings.guard import Untyped, guarded, load_library, missing_channel
from sensors.recordings.source import Column, Samples

DAMAGE = (
    *(struct.error, ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError),
    *(ArithmeticError, AssertionError, EOFError, OSError, MemoryError),
)
# Writers leave 0 where they set no increment; less than this is no converter's either.
MIN_INCREMENT_S = 1e-9


def open_tdms(path: Path) -> "TdmsSource":
    """Open a TDMS file.

    Raises
    ------
    RecordingError
        The file is damaged or cut short, or holds no series.
    MissingDependency
        nptdms is not installed.
    """
    nptdms = load_library("nptdms")
    # What it would log as a warning, and more, is raised as an error here.
    nptdms.log.log_manager.set_level(logging.CRITICAL)
    with ExitStack() as stack:
        with guarded(path, "TDMS", *DAMAGE):
            # Given a name, nptdms leaves the file open when it fails.
            file = stack.enter_context(path.open("rb"))
            source = TdmsSource(path, nptdms.TdmsFile.open(file), file.close)
        stack.pop_all()
    return source


class TdmsSource:
    """An open TDMS file; columns are named ``group/channel``."""

    def __init__(self, path: Path, file: Untyped, close: Callable[[], None]) -> None:
        self.path = path
        self.close = close
        found = {f"{c.group_name}/{c.name}": c for g in file.groups() for c in g.channels()}
        self._channels = {name: c for name, c in found.items() if _numeric(c)}
        self.scalars: Mapping[str, float] = MappingProxyType(dict(_scalars(file)))
        self.columns = tuple(_column(name, c) for name, c in self._channels.items())
        if file.file_status.incomplete_final_segment:
            raise RecordingError(
                f"{path}: its last segment is incomplete; the file is cut short: copy it again "
                "from its source, or save it anew from the program that recorded it"
            )
        if not self.columns:
            raise RecordingError(f"{path}: holds no numeric channel; nothing can be read from it")

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return samples ``[start, stop)`` of a channel, fewer at the end."""
        if column not in self._channels:
            raise missing_channel(self.path, column, self._channels)
        channel = self._channels[column]
        stop = min(stop, len(channel))
        if stop <= start:
            return np.empty(0, float_type(channel.dtype))
        with guarded(self.path, "TDMS", *DAMAGE):
            values = np.asarray(channel.read_data(offset=start, length=stop - start))
            if values.size != stop - start:
                raise ValueError(f"channel {column!r} ends before its declared length")
            return np.asarray(values, float_type(values.dtype))


def _numeric(channel: Untyped) -> bool:
    return channel.dtype is not None and np.dtype(channel.dtype).kind in "biuf"


def _column(name: str, channel: Untyped) -> Column:
    increment_s = channel.properties.get("wf_increment")
    unit = channel.properties.get("unit_string")
    known = isinstance(increment_s, int | float) and MIN_INCREMENT_S <= increment_s < np.inf
    rate_hz = 1.0 / increment_s if known else None
    return Column(name, len(channel), rate_hz, str(unit) if unit else None)


def _scalars(file: Untyped) -> Iterator[tuple[str, float]]:
    """Yield the numeric properties of the file and its groups."""
    owners = [("", file.properties), *((f"{g.name}.", g.properties) for g in file.groups())]
    for prefix, properties in owners:
        for name, value in properties.items():
            if isinstance(value, int | float | np.number):
                yield prefix + name, float(value)
