"""`motorwatch captures`: the raw captures that the platform keeps."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import escape, note, out, print_json, table
from app.cli.options import JsonOption, StoreOption
from sensors.errors import BadConfig

app = typer.Typer(help="Raw captures that a platform keeps.", no_args_is_help=True)
Folder = Annotated[
    Path, typer.Argument(help="The archive's folder.", file_okay=False, show_default=False)
]
FEWEST_DIGITS = 6


@app.command(name="list")
def list_captures(
    store: StoreOption,
    motor_id: Annotated[str | None, typer.Option(help="Only this motor.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List raw captures in the order of their own time.

    Example: motorwatch captures list --store sqlite:///plant.db --motor-id pump-1
    """
    from app.archive.index import entries
    from app.store import open_store

    rows = table(None, ["capture", "motor", "from", "seconds", "why", "bytes", "encrypted"])
    with open_store(store) as opened:
        found = entries(opened, motor_id)
    if as_json:
        print_json(found)
        return
    for each in found:
        rows.add_row(
            each.digest[:12],
            escape(each.motor_id),
            f"{datetime.fromtimestamp(each.t0_ns / 1e9, UTC):%Y-%m-%d %H:%M:%S}",
            f"{(each.t1_ns - each.t0_ns) / 1e9:.1f}",
            each.reason,
            str(each.file_bytes),
            "yes" if each.encrypted else "no",
        )
    out.print(rows)


@app.command()
def get(
    folder: Folder,
    capture: Annotated[str, typer.Argument(help="Its digest, or how it begins.")],
    output: Annotated[Path, typer.Argument(help="File to write, ending in .npz.")],
    store: StoreOption,
    key_file: Annotated[
        list[Path] | None, typer.Option(help="Key of an encrypted archive; may be repeated.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a raw capture as a recording, with its manifest, for replay, diagnose and inspect.

    Example: motorwatch captures get archive 3fb09c out/alarm.npz --store sqlite:///plant.db
    """
    from app.archive.archive import Archive
    from app.archive.keys import load_keys
    from app.archive.recording import write_capture
    from app.store import open_store
    from sensors.motor import Motor

    with open_store(store) as opened:
        archive = Archive(folder, opened, keys=load_keys(key_file or ()))
        digest = _whole_digest(capture, [entry.digest for entry in archive.list()])
        content, boot_id = archive.get(digest)
        motor = opened.motor(content.motor_id) or Motor(motor_id=content.motor_id)
    said = f"boot {boot_id}, window {content.seq}, t0_ns {content.t0_ns}, capture {digest}"
    manifest = write_capture(content, output, motor, said)
    if as_json:
        print_json({"recording": str(output), "manifest": str(manifest), "capture": digest})
    else:
        note(f"{said}: written to {output}; try: motorwatch replay {output.parent}")


def _whole_digest(start: str, known: list[str]) -> str:
    fitting = [digest for digest in known if digest.startswith(start)]
    if len(start) < FEWEST_DIGITS or len(fitting) != 1:
        raise BadConfig(
            f"{start!r} begins {len(fitting)} captures; give at least {FEWEST_DIGITS} digits of "
            "one that `motorwatch captures list` shows"
        )
    return fitting[0]
