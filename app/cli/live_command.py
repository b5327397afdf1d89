"""`motorwatch device`, `gateway`, `platform` and `up`: the live processes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.help_text import help_text
from app.cli.service import Service, run_service
from app.live_config.load import load_role, parse_live
from sensors.errors import BadConfig

if TYPE_CHECKING:
    from app.live_config.sections import Broker

ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        help="Its configuration; `motorwatch config example ROLE` prints one to begin with.",
        show_default=False,
    ),
]


def device(config: ConfigOption) -> None:
    """Sense, judge and report motors, and trip them where that is commissioned.

    Runs until it is stopped (Ctrl-C, SIGTERM). Without a link it goes on, holds its reports and
    sends them later.

    Example: motorwatch config example device > device.toml; motorwatch device -c device.toml
    """
    raise typer.Exit(run_service(Service("device", config)))


def gateway(config: ConfigOption) -> None:
    """Diagnose captures, keep the alarms of one operator position.

    Runs until it is stopped. It keeps no data at rest: after a restart it goes on from the states
    that the broker retains.

    Example: motorwatch config example gateway > gateway.toml; motorwatch gateway -c gateway.toml
    """
    raise typer.Exit(run_service(Service("gateway", config)))


def platform(config: ConfigOption) -> None:
    """Keep all reports, diagnoses and alarms, and acknowledge each after its commit.

    Runs until it is stopped.

    Example: motorwatch config example platform > p.toml; motorwatch platform -c p.toml
    """
    raise typer.Exit(run_service(Service("platform", config)))


def up(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="Its configuration; without one, a simulated motor and a store in this folder.",
            show_default=False,
        ),
    ] = None,
    mqtt: Annotated[
        str | None,
        typer.Option(
            "--mqtt",
            metavar="HOST:PORT",
            help="Speak over this broker instead of within the process.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run device, gateway and platform together, for a first try.

    Without a configuration it watches a simulated motor, keeps what it finds in motorwatch.db and
    shows every log line. Follow it with `motorwatch events tail --follow`.

    Example: motorwatch up; motorwatch up --mqtt localhost:1883
    """
    from msgspec.structs import replace

    from app.live.up import run_up
    from app.live_config.example import example
    from app.live_config.up import UpConfig

    if config is None:
        settings = parse_live(example("up"))
        assert isinstance(settings, UpConfig), "the example of `up` is one"
    else:
        settings = load_role(config, UpConfig)
    if mqtt is not None:
        settings = replace(settings, broker=broker_at(mqtt))
    raise typer.Exit(run_up(settings))


def broker_at(text: str) -> "Broker":
    """Return the broker that an option ``--mqtt HOST:PORT`` names."""
    from app.live_config.sections import Broker

    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise BadConfig(f"--mqtt {text!r}: give host and port, such as localhost:1883")
    try:
        return Broker(host=host, port=int(port))
    except ValueError as error:
        raise BadConfig(f"--mqtt {text!r}: {error}") from error


COMMANDS = (up, device, gateway, platform)
app = typer.Typer(name="motorwatch", add_completion=False, pretty_exceptions_enable=False)
for each in COMMANDS:
    app.command(each.__name__, help=help_text(each))(each)
