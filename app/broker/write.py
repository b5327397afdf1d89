"""The folder of a broker, made anew from an authority: configuration, access list, certificates."""

import time
from collections.abc import Callable
from pathlib import Path

from app.broker.access import access_list
from app.broker.configuration import Listener, configuration
from app.broker.files import BrokerFiles
from app.broker.plant_rules import plant_rules
from app.pki.folder import CA_CERTIFICATE, CRL, ISSUED, audit_log, check_folder
from app.pki.key_file import check_key_file
from app.pki.ledger import Issued, current, load_ledger
from app.pki.private_files import PUBLIC, SECRET, locked, make_private_folder, write_file
from sensors.errors import BadConfig


def write_broker(
    authority: Path,
    folder: Path,
    listener: Listener,
    *,
    name: str | None = None,
    seen_at: Path | None = None,
    now_ns: Callable[[], int] = time.time_ns,
) -> BrokerFiles:
    """Write all that a broker needs into a folder, over what was there; its queues stay.

    Files belong to the owner of the folder, so that root may write what the broker's own user
    reads. A running broker takes certificates, revocations and rights anew on SIGHUP.

    Parameters
    ----------
    authority, folder : Path
        The authority's folder, and the broker's.
    listener : Listener
        Where the broker listens.
    name : str or None
        Which certificate; None where only one broker has one.
    seen_at : Path or None
        The folder's place on the broker's own machine or in its container, where that differs.
    now_ns : callable
        The clock, UTC in nanoseconds.

    Raises
    ------
    BadConfig
        No authority, no certificate for a broker, several and no `name`, a bad place, or bad
        rules of the plant's own.
    BadCertificate, UnsafeKey
        The broker's key is missing, or others may read it.
    OutputError
        It cannot be written.
    """
    files = BrokerFiles(folder.absolute())
    text = configuration(BrokerFiles(seen_at) if seen_at else files, listener)
    if files.folder.resolve().is_relative_to(authority.resolve()):
        raise BadConfig(f"{folder}: a broker's files do not belong into the authority's folder")
    with locked(check_folder(authority)):
        ledger = load_ledger(authority)
        holding = current(ledger.issued, now_ns() / 1e9)
        broker = _broker(authority, holding, name)
        bundle = authority / ISSUED / broker.name
        key = _key(bundle / f"{broker.name}.key", files)
        access = access_list(ledger.site, holding)
        access += plant_rules(authority, ledger.issued, holding)
        audit_log(authority, now_ns).write(
            "broker config", {"folder": str(files.folder), "port": listener.port}
        )
        make_private_folder(files.folder)
        make_private_folder(files.data)
        for path, content, mode in (
            *key,
            (files.certificate, (bundle / f"{broker.name}.crt").read_bytes(), PUBLIC),
            (files.authority, (authority / CA_CERTIFICATE).read_bytes(), PUBLIC),
            (files.revocations, (authority / CRL).read_bytes(), PUBLIC),
            (files.access, access.encode(), SECRET),
            (files.configuration, text.encode(), PUBLIC),
        ):
            write_file(path, content, mode)
    return files


def _key(issued: Path, files: BrokerFiles) -> list[tuple[Path, bytes, int]]:
    """Return the key to write; none where it left the authority for the broker's folder."""
    if not issued.exists() and files.key.exists():
        return []
    check_key_file(issued)
    return [(files.key, issued.read_bytes(), SECRET)]


def _broker(authority: Path, holding: tuple[Issued, ...], name: str | None) -> Issued:
    brokers = [one for one in holding if one.role == "broker" and name in (None, one.name)]
    if len(brokers) == 1:
        return brokers[0]
    if brokers:
        raise BadConfig(
            f"{authority}: several brokers ({', '.join(one.name for one in brokers)}); "
            "choose with --name"
        )
    raise BadConfig(
        f"{authority}: no valid certificate for {'a broker' if name is None else repr(name)}; "
        f"motorwatch pki issue {authority} broker --role broker --host NAME-OR-ADDRESS"
    )
