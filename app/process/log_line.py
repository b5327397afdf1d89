r"""One record of the log as one line: JSON for machines, or text for people.

Both are bounded, hold no secret that `redact` knows, and no control character, so a hostile
message can neither fake a line nor command a terminal. A JSON line::

    {"time": "2026-01-31T12:00:00.123456Z", "level": "WARNING", "logger": "app.roles.gateway",
     "message": "capture refused", "role": "gateway", "motor_id": "pump-1"}

`error` holds a traceback where there is one; every field given by ``extra`` stands beside it.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime

from app.process.redaction import HIDDEN, is_secret_name, redact

MAX_TEXT = 4000
"""Characters of a message; longer ones are cut."""
MAX_FIELD = 1000
MAX_FIELDS = 30
MAX_TRACE = 16_000

_RECORD_KEYS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_FIRST_KEYS = frozenset({"time", "level", "logger", "error"})

Scalar = str | int | float | bool | None


def fields_of(record: logging.LogRecord, facts: Mapping[str, str]) -> dict[str, Scalar]:
    """Return everything that a line says about a record, in the order of the line."""
    at = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
    said: dict[str, Scalar] = {
        "time": at.isoformat(timespec="microseconds") + "Z",
        "level": record.levelname,
        "logger": record.name,
        "message": _fit(_message(record), MAX_TEXT),
        **facts,
    }
    for key, value in list(_extra(record).items())[:MAX_FIELDS]:
        said[cut(key, 100)] = HIDDEN if is_secret_name(key) else _scalar(value)
    if record.exc_info and record.exc_info[0] is not None:
        trace = "".join(traceback.format_exception(*record.exc_info))
        said["error"] = redact(trace[-2 * MAX_TRACE :])[-MAX_TRACE:]
    return said


def json_line(fields: Mapping[str, Scalar]) -> str:
    """Return fields as one line of JSON, ASCII alone."""
    try:
        return json.dumps(fields, allow_nan=False)
    except ValueError:
        # Not a number and infinity are no JSON.
        plain = {k: str(v) if isinstance(v, float) else v for k, v in fields.items()}
        return json.dumps(plain)


def text_line(fields: Mapping[str, Scalar]) -> str:
    """Return fields as one line for people; a traceback follows on lines of its own."""
    shown = dict(fields)
    head = (shown.pop("time"), f"{shown.pop('level'):<7}", f"{shown.pop('logger')}:")
    trace = shown.pop("error", None)
    message = shown.pop("message")
    rest = (f"{key}={value}" for key, value in shown.items())
    line = _printable(" ".join(map(str, (*head, message, *rest))))
    if trace is None:
        return line
    return "\n".join((line, *(f"    {_printable(one)}" for one in str(trace).splitlines())))


def cut(text: str, most: int) -> str:
    """Return text of at most `most` characters; what was longer says so."""
    return text if len(text) <= most else f"{text[:most]} ... ({len(text)} characters)"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError) as error:
        # A wrong format is a defect of the caller; the line must not be lost over it.
        return f"{record.msg} {record.args!r} ({error})"


def _extra(record: logging.LogRecord) -> dict[str, object]:
    own = _RECORD_KEYS | _FIRST_KEYS
    return {key: value for key, value in record.__dict__.items() if key not in own}


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _fit(value if isinstance(value, str) else repr(value), MAX_FIELD)


def _fit(text: str, most: int) -> str:
    """Redact and cut; twice the length is looked at, so that no secret is cut in two and shown."""
    shown = redact(text[: most * 2 + 2000])
    return (
        cut(shown, most)
        if len(text) <= len(shown)
        else f"{shown[:most]} ... ({len(text)} characters)"
    )


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
