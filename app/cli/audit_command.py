"""`motorwatch audit`: what operators did, and whether the record of it is whole."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.cli.console import escape, out, print_json
from app.cli.options import JsonOption, StoreOption
from sensors.errors import StoreError

app = typer.Typer(help="The record of what operators did.", no_args_is_help=True)


@app.command(name="list")
def list_acts(store: StoreOption, as_json: JsonOption = False) -> None:
    """List the acts of operators, the first one first.

    Example: motorwatch audit list --store sqlite:///plant.db
    """
    from app.store import open_store
    from app.store.audit_log import stored_acts

    with open_store(store) as opened:
        for act in stored_acts(opened):
            if as_json:
                print_json(act)
                continue
            when = datetime.fromtimestamp(act.at_ns / 1e9, UTC)
            said = f"{act.operator} {act.act} {act.subject}: {act.detail}"
            out.print(f"{act.act_id:>6} {when:%Y-%m-%d %H:%M:%S} {escape(said)}", soft_wrap=True)


@app.command()
def verify(
    store: StoreOption,
    noted: Annotated[
        str | None, typer.Option(help="A digest that was noted before and must still be there.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check that no act was changed, removed or put in between; exit code 7 where one was.

    Acts cut off at the end are noticed only with --noted: keep the digest that this prints
    somewhere else.

    Example: motorwatch audit verify --store sqlite:///plant.db
    """
    from app.store import open_store
    from app.store.audit_log import stored_acts, verify_acts

    with open_store(store) as opened:
        found = verify_acts(opened)
        known = noted is None or noted in [act.digest for act in stored_acts(opened)]
    if as_json:
        print_json(found)
    else:
        out.print(f"{found.count} acts hold; the last one's digest: {found.head}")
    if found.broken_at is not None:
        raise StoreError(
            f"the record of acts is broken at number {found.broken_at}: it was changed by hand; "
            "compare with a copy of the database"
        )
    if not known:
        raise StoreError(f"no act bears the noted digest {noted}: acts were removed")
