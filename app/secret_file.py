"""Secrets in files of their own, which nobody but their owner may read."""

import os
import stat
from pathlib import Path

from sensors.errors import BadConfig

MAX_BYTES = 4096


def read_secret(path: Path) -> str:
    """Return the one line of a secret's file, without the line break at its end.

    Raises
    ------
    BadConfig
        It cannot be read, others than its owner can read it, or it is empty, too long, or of more
        than one line.
    """
    try:
        with path.open("rb") as file:
            # Of what was opened: by its name another file might be there by now.
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadConfig(f"secret file {path}: cannot be read ({error.strerror})") from error
    if mode & 0o077:
        raise BadConfig(
            f"secret file {path}: others can read it (mode {mode:03o}); run: chmod 600 {path}"
        )
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        text = ""
    if not text or len(raw) > MAX_BYTES or set(text) & set("\r\n\0"):
        raise BadConfig(
            f"secret file {path}: needs one line of text; it is empty, too long, of several lines, "
            "or not text"
        )
    return text
