"""`motorwatch manifest`: draft one for a folder, list or show the ready ones, the schema."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import escape, note, out, print_json, table
from app.cli.options import JsonOption
from sensors.errors import OutputError
from sensors.output import write_whole

app = typer.Typer(
    help="Recording manifests: what the files of a data set mean.", no_args_is_help=True
)


@app.command("new")
def new(
    folder: Annotated[Path, typer.Argument(help="Folder of recordings.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; otherwise printed.")
    ] = None,
) -> None:
    """Draft a manifest for a folder: what was found, what was guessed, what is left to fill in."""
    from sensors.recordings.draft import draft_manifest

    text = draft_manifest(folder)
    if output is None:
        print(text, end="")
        return
    if output.exists():
        raise OutputError(f"{output}: is already there; choose another name or remove it first")
    write_whole(output, text.encode("utf-8"))
    note(f"draft written to {output}; look for TODO in it")


@app.command("list")
def list_ready(as_json: JsonOption = False) -> None:
    """List the ready manifests: data sets that replay by name."""
    from sensors.recordings.manifest import load_manifest, ready_names

    rows = table(None, ["name", "data set", "licence", "where to get it"])
    for name in ready_names():
        known = load_manifest(name)
        if as_json:
            print_json({"name": name, "title": known.title, "obtain": known.obtain})
        else:
            rows.add_row(name, escape(known.title), escape(known.licence), escape(known.obtain))
    if not as_json:
        out.print(rows)


@app.command("show")
def show(name: Annotated[str, typer.Argument(help="Name or path.", show_default=False)]) -> None:
    """Print a manifest, as a pattern for your own."""
    from sensors.recordings.manifest import manifest_text

    print(manifest_text(name), end="")


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of manifests, for editors and checkers."""
    from sensors.recordings.manifest import manifest_schema

    print_json(manifest_schema())
