"""A recording: one motor's signals over one run, as files and what is known about them.

`Recording` is made by `library.load_recordings` without reading any samples; `Recording.open`
gives them piece by piece, scaled to SI, so a recording larger than memory streams.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType

import numpy as np

from sensors.capture import Channel, Clock, FloatArray
from sensors.conditions import Condition
from sensors.motor import Motor
from sensors.recordings.opening import open_source
from sensors.recordings.source import Column, ReadOptions, Source

# Enough of a file's ends to tell two recordings of equal length apart.
ENDS_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Track:
    """Where one channel's samples are, and how they become SI: ``raw * scale + offset``."""

    channel: Channel
    column: str
    rate_hz: float
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One uninterrupted piece of a recording.

    Attributes
    ----------
    t0_ns : int
        Time of its first sample.
    path : Path
        The file.
    start : int
        Its first sample in every column of the file.
    samples : int or None
        Its length in samples; None reaches to the end of the file.
    """

    t0_ns: int
    path: Path
    start: int = 0
    samples: int | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One motor's signals over one run, and what is known about them.

    Attributes
    ----------
    recording_id : str
        Digest of the content and of how it is read; a file's name or place does not matter.
    path : Path
        The file, or the folder of a series.
    title : str
        Path within the data set.
    motor : Motor
        Whose signals these are.
    unit_id : str or None
        The physical bearing or machine: the unit of splitting.
    group : str or None
        The rig.
    labels : frozenset of Condition or None
        Known conditions; empty is known to be healthy, None is unlabelled.
    severity : float or None
        Grade of the fault in the data set's own measure.
    run_to_failure : bool
        The recording ends with the end of its unit's life.
    speed_rpm, load : float or None
        Declared speed, and load as a fraction of rated.
    clock : str
        ``utc`` or ``unknown`` (time then starts at epoch 0).
    tracks : tuple of Track
        Channels with rate and place.
    segments : tuple of Segment
        Uninterrupted pieces in order of time.
    options : ReadOptions
        How to read delimited text.
    note : str
        What a user must know.
    """

    recording_id: str
    path: Path
    title: str
    motor: Motor
    unit_id: str | None
    group: str | None
    labels: frozenset[Condition] | None
    severity: float | None
    run_to_failure: bool
    speed_rpm: float | None
    load: float | None
    clock: Clock
    tracks: tuple[Track, ...]
    segments: tuple[Segment, ...]
    options: ReadOptions
    note: str

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels, as every capture of this recording names them."""
        return tuple(track.channel for track in self.tracks)

    def open(self) -> "OpenRecording":
        """Open for reading; use as a context manager."""
        return OpenRecording(self)


class OpenRecording:
    """Samples of a recording, slice by slice; one file is open at a time."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._source: Source | None = None

    def __enter__(self) -> "OpenRecording":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Uninterrupted pieces in order of time."""
        return self.recording.segments

    @property
    def duration_s(self) -> float | None:
        """Time from the first to the last sample; None where only reading would tell."""
        first, last = self.segments[0], self.segments[-1]
        lengths = [self._length_s(last, track) for track in self.recording.tracks]
        known = [length for length in lengths if length is not None]
        return (last.t0_ns - first.t0_ns) / 1e9 + max(known) if known else None

    @property
    def last_segment_s(self) -> float | None:
        """Length of the last piece by its fastest channel, which decides where windows end."""
        fastest = max(self.recording.tracks, key=lambda track: track.rate_hz)
        return self._length_s(self.segments[-1], fastest)

    def read(self, segment: Segment, track: Track, start: int, stop: int) -> FloatArray:
        """Return samples ``[start, stop)`` of a segment in SI, fewer at its end."""
        if segment.samples is not None:
            stop = min(stop, segment.samples)
        if stop <= start:
            return np.empty(0, np.float32)
        source = self._open(segment.path)
        raw = source.read(track.column, segment.start + start, segment.start + stop)
        # What float32 cannot hold becomes infinite, which marks a sample as not usable.
        with np.errstate(over="ignore", invalid="ignore"):
            if track.scale == 1.0 and track.offset == 0.0:
                return raw.astype(np.float32, copy=False)
            return (raw.astype(np.float64) * track.scale + track.offset).astype(np.float32)

    def close(self) -> None:
        """Close the file that is open; a later read opens it anew."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def _open(self, path: Path) -> Source:
        if self._source is None or self._source.path != path:
            self.close()
            self._source = open_source(path, self.recording.options)
        return self._source

    def _length_s(self, segment: Segment, track: Track) -> float | None:
        samples = segment.samples
        if samples is None:
            samples = _column(self._open(segment.path).columns, track.column).samples
        return None if samples is None else samples / track.rate_hz


def recording_id(segments: Iterable[Segment], tracks: Iterable[Track]) -> str:
    """Digest sizes and both ends of the files, and how their columns are read.

    A renamed or moved file keeps its identity; another scale or rate is another recording.
    """
    digest = sha256()
    for path in dict.fromkeys(segment.path for segment in segments):
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(ENDS_BYTES)
            file.seek(max(0, size - ENDS_BYTES))
            digest.update(b"%d:" % size + head + file.read())
    for track in tracks:
        digest.update(repr(track).encode())
    return digest.hexdigest()[:16]


def _column(columns: Iterable[Column], name: str) -> Column:
    return next(column for column in columns if column.name == name)
