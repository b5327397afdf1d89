"""`motorwatch config`: configuration files of the live processes, to begin with and to check."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import note, print_json
from app.cli.options import JsonOption
from app.live_config.example import example as example_of
from app.live_config.load import load_live
from sensors.errors import BadConfig


class Role(StrEnum):
    """Whose configuration."""

    device = "device"
    gateway = "gateway"
    platform = "platform"
    up = "up"
    operator = "operator"


app = typer.Typer(
    help="Configuration files of the live processes: examples and checks.",
    no_args_is_help=True,
)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="Configuration of any role.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Check a configuration file, and that every file it names is there and fits.

    A certificate must be that of the name under [broker]; one that expires within 30 days is a
    warning.

    Example: motorwatch config check device.toml
    """
    from app.live_config.check import problems, warnings

    config = load_live(file)
    role = str(config.__struct_config__.tag)
    found, soon = problems(config), warnings(config, time.time_ns())
    if as_json:
        print_json({"role": role, "site": config.site, "problems": found, "warnings": soon})
    for one in (*found, *(f"warning: {each}" for each in soon)):
        note(f"{file}: {one}")
    if found:
        raise BadConfig(f"{file}: {len(found)} of its values cannot be used as they are")
    note(f"{file}: a {role} of site {config.site} can begin with this")


@app.command()
def example(
    role: Annotated[Role, typer.Argument(help="Whose.", show_default=False)],
) -> None:
    """Print a commented configuration file that works as it stands.

    Example: motorwatch config example device > device.toml
    """
    typer.echo(example_of(role.value), nl=False)
