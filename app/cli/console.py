"""What commands print: results on standard output, everything else on standard error."""

import os
import sys
from collections.abc import Iterable
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape as escape_markup
from rich.table import Table

PIPED_COLUMNS = 140
"""Width of tables that go to a file or a pager, where no terminal says its own."""

NARROWEST_COLUMNS = 80
"""In less, tables lose whole columns; longer lines wrap."""


def _width() -> int | None:
    """Return the width that the user states; None where a terminal says its own."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal():
        # Some say 0 where they do not know: nothing at all would be printed.
        return max(int(stated), NARROWEST_COLUMNS) if int(stated) else PIPED_COLUMNS
    return None if sys.stdout.isatty() else PIPED_COLUMNS


out = Console(highlight=False, width=_width())
err = Console(stderr=True, highlight=False)

STATE_STYLES = {
    "normal": "green",
    "alert": "yellow",
    "danger": "bold red",
    "learning": "cyan",
    "stopped": "blue",
    "unmonitored": "dim",
}


def print_json(value: Any) -> None:  # noqa: ANN401 - any result that msgspec can encode
    """Print one JSON value on one line of standard output, at once."""
    try:
        sys.stdout.write(_json(value) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does: no error of ours, and an end in order.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def _json(value: Any) -> str:  # noqa: ANN401 - any result that msgspec can encode
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        # The path of a file may hold bytes that are no Unicode.
        return msgspec.json.encode(_unicode(msgspec.to_builtins(value))).decode()


def _unicode(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _unicode(one) for key, one in value.items()}
    return [_unicode(one) for one in value] if isinstance(value, list | tuple) else value


def escape(text: str) -> str:
    """Return a text fit for printing: neither our markup nor a terminal's own commands act in it.

    Names of files, motors and channels come from strangers.
    """
    kept = (c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    return escape_markup("".join(kept))


def note(text: str, *, head: str = "") -> None:
    """Print a remark on standard error as it is, unbroken, so that paths and commands in it paste.

    Only `head`, which goes before it, may hold markup.
    """
    err.print(head + escape(text), soft_wrap=True)


def table(title: str | None, columns: Iterable[str]) -> Table:
    """Return an empty table with these columns."""
    made = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def state_text(state: str) -> str:
    """Return a state in its colour, for rich."""
    return f"[{STATE_STYLES.get(state, 'white')}]{state}[/]"
