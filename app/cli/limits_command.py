"""`motorwatch limits`: the limits and texts that verdicts stand on, as files to make one's own."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import escape, note, out, print_json, table
from app.cli.options import JsonOption
from models.plant import SHIPPED, load_plant
from sensors.errors import OutputError
from sensors.output import write_whole

MEANING = {
    "iso.toml": "zones of vibration velocity",
    "electrical.toml": "unbalance, single phasing, shorted turns, overload",
    "rotor.toml": "broken bars, eccentricity, slip",
    "shaft_faults.toml": "unbalance, misalignment, looseness and the like",
    "sound.toml": "what a microphone may name",
    "thermal.toml": "insulation classes, thermal model",
    "agreement.toml": "which senses show which condition",
    "cards.toml": "what evidence cards say and advise",
}


def limits(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to write copies; without it, they are listed.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check a folder of your own instead of writing it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the limits that verdicts stand on, or write them to a folder to make your own.

    Every figure states its source and how sure it is. Change what your plant does otherwise,
    delete the files that you leave as they are, and give the folder to diagnose and replay.

    Examples: motorwatch limits plant; motorwatch limits plant --check;
    motorwatch diagnose pump.csv --limits plant
    """
    if check:
        load_plant(folder)
        note(f"{folder or 'the shipped files'}: every file is as it should be")
        return
    if folder is not None:
        _write(folder)
        return
    if as_json:
        print_json({name: path.read_text("utf-8") for name, path in SHIPPED.items()})
        return
    rows = table(None, ["file", "what it holds"])
    for name in SHIPPED:
        rows.add_row(escape(name), MEANING[name])
    out.print(rows)


def _write(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error
    there = [name for name in SHIPPED if (folder / name).exists()]
    if there:
        raise OutputError(f"{folder / there[0]}: is already there; name an empty folder")
    for name, path in SHIPPED.items():
        write_whole(folder / name, path.read_bytes())
    note(f"{len(SHIPPED)} files written to {folder}; delete those that you leave as they are")
