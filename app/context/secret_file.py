"""Passwords and keys stand in files that only their owner may read."""

import stat
from pathlib import Path

from sensors.errors import BadConfig


def check_private(path: Path) -> None:
    """Raise BadConfig unless a file is there and closed to everyone but its owner."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if stat.S_IMODE(mode) & 0o077:
        raise BadConfig(f"{path}: others may read it; `chmod 600` it")


def read_secret(path: Path) -> str:
    """Return the first line of a private file.

    Raises
    ------
    BadConfig
        It cannot be read, others may read it, or it is empty.
    """
    check_private(path)
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path}: cannot be read as text; check the path") from error
    if not lines or not lines[0]:
        raise BadConfig(f"{path}: is empty; put the password on its first line")
    return lines[0]
