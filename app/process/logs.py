"""The log of a process: lines on standard error, for the journal or a container to keep.

::

    [log]
    format = "json"        # json: one object a line; text: for people
    level = "info"         # debug, info, warning or error: the least that is written
    most_per_minute = 10   # lines a minute from one place in the code about one motor

Nothing is written to files: what keeps the lines also bounds them.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Literal, TextIO

import msgspec

from app.process.log_limit import LogLimit
from app.process.log_line import Scalar, fields_of, json_line, text_line

LogFormat = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]

log = logging.getLogger(__name__)

QUIET = ("alembic", "asyncio", "asyncua", "pymodbus", "sqlalchemy.pool")
"""Libraries that say more than an operator wants to know below a warning."""


class LogConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a process logs; the module's docstring says what each line means."""

    format: LogFormat = "json"
    level: Level = "info"
    most_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10


class LineHandler(logging.Handler):
    """Writes records to a stream, a line each, within a limit.

    Parameters
    ----------
    stream : TextIO
        Where to.
    limit : LogLimit
        How many.
    form : callable
        Makes a line of fields.
    facts : mapping of str to str
        Stand on every line: role, site, boot_id.
    """

    def __init__(
        self,
        stream: TextIO,
        limit: LogLimit,
        form: Callable[[Mapping[str, Scalar]], str],
        facts: Mapping[str, str],
    ) -> None:
        super().__init__()
        self._stream, self._limit, self._form, self._facts = stream, limit, form, facts

    def take_left_out(self) -> int:
        """Return how many lines the limit has left out since the last call."""
        with self._held():
            count, self._limit.left_out = self._limit.left_out, 0
        return count

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless there were too many like it."""
        self.report_left_out()
        if self._limit.passes(record):
            self._write(record)

    def report_left_out(self, *, end: bool = False) -> None:
        """Say what was left out in the minute that is over; the main loop calls it now and then."""
        with self._held():
            for place, count in self._limit.turn(end=end).items():
                self._write(_left_out_record(place, count))

    def close(self) -> None:
        """Say what was left out since; the stream stays open."""
        self.report_left_out(end=True)
        super().close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def _write(self, record: logging.LogRecord) -> None:
        try:
            self._stream.write(self._form(fields_of(record, self._facts)) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # Whoever read the log has gone; the work goes on.
            pass


def set_up_logs(
    config: LogConfig,
    *,
    facts: Mapping[str, str],
    stream: TextIO | None = None,
    now_s: Callable[[], float] = time.monotonic,
) -> LineHandler:
    """Make this process log as configured, and nothing else; return what writes its lines.

    Parameters
    ----------
    config : LogConfig
        As in the ``[log]`` section.
    facts : mapping of str to str
        Stand on every line: role, site, boot_id.
    stream : TextIO, optional
        Instead of standard error.
    now_s : callable
        A clock that never goes back.
    """
    form = json_line if config.format == "json" else text_line
    limit = LogLimit(config.most_per_minute, now_s)
    handler = LineHandler(stream or sys.stderr, limit, form, facts)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config.level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    threading.excepthook = _on_dead_thread
    return handler


def _on_dead_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is SystemExit or ended.exc_value is None:
        return
    name = "?" if ended.thread is None else ended.thread.name
    trace = (ended.exc_type, ended.exc_value, ended.exc_traceback)
    log.error("thread %s ended by an error of this program", name, exc_info=trace)


def _left_out_record(place: str, count: int) -> logging.LogRecord:
    name, _, line = place.rpartition(":")
    return logging.makeLogRecord(
        {
            "name": name,
            "levelno": logging.WARNING,
            "levelname": "WARNING",
            "msg": f"{count} lines like others before them were left out (line {line} of {name})",
            "left_out": count,
        }
    )
