"""Which reader a recording file needs: by its first bytes, then by its name."""

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

from sensors.errors import RecordingError
from sensors.recordings.audio import open_audio
from sensors.recordings.delimited import open_delimited
from sensors.recordings.guard import guarded
from sensors.recordings.hexdump import START, open_hexdump
from sensors.recordings.line_blocks import GZIP_MAGIC
from sensors.recordings.matlab import MATLAB_MARKS, open_matlab
from sensors.recordings.matlab73 import open_matlab73
from sensors.recordings.npz import open_npz
from sensors.recordings.parquet import open_parquet
from sensors.recordings.source import ReadOptions, Source
from sensors.recordings.tar_snapshots import open_tar
from sensors.recordings.tdms import open_tdms

HEAD_BYTES = 1024
# The gzip module passes over null bytes at the end of a file one by one, however many.
PADDING_BYTES = 1 << 16
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
WAVE_MAGIC = (b"RIFF", b"RIFX", b"RF64")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
TEXT_CONTROLS = frozenset(b"\t\n\v\f\r")

# Formats that always begin with their own mark: without it such a file is damaged.
MARKED_SUFFIXES = frozenset(
    {".mat", ".h5", ".hdf5", ".tdms", ".wav", ".flac", ".npz", ".parquet", ".gz", ".tgz", ".tar"}
)
FORMATS = "MATLAB v5 and v7.3, HDF5, TDMS, WAV, FLAC, CSV and other tables in text (also .gz, or \
.tar.gz of snapshots), NPZ, Parquet"

AS_FOUND = ReadOptions()

Opener = Callable[[Path], Source]


def open_source(path: Path, options: ReadOptions = AS_FOUND) -> Source:
    """Open a recording file of any known format.

    Parameters
    ----------
    path : Path
        The file.
    options : ReadOptions
        What delimited text does not say itself.

    Raises
    ------
    RecordingError
        The file is missing, empty, damaged, cut short or of an unknown format.
    RecordingTooLarge
        Its format cannot stream and it is too large to load whole.
    MissingDependency
        The library for its format is not installed.
    """
    head = _head(path)
    marked = _by_mark(head)
    if marked is not None:
        return marked(path)
    text = _unpacked(path) if head.startswith(GZIP_MAGIC) else head
    if text[257:262] == b"ustar":
        return open_tar(path, options)
    if text.split(b"\n", 1)[0].strip() == START:
        return open_hexdump(path)
    _check_text(path, text, packed=text is not head)
    return open_delimited(path, options)


def _head(path: Path) -> bytes:
    """Return the first bytes of a file, or say why there are none."""
    try:
        if path.is_dir():
            raise RecordingError(f"{path}: is a folder; name a file in it")
        if not path.is_file():
            raise RecordingError(f"{path}: no such file; check the path")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except PermissionError as error:
        raise RecordingError(
            f"{path}: may not be read; allow it, for example with: chmod u+r '{path}'"
        ) from error
    except (OSError, ValueError) as error:
        raise RecordingError(f"{path}: cannot be opened ({error}); check path and disk") from error
    if not head:
        raise RecordingError(f"{path}: is empty; copy it again from its source")
    return head


def _by_mark(head: bytes) -> Opener | None:
    """Return the opener of the format whose mark the first bytes bear."""
    # MATLAB puts a text of 512 bytes before the HDF5 part.
    if HDF5_MAGIC in (head[:8], head[512:520]):
        return open_matlab73
    if head[124:128] in MATLAB_MARKS:
        return open_matlab
    if head.startswith(b"TDSm"):
        return open_tdms
    if head.startswith(b"fLaC") or (head.startswith(WAVE_MAGIC) and head[8:12] == b"WAVE"):
        return open_audio
    if head.startswith(b"PK\x03\x04"):
        return open_npz
    return open_parquet if head.startswith(b"PAR1") else None


def _unpacked(path: Path) -> bytes:
    """Return the first bytes of what a gzip file holds."""
    with guarded(path, "gzip", OSError, EOFError, zlib.error):
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - PADDING_BYTES))
            tail = file.read()
        if len(tail) == PADDING_BYTES and not any(tail):
            raise RecordingError(
                f"{path}: ends in null bytes, so it was never written whole: copy it again from "
                "its source"
            )
        with gzip.open(path, "rb") as unpacked:
            return unpacked.read(HEAD_BYTES)


def _check_text(path: Path, text: bytes, packed: bool) -> None:
    """Raise RecordingError unless the first bytes can be a table in text."""
    suffix = path.suffix.lower()
    if packed and _by_mark(text) is not None:
        raise RecordingError(
            f"{path}: holds a compressed binary file; unpack it first: gunzip -k '{path.name}'"
        )
    if not packed and suffix in MARKED_SUFFIXES:
        raise RecordingError(
            f"{path}: does not begin as a {suffix} file must; it is damaged, or of another format "
            "or version: copy it again, save it anew (MATLAB: save -v7.3) or correct its suffix"
        )
    if text.startswith(UTF16_MARKS):
        raise RecordingError(f"{path}: is UTF-16 text; save it as UTF-8")
    if any(byte < 0x20 and byte not in TEXT_CONTROLS for byte in text):
        raise RecordingError(f"{path}: is binary and of no known format; known are {FORMATS}")
