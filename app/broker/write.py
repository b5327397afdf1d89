"""The folder of a broker, made anew from an authority: configuration, access list, certificates."""

import time
from collections.abc import Callable
from pathlib import Path

from app.audit import AuditLog
from app.broker.access import access_list
from app.broker.configuration import BrokerFiles, Listener, configuration
from app.pki.authority import AUDIT, CA_CERTIFICATE, CRL, ISSUED
from app.pki.key_file import check_key_file
from app.pki.ledger import Issued, Ledger, current, load_ledger
from app.pki.private_files import PUBLIC, SECRET, locked, make_private_folder, write_file
from sensors.errors import BadConfig


def write_broker(
    authority: Path,
    folder: Path,
    listener: Listener,
    *,
    name: str | None = None,
    now_ns: Callable[[], int] = time.time_ns,
) -> BrokerFiles:
    """Write all that a broker needs into a folder, over what was there; its queues stay.

    Files belong to the owner of the folder, so that root may write what the broker's own user
    reads. A running broker takes certificates, revocations and rights anew on SIGHUP.

    Raises
    ------
    BadConfig
        No authority, no certificate for a broker, or several and no `name`.
    UnsafeKey
        Others may read the broker's key.
    OutputError
        It cannot be written.
    """
    files = BrokerFiles(folder.absolute())
    text = configuration(files, listener)
    ledger = load_ledger(authority)
    now_s = now_ns() / 1e9
    holding = current(ledger.issued, now_s)
    broker = _broker(authority, ledger, holding, name)
    bundle = authority / ISSUED / broker.name
    key = bundle / f"{broker.name}.key"
    check_key_file(key)
    with locked(authority):
        AuditLog(authority / AUDIT, now_ns).write(
            "broker config", {"folder": str(files.folder), "port": listener.port}
        )
        make_private_folder(files.folder)
        make_private_folder(files.data)
        write_file(files.key, key.read_bytes(), SECRET)
        write_file(files.certificate, (bundle / f"{broker.name}.crt").read_bytes(), PUBLIC)
        write_file(files.authority, (authority / CA_CERTIFICATE).read_bytes(), PUBLIC)
        write_file(files.revocations, (authority / CRL).read_bytes(), PUBLIC)
        write_file(files.access, access_list(ledger.site, holding).encode(), SECRET)
        write_file(files.configuration, text.encode(), PUBLIC)
    return files


def _broker(
    authority: Path, ledger: Ledger, holding: tuple[Issued, ...], name: str | None
) -> Issued:
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
