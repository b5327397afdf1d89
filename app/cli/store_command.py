"""`motorwatch store`: what a store holds, and letting go of what is too old."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from app.cli.console import escape, out, print_json, table
from app.cli.options import JsonOption, StoreOption
from sensors.errors import StoreError

if TYPE_CHECKING:
    from app.store.info import StoreInfo

app = typer.Typer(help="A store: its contents and their retention.", no_args_is_help=True)


@app.command()
def info(store: StoreOption, as_json: JsonOption = False) -> None:
    """Show what a store holds, how large it is, and whether it is sound.

    Exit code 7 where the integrity check finds something.

    Example: motorwatch store info --store sqlite:///plant.db
    """
    from app.store import open_store
    from app.store.info import store_info

    with open_store(store) as opened:
        found = store_info(opened)
    if as_json:
        print_json(found)
    else:
        _show(found)
    if found.problems:
        raise StoreError(
            f"{len(found.problems)} problems, the first: {found.problems[0]}; keep a copy of the "
            "database before anything else"
        )


@app.command()
def prune(
    store: StoreOption,
    policy: Annotated[
        Path | None, typer.Option(help="A retention.toml; the defaults if left out.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete what is older than the policy keeps, a little at a time, while others write.

    Reports become hourly aggregates. What belongs to an open alarm or a verdict stays. It may
    be stopped at any moment and run again.

    Example: motorwatch store prune --store sqlite:///plant.db --policy retention.toml --dry-run
    """
    from app.store import open_store
    from app.store import retention as keeping
    from app.store.retention_policy import Retention, load_retention

    rules = Retention() if policy is None else load_retention(policy)
    with open_store(store) as opened:
        done = keeping.prune(opened, rules, time.time_ns(), dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, **msgspec.to_builtins(done)})
        return
    rows = table(None, ["what", "would be deleted" if dry_run else "deleted"])
    for name, count in msgspec.to_builtins(done).items():
        rows.add_row(name, str(count))
    out.print(rows)


def _show(found: "StoreInfo") -> None:
    rows = table(None, ["table", "rows"])
    for name, count in found.rows.items():
        rows.add_row(name, str(count))
    out.print(rows)
    out.print(f"size {found.size_bytes / 1e6:.1f} MB, {found.free_bytes / 1e6:.1f} MB of it free")
    if found.oldest_ns is not None and found.newest_ns is not None:
        first, last = (
            f"{datetime.fromtimestamp(ns / 1e9, UTC):%Y-%m-%d %H:%M:%S}"
            for ns in (found.oldest_ns, found.newest_ns)
        )
        out.print(f"events {found.first_offset} to {found.last_offset}, {first} to {last} UTC")
    for problem in found.problems:
        out.print(f"[bold red]{escape(problem)}[/]")
    if not found.problems:
        out.print("integrity: sound")
