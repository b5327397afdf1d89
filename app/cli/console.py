"""What commands print: results on standard output, everything else on standard error."""

import os
import sys
from collections.abc import Iterable
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

PIPED_COLUMNS = 140
"""Width of tables that go to a file or a pager, where no terminal says its own."""


def _width() -> int | None:
    """Return None where a terminal, or the user, says how wide it is."""
    known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return None if known else PIPED_COLUMNS


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
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does: no error of ours, and an end in order.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def table(title: str | None, columns: Iterable[str]) -> Table:
    """Return an empty table with these columns."""
    made = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def state_text(state: str) -> str:
    """Return a state in its colour, for rich."""
    return f"[{STATE_STYLES.get(state, 'white')}]{state}[/]"
