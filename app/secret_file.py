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
        It cannot be read, is no regular file, others than its owner can read it, somebody else
        than this user or root owns it, or it is empty, too long, or of more than one line.
    """
    try:
        # Without waiting: nobody may ever write into a pipe.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            # Of what was opened: by its name another file might be there by now.
            _check(path, os.fstat(handle))
            raw = os.read(handle, MAX_BYTES + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise BadConfig(f"secret file {path}: cannot be read ({error.strerror})") from error
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


def _check(path: Path, facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise BadConfig(f"secret file {path}: is a folder, pipe or device; name a file")
    mode = stat.S_IMODE(facts.st_mode)
    if mode & 0o077:
        raise BadConfig(
            f"secret file {path}: others can read it (mode {mode:03o}); run: chmod 600 {path}"
        )
    if facts.st_uid not in (os.geteuid(), 0):
        raise BadConfig(
            f"secret file {path}: belongs to user {facts.st_uid}, not to the one who runs this "
            f"({os.geteuid()}); run: chown {os.geteuid()} {path}"
        )
