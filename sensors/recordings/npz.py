"""NumPy archives: members stored plainly are read slice by slice, compressed ones whole.

Object arrays, which would need pickle, are passed over.
"""

import mmap
import os
import struct
import tokenize
import warnings
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt

from sensors.errors import RecordingTooLarge
from sensors.recordings.arrays import ArraySource, StoredArray
from sensors.recordings.guard import Untyped, guarded

KIND = "NPZ"
LIMIT_BYTES = 200_000_000
LOCAL_HEADER_BYTES = 30
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, SyntaxError),
    *(ValueError, TypeError, KeyError, RuntimeError, EOFError, OSError, OverflowError, MemoryError),
)


def open_npz(path: Path) -> ArraySource:
    """Open a NumPy archive.

    Raises
    ------
    RecordingError
        The file is damaged, or holds no series.
    """
    archive = _Archive(path)
    with guarded(path, KIND, *DAMAGE):
        arrays = list(archive.arrays())
    return ArraySource(path, KIND, arrays, DAMAGE, close=archive.close)


class _Series:
    """One plainly stored axis of samples: slices of it are read from the open file.

    A map of the file would cost its opening and a fault for each page, or count as memory in use.
    """

    def __init__(self, file: FileIO, samples: int, dtype: np.dtype[Any], offset: int) -> None:
        self._file, self._samples, self._dtype, self._offset = file, samples, dtype, offset

    def __getitem__(self, part: slice) -> npt.NDArray[Any]:
        start, stop, _ = part.indices(self._samples)
        values = np.empty(max(0, stop - start), self._dtype)
        left = values.view(np.uint8).data
        self._file.seek(self._offset + start * self._dtype.itemsize)
        while left.nbytes:
            got = self._file.readinto(left)
            if not got:
                raise EOFError(f"{left.nbytes} bytes of samples are missing")
            left = left[got:]
        return values


class _Archive:
    """The arrays of an archive, and those already unpacked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unpacked: dict[str, npt.NDArray[Any]] = {}
        self._file: FileIO | None = None
        self._shut: Callable[[], object] = lambda: None

    def close(self) -> None:
        """Close the file: reading what was opened of it is an error from now on."""
        if self._file is not None:
            # Its number may soon be another file's.
            self._file.close()
        self._shut()

    def arrays(self) -> Iterator[StoredArray]:
        with zipfile.ZipFile(self._path) as archive:
            for info in archive.infolist():
                if info.filename.endswith(".npy"):
                    with archive.open(info) as member:
                        yield from self._array(info, member)

    def _array(self, info: zipfile.ZipInfo, member: IO[bytes]) -> Iterator[StoredArray]:
        shape, fortran, dtype = _header(member)
        if dtype.kind not in "biuf":
            return
        declared = dtype.itemsize * int(np.prod(shape, dtype=object))
        if min(shape, default=0) < 0 or declared != info.file_size - member.tell():
            raise ValueError(f"{info.filename} declares {shape} of {dtype} but is not as long")
        if info.compress_type == zipfile.ZIP_STORED:
            offset = self._offset(info) + member.tell()
            order: Literal["F", "C"] = "F" if fortran else "C"

            def load() -> Untyped:
                if len(shape) == 1:
                    return _Series(self._opened(), shape[0], dtype, offset)
                # A fresh map each time: pages of an old one would count as memory in use.
                with self._path.open("rb") as file:
                    pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                return np.ndarray(shape, dtype, pages, offset, order=order)
        else:

            def load() -> Untyped:
                return self._unpack(info)

        yield StoredArray(info.filename.removesuffix(".npy"), shape, dtype, load)

    def _opened(self) -> FileIO:
        if self._file is None:
            number = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            self._file = FileIO(number, closefd=False)
            # Closed with the source, or with its last reference where nobody closes that.
            self._shut = weakref.finalize(self._file, os.close, number)
        return self._file

    def _offset(self, info: zipfile.ZipInfo) -> int:
        """Where a member's bytes begin, past a header of two variable parts."""
        with self._path.open("rb") as file:
            file.seek(info.header_offset + LOCAL_HEADER_BYTES - 4)
            name, extra = struct.unpack("<HH", file.read(4))
            return file.tell() + int(name) + int(extra)

    def _unpack(self, info: zipfile.ZipInfo) -> npt.NDArray[Any]:
        if info.filename not in self._unpacked:
            room = LIMIT_BYTES - sum(array.nbytes for array in self._unpacked.values())
            if info.file_size > room:
                raise too_large(self._path)
            with zipfile.ZipFile(self._path) as archive, archive.open(info) as member:
                shape, fortran, dtype = _header(member)
                values = np.frombuffer(member.read(), dtype)
            self._unpacked[info.filename] = values.reshape(shape, order="F" if fortran else "C")
        return self._unpacked[info.filename]


def too_large(path: Path) -> RecordingTooLarge:
    """Return the error for an archive that must be stored plainly to be read."""
    return RecordingTooLarge(
        f"{path}: a compressed NPZ cannot be read piece by piece, and this one unpacks to more "
        f"than {LIMIT_BYTES // 1_000_000} MB. Store it plainly, which streams; in Python: "
        f"import numpy; numpy.savez('{path.stem}_plain.npz', **numpy.load('{path.name}'))"
    )


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(member)
    with warnings.catch_warnings():
        # A damaged header makes the parser warn before it fails.
        warnings.simplefilter("ignore")
        if version == (1, 0):
            return npy.read_array_header_1_0(member)
        return npy.read_array_header_2_0(member)
