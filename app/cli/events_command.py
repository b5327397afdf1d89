"""`motorwatch events`: the log of all messages, watched, replayed and searched for gaps."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from app.cli.console import escape, out, print_json, table
from app.cli.options import JsonOption, StoreOption
from app.fields import Token
from sensors.errors import BadConfig

if TYPE_CHECKING:
    from app.store import Store
    from app.store.event_log import Event
    from app.store.gaps import BootGaps

app = typer.Typer(help="The log of every message that a store holds.", no_args_is_help=True)
KindOption = Annotated[
    list[str] | None, typer.Option("--kind", help="Only this kind, e.g. alarm; may be repeated.")
]
MotorIdOption = Annotated[str | None, typer.Option("--motor-id", help="Only this motor.")]
SHOWN = 10


class Answering(msgspec.Struct, frozen=True):
    """What events say of the commands that they answer."""

    command_id: Token | None = None
    command_ids: tuple[Token, ...] = ()


@app.command()
def tail(
    store: StoreOption,
    kind: KindOption = None,
    motor_id: MotorIdOption = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more.")] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, help="How many to begin with.")
    ] = 10,
    as_json: JsonOption = False,
) -> None:
    """Show the latest events of a store, and with --follow each new one.

    Example: motorwatch events tail --store sqlite:///plant.db --kind alarm --follow
    """
    from app.store import event_log as log
    from app.store import open_store

    with open_store(store) as opened:
        latest = log.latest_events(opened, lines, kinds=kind or (), motor_id=motor_id)
        _print(iter(latest), as_json)
        if follow:
            after = latest[-1].offset if latest else log.last_offset(opened)
            _print(log.tail(opened, after, kinds=kind or (), motor_id=motor_id), as_json)


@app.command()
def replay(
    store: StoreOption,
    from_: Annotated[
        str, typer.Option("--from", help="Offset, or time such as 2026-05-01T08:00 (UTC).")
    ] = "1",
    to: Annotated[
        str | None, typer.Option("--to", help="Offset or time to stop at; the latest if left out.")
    ] = None,
    kind: KindOption = None,
    motor_id: MotorIdOption = None,
    into: Annotated[
        str | None, typer.Option(help="Send them through a platform into this other store.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Go through a store's events once more, in the order of their commits.

    Prints them, or with --into publishes them again for a platform that records them in another
    store: the same order, and nothing twice however often it is done.

    Example: motorwatch events replay --store sqlite:///plant.db --from 2026-05-01 --json
    """
    from app.store import open_store
    from app.store.event_log import every_event

    with open_store(store) as opened:
        found = every_event(
            opened,
            _offset_before(opened, from_),
            None if to is None else _offset_through(opened, to),
            kinds=kind or (),
            motor_id=motor_id,
        )
        if into is None:
            _print(found, as_json)
        else:
            _record(found, into, as_json)


@app.command()
def show(
    offset: Annotated[int, typer.Argument(help="Which event.", min=1)],
    store: StoreOption,
) -> None:
    """Print one event whole, as JSON.

    Example: motorwatch events show 1042 --store sqlite:///plant.db
    """
    from app.store import open_store
    from app.store.event_log import read_events

    with open_store(store) as opened:
        found = read_events(opened, offset - 1, 1)
    if not found or found[0].offset != offset:
        raise BadConfig(f"no event {offset} is in the store; `motorwatch events tail` shows some")
    print_json(found[0])


@app.command()
def gaps(store: StoreOption, motor_id: MotorIdOption = None, as_json: JsonOption = False) -> None:
    """Show which reports never came: dropped as the device declared, or unexplained.

    Example: motorwatch events gaps --store sqlite:///plant.db
    """
    from app.store import open_store
    from app.store.gaps import boot_gaps

    rows = table(None, ["motor", "boot", "stored", "declared lost", "unexplained", "which"])
    with open_store(store) as opened:
        for boot in boot_gaps(opened, motor_id):
            if as_json:
                print_json(boot)
            else:
                rows.add_row(*_gap_cells(boot))
    if not as_json:
        out.print(rows)


def _gap_cells(boot: "BootGaps") -> list[str]:
    from app.store.gaps import count

    which = [f"{first}-{last}" if last > first else f"{first}" for first, last in boot.unexplained]
    more = f" and {len(which) - SHOWN} more" if len(which) > SHOWN else ""
    unexplained = count(boot.unexplained)
    return [
        escape(boot.motor_id),
        escape(boot.boot_id),
        str(boot.stored),
        str(count(boot.declared)),
        f"[bold red]{unexplained}[/]" if unexplained else "0",
        ", ".join(which[:SHOWN]) + more,
    ]


def _print(found: Iterator["Event"], as_json: bool) -> None:
    for event in found:
        if as_json:
            print_json(event)
        else:
            when = datetime.fromtimestamp(event.received_ns / 1e9, UTC)
            out.print(
                f"{event.offset:>9} {when:%Y-%m-%d %H:%M:%S} {escape(event.topic)} "
                f"{escape(event.boot_id)}/{event.seq} {len(event.payload)} bytes"
                f"{escape(_commands(event))}",
                soft_wrap=True,
            )


def _commands(event: "Event") -> str:
    """Return which commands an event answers, as `motorwatch operate` names them."""
    if event.kind in ("report", "diagnosis"):
        return ""
    try:
        said = msgspec.json.decode(event.payload, type=Answering)
    except (msgspec.MsgspecError, ValueError):
        return ""  # the log keeps what it was given; this line only points into it
    found = said.command_ids if said.command_id is None else (said.command_id, *said.command_ids)
    return "".join(f" command {each}" for each in found)


def _record(found: Iterator["Event"], url: str, as_json: bool) -> None:
    from app.bus.in_process import InProcessBus
    from app.roles.platform import Platform
    from app.store import open_store
    from app.store.event_log import republish

    bus = InProcessBus()
    with open_store(url) as target:
        platform = Platform(bus, target)
        count = republish(found, bus)
        platform.flush()
    said = {"published": count, **msgspec.to_builtins(platform.tally)}
    print_json(said) if as_json else out.print(escape(str(said)))


def _offset_before(store: "Store", where: str) -> int:
    from app.store.event_log import offset_before

    return int(where) - 1 if where.isdecimal() else offset_before(store, _instant_ns(where))


def _offset_through(store: "Store", where: str) -> int:
    from app.store.event_log import offset_before

    return int(where) if where.isdecimal() else offset_before(store, _instant_ns(where) + 1)


def _instant_ns(text: str) -> int:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadConfig(
            f"{text!r} is neither an offset nor a time such as 2026-05-01T08:00"
        ) from error
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1e9)
