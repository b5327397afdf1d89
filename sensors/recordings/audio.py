"""WAV and FLAC, through libsndfile: streamed, integers as a fraction of full scale.

An integer converter's limits are then -1 and 1 less one step, which is how clipping shows.
"""

import struct
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sensors.errors import RecordingError
from sensors.recordings.arrays import FloatType
from sensors.recordings.guard import Untyped, guarded, load_library, missing_channel
from sensors.recordings.source import Column, Samples

BLOCK_FRAMES = 1 << 18
# Sizes that writers leave in a header when they could not know the length beforehand.
UNKNOWN_SIZES = (0, 0x7FFFFFFF, 0xFFFFFFFF)


def open_audio(path: Path) -> "AudioSource":
    """Open a WAV or FLAC file.

    Raises
    ------
    RecordingError
        The file is damaged or cut short.
    MissingDependency
        soundfile is not installed.
    """
    soundfile = load_library("soundfile")
    damage = (soundfile.SoundFileError, ValueError, TypeError, OSError, OverflowError, MemoryError)
    check_length(path)
    with ExitStack() as stack:
        with guarded(path, "audio", *damage):
            file = stack.enter_context(soundfile.SoundFile(path))
        source = AudioSource(path, file, damage)
        stack.pop_all()
    return source


class AudioSource:
    """An open audio file; columns are its channels ``"0"``, ``"1"`` ..."""

    def __init__(self, path: Path, file: Untyped, damage: tuple[type[Exception], ...]) -> None:
        self.path = path
        self.scalars = MappingProxyType[str, float]({})
        self._file, self._damage = file, damage
        self._frames: int = file.frames
        # Float32 holds 24 bits exactly; more needs float64.
        wide = file.subtype in ("PCM_32", "DOUBLE")
        self._dtype: FloatType = np.dtype(np.float64 if wide else np.float32)
        self._held: tuple[int, int, Samples] = (0, 0, np.empty((0, file.channels), self._dtype))
        self.columns = tuple(
            Column(str(index), self._frames, float(file.samplerate), "FS")
            for index in range(file.channels)
        )

    def read(self, column: str, start: int, stop: int) -> Samples:
        """Return samples ``[start, stop)`` of a channel, fewer at the end."""
        names = [known.name for known in self.columns]
        if column not in names:
            raise missing_channel(self.path, column, names)
        stop = min(stop, self._frames)
        if stop <= start:
            return np.empty(0, self._dtype)
        # Channels are read in turn over the same window, and lie interleaved in the file.
        if self._held[:2] != (start, stop):
            with guarded(self.path, "audio", *self._damage):
                self._held = (start, stop, self._frames_between(start, stop))
        return self._held[2][:, names.index(column)].copy()

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _frames_between(self, start: int, stop: int) -> Samples:
        self._file.seek(start)
        # In blocks, so that a false length in the header asks for no false amount of memory.
        blocks: list[Samples] = []
        for at in range(start, stop, BLOCK_FRAMES):
            wanted = min(BLOCK_FRAMES, stop - at)
            block = self._file.read(wanted, dtype=self._dtype.name, always_2d=True)
            if len(block) < wanted:
                raise RecordingError(
                    f"{self.path}: ends at sample {at + len(block)} of the {self._frames} it "
                    "declares; it is cut short or damaged: copy it again from its source"
                )
            blocks.append(block)
        return np.concatenate(blocks)


def check_length(path: Path) -> None:
    """Raise RecordingError where a WAV file is shorter than its header says.

    libsndfile would read what is there in silence.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) not in (b"RIFF", b"RIFX"):
            return
        file.seek(0)
        order = "<" if file.read(4) == b"RIFF" else ">"
        file.seek(12)
        while len(tag := file.read(8)) == 8:
            name, length = struct.unpack(order + "4sI", tag)
            if name == b"data":
                there = size - file.tell()
                if length > there and length not in UNKNOWN_SIZES:
                    raise RecordingError(
                        f"{path}: its header declares {length} bytes of samples but {there} are "
                        "there; the file is cut short: copy it again from its source"
                    )
                return
            file.seek(length + length % 2, 1)
