"""`motorwatch pki`: a plant's own certificate authority, from its making to a revocation."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app.cli.console import escape, note, out, print_json, table
from app.cli.options import JsonOption
from app.pki.ledger import SOON_DAYS, Issued, current, load_ledger
from app.pki.names import Role, identity
from sensors.errors import BadConfig

app = typer.Typer(
    help="A plant's own certificate authority: who may speak at its broker, as what.",
    no_args_is_help=True,
)
PASSPHRASE = "MOTORWATCH_CA_PASSPHRASE"
DAY_S = 86_400
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The authority's folder.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose certificate: a-z, 0-9 and -.")]
MOST_REQUEST_BYTES = 65_536


@app.command("init")
def init_command(
    folder: Folder,
    site: Annotated[str, typer.Option(help="The plant, as topics name it.")] = "local",
    days: Annotated[int, typer.Option(help="How long the authority holds.", min=1)] = 3650,
    passphrase: Annotated[
        bool,
        typer.Option(
            "--passphrase", help=f"Encrypt its key: {PASSPHRASE} says with what, or you are asked."
        ),
    ] = False,
) -> None:
    """Make a certificate authority in a new folder, which stays on a safe machine.

    Whoever has this folder may issue certificates for the whole plant. Keep it off the network and
    back it up; nothing of it but bundles ever goes to another machine.

    Example: motorwatch pki init plant-ca --site hall-2
    """
    from app.pki.authority import init

    init(folder, site, days=days, passphrase=_new_passphrase() if passphrase else None)
    note(f"authority of site {site} made in {folder}; keep a backup of it in a safe place")


@app.command("issue")
def issue_command(
    folder: Folder,
    name: Name,
    role: Annotated[
        Role | None, typer.Option(help="What it may do; a renewal keeps it.", show_default=False)
    ] = None,
    motor: Annotated[
        list[str] | None, typer.Option(help="A motor that a device speaks for; repeatable.")
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="A name or address under which clients reach a broker; repeatable."),
    ] = None,
    days: Annotated[int, typer.Option(help="How long it holds.", min=1)] = 365,
    renew: Annotated[
        bool, typer.Option("--renew", help="Another one for a name that has one already.")
    ] = False,
    request: Annotated[
        Path | None,
        typer.Option("--csr", help="Signing request of a key that was made, and stays, elsewhere."),
    ] = None,
) -> None:
    """Issue a certificate; prints the folder of files that its owner needs.

    Move that folder to its owner by a safe way, such as scp, and keep the key's mode of 0600.
    A broker takes new names in with `motorwatch broker config`.

    Examples: motorwatch pki issue plant-ca broker --role broker --host broker.hall-2.example;
    motorwatch pki issue plant-ca press-node --role device --motor press-3 --motor press-4
    """
    from app.pki.authority import issue
    from app.pki.order import Order

    order = Order(
        name=name,
        role=role,
        days=days,
        motors=tuple(motor or ()),
        hosts=tuple(host or ()),
        renew=renew,
        request=None if request is None else _request(request),
    )
    print(issue(folder, order, passphrase=_passphrase(folder)))


@app.command("revoke")
def revoke_command(folder: Folder, name: Name) -> None:
    """Revoke all certificates of a name.

    A broker learns of it when `motorwatch broker config` is run again and it gets a SIGHUP.

    Example: motorwatch pki revoke plant-ca press-node
    """
    from app.pki.authority import revoke

    ended = revoke(folder, name, passphrase=_passphrase(folder))
    note(
        f"{name}: {len(ended)} revoked. The broker refuses it after: "
        "motorwatch broker config, then a SIGHUP"
    )


@app.command("list")
def list_command(folder: Folder, as_json: JsonOption = False) -> None:
    """List all certificates: whose, what they may do, until when; says what expires soon.

    Example: motorwatch pki list plant-ca
    """
    ledger = load_ledger(folder)
    now_s = time.time()
    if as_json:
        for one in ledger.issued:
            print_json({**msgspec.to_builtins(one), "state": _state(one, now_s)})
    else:
        rows = table(
            f"authority of site {escape(ledger.site)}, until {_day(ledger.not_after_s)}",
            ["user at the broker", "motors or hosts", "serial", "until", "state"],
        )
        for one in ledger.issued:
            rows.add_row(
                escape(identity(one.role, one.name)),
                escape(", ".join(one.motors or one.hosts)),
                one.serial,
                _day(one.not_after_s),
                _state(one, now_s),
            )
        out.print(rows)
    for one in current(ledger.issued, now_s):
        if one.not_after_s - now_s < SOON_DAYS * DAY_S:
            note(
                f"{one.name} expires on {_day(one.not_after_s)}: "
                f"motorwatch pki issue {folder} {one.name} --renew"
            )
    if ledger.not_after_s - now_s < SOON_DAYS * DAY_S:
        note(f"the authority itself expires on {_day(ledger.not_after_s)}: make a new one")


def _state(one: Issued, now_s: float) -> str:
    if one.revoked_s is not None:
        return f"revoked {_day(one.revoked_s)}"
    return "valid" if one.holds(now_s) else "expired"


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def _request(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_REQUEST_BYTES)
    except OSError as error:
        raise BadConfig(f"{path}: the signing request cannot be read ({error.strerror})") from error


def _new_passphrase() -> bytes:
    said = os.environ.get(PASSPHRASE) or typer.prompt(
        "Passphrase", hide_input=True, confirmation_prompt=True, err=True
    )
    return _bytes(said)


def _passphrase(folder: Path) -> bytes | None:
    from app.pki.folder import is_encrypted

    if not is_encrypted(folder):
        return None
    said = os.environ.get(PASSPHRASE)
    if said is None and not sys.stdin.isatty():
        raise BadConfig(f"the authority's key is encrypted: set {PASSPHRASE}, or use a terminal")
    return _bytes(said or typer.prompt("Passphrase", hide_input=True, err=True))


def _bytes(said: str) -> bytes:
    return said.encode("utf-8", "surrogateescape")
