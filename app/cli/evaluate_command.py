"""`motorwatch evaluate`: placeholder until the results registry is in."""

from pathlib import Path
from typing import Annotated

import typer

from sensors.errors import BadConfig


def evaluate(
    dataset: Annotated[Path | None, typer.Argument(help="Data set.")] = None,
) -> None:
    """Evaluate on a data set."""
    raise BadConfig(f"{dataset}: the evaluation registry is not in yet")
