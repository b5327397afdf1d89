"""Who a process is: `boot_id` tells every start from every other, by no clock.

The state folder holds one line, ``ORIGIN NUMBER CHECKSUM``: a random name given when the file was
made, and a number that rises with each start. A boot_id is ``ORIGIN-NUMBER``. Where the line is
lost (a wiped disk, a damaged file) a new origin begins, so no identity is ever given twice; where
nothing can be written, each start is an origin of its own and `Boot.note` says so.
"""

import fcntl
import os
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sensors.errors import BadConfig
from sensors.output import write_durably

FILE = "boot_id"
LOCK = "lock"
MAX_BYTES = 200


def new_origin() -> str:
    """Return a random name of a series of starts."""
    return secrets.token_hex(6)


@dataclass(frozen=True, slots=True)
class Boot:
    """One start of a process; it owns its state folder until it is closed.

    Attributes
    ----------
    boot_id : str
        Part of the identity of all that this start sends.
    number : int
        Rises with each start of one origin; 0 where it cannot be kept.
    durable : bool
        Whether the number was written to disk.
    note : str
        What the operator should know; empty where all is well.
    """

    boot_id: str
    number: int
    durable: bool
    note: str
    _lock: int | None = None

    def close(self) -> None:
        """Leave the state folder to the next process."""
        if self._lock is not None:
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_boot(folder: Path, *, origin: Callable[[], str] = new_origin) -> Boot:
    """Begin a start: take the state folder, raise the number in it and write it to disk.

    Parameters
    ----------
    folder : Path
        This process's own; made if it is missing.
    origin : callable
        Makes a name that was never used before.

    Raises
    ------
    BadConfig
        Another process works with this folder.
    """
    lock = None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _take(folder)
        name, number, note = _next(folder / FILE, origin)
        write_durably(folder / FILE, _line(name, number))
    except BlockingIOError as error:
        raise BadConfig(
            f"{folder}: another process works with this state folder; stop it, or give each "
            "process its own (key state)"
        ) from error
    except OSError as error:
        note = (
            f"{folder}: the boot number cannot be kept ({error.strerror or error}); this start "
            "is told from others by a random name, which shows no order"
        )
        return Boot(f"{origin()}-0", 0, durable=False, note=note, _lock=lock)
    return Boot(f"{name}-{number}", number, durable=True, note=note, _lock=lock)


def _take(folder: Path) -> int:
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _next(path: Path, origin: Callable[[], str]) -> tuple[str, int, str]:
    """Return origin and number of this start, and what is to be said of it."""
    try:
        with path.open("rb") as file:
            last = parse_line(file.read(MAX_BYTES))
    except FileNotFoundError:
        return origin(), 1, ""
    if last is not None:
        return last[0], last[1] + 1, ""
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    note = (
        f"BootStateLost: {path} is damaged and kept as {aside.name}; starts are counted anew "
        "under another name, so identities stay unique, but this one shows no order with those "
        "before; check the disk"
    )
    return origin(), 1, note


def parse_line(raw: bytes) -> tuple[str, int] | None:
    """Return origin and number of the last start; None where it is no line written here."""
    parts = raw.decode("ascii", "replace").split()
    if len(parts) == 3 and parts[1].isdecimal() and raw == _line(parts[0], int(parts[1])):
        return parts[0], int(parts[1])
    return None


def _line(name: str, number: int) -> bytes:
    said = f"{name} {number}"
    return f"{said} {zlib.crc32(said.encode('ascii', 'replace')):08x}\n".encode()
