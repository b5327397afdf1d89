"""The acts of a plant's certificate authority: make it, issue, renew, revoke.

Each act is first audited, then in the ledger, then in files: a certificate that the ledger does
not know, and that could not be revoked, never exists.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.audit import Fact
from app.pki.certificates import (
    Signer,
    key_pem,
    make_authority,
    make_certificate,
    make_revocations,
    new_key,
    new_serial,
)
from app.pki.folder import (
    CA_CERTIFICATE,
    CA_KEY,
    CRL,
    ISSUED,
    Clock,
    audit_log,
    check_folder,
    open_signer,
)
from app.pki.ledger import Issued, Ledger, load_ledger, save_ledger
from app.pki.names import check_level
from app.pki.order import Order, check_days, check_order
from app.pki.private_files import PUBLIC, SECRET, locked, make_private_folder, write_file
from app.pki.reading import read_request
from sensors.errors import BadConfig

CA_DAYS = 3650
CERTIFICATE_DAYS = 365
SKEW_S = 300
"""Certificates hold from this long ago: clocks of a plant differ."""
DAY_S = 86_400


def init(
    folder: Path,
    site: str,
    *,
    days: int = CA_DAYS,
    passphrase: bytes | None = None,
    now_ns: Clock = time.time_ns,
) -> None:
    """Make a certificate authority in a new or empty folder.

    Raises
    ------
    BadConfig
        The folder holds something, or the site cannot stand in a topic.
    OutputError
        The folder cannot be made or written.
    """
    check_level("site", site)
    check_days(days)
    make_private_folder(folder)
    folder.chmod(0o700)
    with locked(folder):
        if any(folder.iterdir()):
            raise BadConfig(
                f"{folder}: is not empty; an authority is never overwritten, choose another folder"
            )
        now_s = now_ns() // 10**9
        end_s = now_s + days * DAY_S
        audit_log(folder, now_ns).write("pki init", {"site": site, "days": days})
        key = new_key()
        made = make_authority(site, key, _utc(now_s - SKEW_S), _utc(end_s))
        write_file(folder / CA_KEY, key_pem(key, passphrase), SECRET)
        write_file(folder / CA_CERTIFICATE, made, PUBLIC)
        ledger = Ledger(site=site, not_after_s=end_s, crl_s=now_s - SKEW_S)
        _write_revocations(folder, ledger, open_signer(folder, passphrase))
        # Last: a folder with a ledger is a whole authority.
        save_ledger(folder, ledger)


def issue(
    folder: Path,
    order: Order,
    *,
    passphrase: bytes | None = None,
    now_ns: Clock = time.time_ns,
) -> Path:
    """Issue a certificate, and return the folder with all that its owner needs.

    Raises
    ------
    BadConfig
        The order cannot be followed; the message says why.
    BadCertificate, UnsafeKey
        The authority's own files, or the signing request, cannot be used.
    OutputError
        It cannot be written.
    """
    with locked(check_folder(folder)):
        ledger = load_ledger(folder)
        now_s = now_ns() // 10**9
        issued = _line(check_order(order, ledger, now_s), ledger, now_s)
        signer = open_signer(folder, passphrase)
        key = None if order.request else new_key()
        public = key.public_key() if key else read_request(order.request or b"")
        made = make_certificate(signer, issued, public)
        audit_log(folder, now_ns).write("pki issue", _facts(issued))
        save_ledger(folder, msgspec.structs.replace(ledger, issued=(*ledger.issued, issued)))
        bundle = folder / ISSUED / issued.name
        make_private_folder(folder / ISSUED)
        make_private_folder(bundle)
        for shared in (CA_CERTIFICATE, CRL):
            write_file(bundle / shared, (folder / shared).read_bytes(), PUBLIC)
        place = bundle / f"{issued.name}.key"
        if key:
            write_file(place, key_pem(key), SECRET)
        else:
            place.unlink(missing_ok=True)  # of the certificate before, and no match for this one
        write_file(bundle / f"{issued.name}.crt", made, PUBLIC)
    return bundle


def revoke(
    folder: Path,
    name: str,
    *,
    passphrase: bytes | None = None,
    now_ns: Clock = time.time_ns,
) -> tuple[Issued, ...]:
    """Revoke all certificates of a name, and return those that held until now.

    The new list stands in the authority's folder and in every bundle; a broker must be given it.

    Raises
    ------
    BadConfig
        No certificate of that name is left to revoke.
    BadCertificate, UnsafeKey
        The authority's own files cannot be used.
    OutputError
        It cannot be written.
    """
    with locked(check_folder(folder)):
        ledger = load_ledger(folder)
        now_s = now_ns() // 10**9
        ended = tuple(one for one in ledger.of_name(name) if one.revoked_s is None)
        if not ended:
            raise BadConfig(
                f"{folder}: no certificate named {name[:200]!r} is left to revoke; "
                f"motorwatch pki list {folder} shows all"
            )
        signer = open_signer(folder, passphrase)
        serials = [one.serial for one in ended]
        audit_log(folder, now_ns).write("pki revoke", {"name": name, "serials": serials})
        ledger = _revoked(ledger, name, now_s)
        save_ledger(folder, ledger)
        _write_revocations(folder, ledger, signer)
    return ended


def _line(order: Order, ledger: Ledger, now_s: int) -> Issued:
    end_s = now_s + order.days * DAY_S
    if end_s > ledger.not_after_s:
        left = (ledger.not_after_s - now_s) // DAY_S
        raise BadConfig(
            f"{order.days} days would outlive the authority itself, which has {max(left, 0)} left; "
            "give fewer --days, or make a new authority"
        )
    assert order.role is not None, "check_order fills it in"
    return Issued(
        name=order.name,
        role=order.role,
        motors=order.motors,
        hosts=order.hosts,
        serial=new_serial(),
        not_before_s=now_s - SKEW_S,
        not_after_s=end_s,
    )


def _revoked(ledger: Ledger, name: str, now_s: int) -> Ledger:
    issued = tuple(
        msgspec.structs.replace(one, revoked_s=now_s)
        if one.name == name and one.revoked_s is None
        else one
        for one in ledger.issued
    )
    # A broker that holds two lists believes the later one; two in one second would be a draw.
    return msgspec.structs.replace(
        ledger,
        issued=issued,
        crl_number=ledger.crl_number + 1,
        crl_s=max(now_s - SKEW_S, ledger.crl_s + 1),
    )


def _write_revocations(folder: Path, ledger: Ledger, signer: Signer) -> None:
    made = make_revocations(signer, ledger.revoked(), ledger.crl_number, _utc(ledger.crl_s))
    bundles = sorted(path.parent for path in (folder / ISSUED).glob(f"*/{CRL}"))
    for place in (folder, *bundles):
        write_file(place / CRL, made, PUBLIC)


def _facts(issued: Issued) -> dict[str, Fact]:
    return {
        "name": issued.name,
        "role": issued.role,
        "serial": issued.serial,
        "motors": list(issued.motors),
        "hosts": list(issued.hosts),
        "not_after": _utc(issued.not_after_s).isoformat(),
    }


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
