"""`motorwatch bearings`: the catalogue of bearings, searched."""

from typing import Annotated

import typer

from app.cli.console import escape, note, out, print_json, table
from app.cli.options import JsonOption
from sensors.catalogue import catalogue


def bearings(
    text: Annotated[str, typer.Argument(help="Part of a designation; all without it.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List bearings of the catalogue with their defect orders and where the figures come from.

    Orders are multiples of shaft speed. A spot on a rolling element strikes both races, so its
    line stands at twice the spin frequency (2 x BSF). A bearing that is not listed can always be
    described in motor.toml by its geometry or its orders.
    """
    found = [b for b in catalogue() if text.lower() in b.name.lower()]
    if as_json:
        for bearing in found:
            print_json(
                {
                    "name": bearing.name,
                    "bpfo": bearing.bpfo,
                    "bpfi": bearing.bpfi,
                    "bsf": bearing.bsf,
                    "ftf": bearing.ftf,
                    "source": bearing.source,
                }
            )
        return
    if not found:
        note(
            f"no bearing of the catalogue has {text!r} in its name; describe yours in motor.toml "
            "by rolling_elements, element_diameter_mm and pitch_diameter_mm, or by its orders"
        )
        return
    rows = table(None, ["bearing", "BPFO", "BPFI", "2 x BSF", "FTF", "source"])
    for bearing in found:
        spin = None if bearing.bsf is None else 2 * bearing.bsf
        orders = (bearing.bpfo, bearing.bpfi, spin, bearing.ftf)
        rows.add_row(
            escape(bearing.name),
            *("" if order is None else f"{order:.4f}" for order in orders),
            escape(bearing.source),
        )
    out.print(rows)
