"""Files written whole or not at all; bad places refused before the work, not after it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sensors.errors import OutputError


def check_writable(path: Path) -> None:
    """Raise unless a file can be written there.

    Raises
    ------
    OutputError
        It is a folder or a device, its folder is missing, writing is not allowed, or its name is
        none.
    """
    try:
        _check_writable(path)
    except OutputError:
        raise
    except OSError as error:
        # A name too long, or in a folder that may not be searched.
        reason = error.strerror or error
        raise OutputError(f"{path}: cannot be written ({reason}); choose another place") from error


def _check_writable(path: Path) -> None:
    folder = path.parent
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; name a file in it")
    if path.exists() and not path.is_file():
        # Files are renamed over their target: a device such as /dev/null would be gone.
        raise OutputError(f"{path}: is a device or a pipe, not a file; name a file")
    if not folder.is_dir():
        raise OutputError(
            f"{path}: cannot be written: the folder {folder} is not there; make it first"
        )
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise OutputError(f"{path}: cannot be written; choose another place")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place beside the target to write to; rename it over the target in the end.

    Raises
    ------
    OutputError
        As `check_writable`, or the disk is full; nothing is left half done.
    """
    check_writable(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        _to_disk(beside)
        beside.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path}: cannot be written ({reason}); choose another place") from error
    finally:
        with suppress(OSError):  # what cannot be named was not written either
            beside.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as `whole_file` does.

    Raises
    ------
    OutputError
        As `whole_file`.
    """
    with whole_file(path) as beside:
        beside.write_bytes(content)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file as `write_whole` does, so that after a power cut the new name is there too.

    Raises
    ------
    OutputError
        As `whole_file`, or the folder cannot be brought to the disk.
    """
    write_whole(path, content)
    try:
        _to_disk(path.parent)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(
            f"{path}: written, but its folder does not reach the disk ({reason}); check the disk"
        ) from error


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
