"""Passwords stand in files that only their owner may read."""

import stat
from pathlib import Path

from sensors.errors import BadConfig


def read_secret(path: Path) -> str:
    """Return the first line of a private file.

    Raises
    ------
    BadConfig
        It cannot be read, others may read it, or it is empty.
    """
    try:
        mode = path.stat().st_mode
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path}: cannot be read as text; check the path") from error
    if stat.S_IMODE(mode) & 0o077:
        raise BadConfig(f"{path}: others may read this password; chmod 600 {path}")
    if not lines or not lines[0]:
        raise BadConfig(f"{path}: is empty; put the password on its first line")
    return lines[0]
