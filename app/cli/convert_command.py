"""`motorwatch convert`: a recording that is too large for its format, in one that streams."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import note, print_json
from app.cli.options import JsonOption


def convert(
    file: Annotated[Path, typer.Argument(help="A MATLAB v5 file.", show_default=False)],
    output: Annotated[
        Path, typer.Argument(help="File to write, which must not exist yet.", show_default=False)
    ],
    as_json: JsonOption = False,
) -> None:
    """Write a MATLAB v5 file as HDF5, which streams, as MATLAB's own v7.3 does.

    Needed where a file is above 200 MB. Columns keep their names, so manifests still fit. The
    whole file is unpacked in memory this once.

    Example: motorwatch convert long.mat.v5 long.mat
    """
    from sensors.recordings.stream_copy import stream_copy

    names = stream_copy(file, output)
    if as_json:
        print_json({"output": str(output), "arrays": names})
    else:
        note(f"{len(names)} arrays written to {output}: {', '.join(names)}")
