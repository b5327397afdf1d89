"""`motorwatch broker`: the configuration of a plant's Mosquitto, from its certificates."""

from pathlib import Path
from typing import Annotated

import typer

from app.broker.configuration import PORT, Listener
from app.cli.console import note

app = typer.Typer(
    help="The configuration of a plant's MQTT broker, Mosquitto 2.", no_args_is_help=True
)


@app.command("config")
def config(
    authority: Annotated[
        Path, typer.Argument(metavar="DIR", help="The authority's folder (see `motorwatch pki`).")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The broker's folder; its owner will own all.")
    ],
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65_535)] = PORT,
    bind: Annotated[
        str | None, typer.Option(help="Address to listen on; all of the machine if left out.")
    ] = None,
    at: Annotated[
        Path | None,
        typer.Option(help="Where the broker will see that folder: another machine, a container."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Which certificate, where several brokers have one.")
    ] = None,
) -> None:
    """Write a broker's folder: mutual TLS alone, and rights for each certificate.

    Run it again after every `motorwatch pki issue` and `motorwatch pki revoke`, and send the
    broker a SIGHUP. What the broker itself keeps is not touched. Make the folder first, owned by
    the broker's own user: what root writes into it belongs to that user too.

    Example: motorwatch broker config plant-ca -o /etc/mosquitto/motorwatch
    """
    from app.broker.write import write_broker

    files = write_broker(authority, output, Listener(port, bind), name=name, seen_at=at)
    note(
        f"written to {files.folder}; start with: "
        f"mosquitto -c {(at or files.folder) / files.configuration.name}; "
        "where it runs already: kill -HUP its process"
    )
