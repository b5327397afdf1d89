"""`motorwatch notices`: what became of notices to people, and a try of the channels."""

import time
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import escape, note, out, print_json, table
from app.cli.options import JsonOption, StoreOption

app = typer.Typer(help="Notices to people and other systems.", no_args_is_help=True)


@app.command()
def status(store: StoreOption, as_json: JsonOption = False) -> None:
    """Show how every channel fares: what waits, what was given up, and why.

    Example: motorwatch notices status --store sqlite:///plant.db
    """
    from app.notify.outbox import channel_states
    from app.store import open_store

    with open_store(store) as opened:
        states = channel_states(opened)
    if as_json:
        print_json(states)
        return
    rows = table(None, ["channel", "waiting", "sent", "given up", "latest failure"])
    for each in states:
        counts = (each.waiting, each.sent, each.expired)
        rows.add_row(escape(each.channel), *map(str, counts), escape(each.error or ""))
    out.print(rows)


@app.command(name="test")
def try_channels(
    config: Annotated[Path, typer.Argument(help="A notify.toml.", dir_okay=False)],
) -> None:
    """Send a test notice by webhook and mail to every channel of a configuration.

    A channel of kind mqtt is passed over: the platform's own bus carries it.

    Example: motorwatch notices test notify.toml
    """
    from app.bus.in_process import InProcessBus
    from app.notify.config import Mqtt, load_notify
    from app.notify.notice import Notice
    from app.notify.sender import make_sender

    trial = Notice(
        event="test",
        motor_id="none",
        priority="low",
        title="test of notices",
        text="Sent by motorwatch notices test; nothing is wrong.",
        at_ns=time.time_ns(),
    )
    for channel in load_notify(config).channels:
        if not isinstance(channel, Mqtt):
            make_sender(channel, InProcessBus(), time.time_ns).send([trial])
            note(f"{channel.name}: sent")
