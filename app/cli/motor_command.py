"""`motorwatch motor`: a motor.toml to fill in, or the check of one."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import escape, out, print_json, table
from app.cli.options import JsonOption
from sensors.motor_file import load_motor, write_motor_template


def motor(
    file: Annotated[
        Path | None, typer.Argument(help="A motor.toml to check; without it, a template.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a motor.toml to fill in, or check one and show the lines its bearings can make.

    Example: motorwatch motor > motor.toml
    """
    if file is None:
        print(write_motor_template(), end="")
        return
    described = load_motor(file)
    if as_json:
        print_json(described)
        return
    plate = described.nameplate
    out.print(
        f"[bold]{escape(described.motor_id)}[/]: synchronous speed "
        f"{plate.synchronous_rpm or 'unknown'} rpm, usual speed "
        f"{described.nominal_rpm or 'unknown'} rpm"
    )
    rpm = described.nominal_rpm or plate.rated_rpm
    at = "in orders of shaft speed" if rpm is None else f"in Hz at {rpm:g} rpm"
    rows = table(f"defect lines {at}", ["bearing", "BPFO", "BPFI", "2 x BSF", "FTF"])
    shaft_hz = 1.0 if rpm is None else rpm / 60
    for bearing in described.bearings:
        spin = None if bearing.bsf is None else 2 * bearing.bsf
        orders = (bearing.bpfo, bearing.bpfi, spin, bearing.ftf)
        rows.add_row(
            escape(bearing.name),
            *("unknown" if order is None else f"{order * shaft_hz:.2f}" for order in orders),
        )
    out.print(rows)
