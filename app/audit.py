"""Who did what, when: one JSON object a line, appended, on disk before the act itself.

The file is opened for appending alone, so acts at the same time do not overwrite each other.
Whoever may write the file may also falsify it; `chattr +a` or a log server guards against that.
"""

import errno
import os
import pwd
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sensors.errors import OutputError

Fact = str | int | bool | list[str] | None


def login() -> str:
    """Return who runs this process by the system's account, and by sudo for whom."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo by {behind})" if number == 0 and behind else name


class AuditLog:
    """An append-only record of acts.

    Parameters
    ----------
    path : Path
        The file; made, readable by its owner alone, with the first act.
    now_ns : callable
        The clock, UTC in nanoseconds.
    """

    def __init__(self, path: Path, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._now_ns = now_ns

    def write(self, act: str, facts: Mapping[str, Fact], who: str | None = None) -> None:
        """Record an act before it is done.

        Raises
        ------
        OutputError
            It cannot be recorded, and so must not be done.
        """
        when = datetime.fromtimestamp(self._now_ns() / 1e9, UTC).isoformat(timespec="milliseconds")
        record = {"when": when, "who": who or login(), "act": act, **facts}
        line = msgspec.json.encode({name: _unicode(fact) for name, fact in record.items()}) + b"\n"
        try:
            opened = os.open(
                self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600
            )
            try:
                # One write: two acts at once are two whole lines.
                if os.write(opened, line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(opened)
            finally:
                os.close(opened)
        except OSError as error:
            raise OutputError(
                f"{self._path}: the audit log cannot be written ({error.strerror}); "
                f"{act} was not done"
            ) from error


def _unicode(fact: Fact) -> Fact:
    # Paths and the environment may hold bytes that are no Unicode.
    if isinstance(fact, str):
        return fact.encode("utf-8", "backslashreplace").decode("utf-8")
    return fact
