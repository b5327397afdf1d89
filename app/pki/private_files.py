"""Files of an authority: whole or not at all, on disk before anything else happens, private."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sensors.errors import OutputError
from sensors.output import whole_file

SECRET = 0o600
PUBLIC = 0o644


def write_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file that never exists with wider rights than `mode`; its folder's owner owns it.

    Raises
    ------
    OutputError
        As `whole_file`.
    """
    with whole_file(path) as beside:
        beside.unlink(missing_ok=True)  # of a crash: in a container all have the same number
        opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(opened, "wb") as file:
            os.fchmod(opened, mode)
            _give_to_owner_of(path.parent, opened)
            file.write(content)
    sync_folder(path.parent)


def make_private_folder(folder: Path) -> None:
    """Make a folder that its owner alone may enter, where there is none yet.

    Raises
    ------
    OutputError
        Its parent is missing, or something else bears the name.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if folder.is_dir() and not folder.is_symlink():
            return
        raise OutputError(f"{folder}: is there and is not a folder; choose another name") from None
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be made ({error.strerror}); make its parent first"
        ) from error
    _give_to_owner_of(folder.parent, folder)


def sync_folder(folder: Path) -> None:
    """See that names in a folder survive a power cut, as their files do."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep everyone else out of an authority's folder meanwhile; they wait.

    Raises
    ------
    OutputError
        The folder belongs to somebody else.
    """
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be used ({error.strerror}); run as its owner"
        ) from error
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _give_to_owner_of(folder: Path, made: int | Path) -> None:
    # A broker runs as its own user; what root writes into that user's folder must be readable.
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        # That user may exchange a path for a link meanwhile: the link alone is given away then.
        if isinstance(made, int):
            os.fchown(made, owner.st_uid, owner.st_gid)
        else:
            os.lchown(made, owner.st_uid, owner.st_gid)
