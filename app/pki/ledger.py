"""What an authority has issued and revoked: `ledger.json` in its folder, written whole."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.pki.names import Role, check_host, check_level, check_name
from app.pki.private_files import SECRET, write_file
from sensors.errors import BadConfig

FILE = "ledger.json"
SOON_DAYS = 30
"""A certificate that holds no longer than this is named wherever certificates are looked at."""
Serial = Annotated[str, Meta(pattern=r"\A[0-9a-f]{1,40}\Z")]
"""Up to 20 octets (RFC 5280, 4.1.2.2) in hexadecimal."""


class Issued(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One certificate.

    Attributes
    ----------
    name, role
        Whose, and what it may do at the broker.
    motors
        Which a device speaks for.
    hosts
        Names and addresses under which clients reach a broker.
    serial
        The certificate's own number.
    not_before_s, not_after_s
        Validity, seconds since 1970 UTC.
    revoked_s
        When it was revoked; None while it holds.
    """

    name: str
    role: Role
    serial: Serial
    not_before_s: int
    not_after_s: int
    motors: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    revoked_s: int | None = None

    def holds(self, now_s: float) -> bool:
        """Tell whether it is neither revoked nor expired."""
        return self.revoked_s is None and now_s <= self.not_after_s


class Ledger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All certificates of one authority, in the order they were issued.

    Attributes
    ----------
    site
        The plant; all topics of the access list are within it.
    not_after_s
        When the authority itself expires.
    issued
        Renewals stand after what they renew, under the same name.
    crl_number, crl_s
        Number and nominal time of the last list of revocations.
    """

    site: str
    not_after_s: int
    crl_number: int = 1
    crl_s: int
    issued: tuple[Issued, ...] = ()
    version: Literal[1] = 1

    def of_name(self, name: str) -> tuple[Issued, ...]:
        """Return all certificates that one name ever had."""
        return tuple(one for one in self.issued if one.name == name)

    def revoked(self) -> tuple[Issued, ...]:
        """Return all revoked certificates."""
        return tuple(one for one in self.issued if one.revoked_s is not None)


def current(issued: Iterable[Issued], now_s: float) -> tuple[Issued, ...]:
    """Return the latest certificate of each name that still holds one."""
    latest = {one.name: one for one in issued if one.holds(now_s)}
    return tuple(latest[name] for name in sorted(latest))


def load_ledger(folder: Path) -> Ledger:
    """Read the ledger of an authority, and distrust it: an access list is made of its names.

    Raises
    ------
    BadConfig
        The folder holds no authority, or its ledger was damaged.
    """
    path = folder / FILE
    try:
        ledger = msgspec.json.decode(path.read_bytes(), type=Ledger)
        _check(ledger)
    except FileNotFoundError:
        raise BadConfig(
            f"{folder}: no certificate authority; make one: motorwatch pki init {folder}"
        ) from None
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise BadConfig(f"{path}: cannot be used ({error}); restore it from a backup") from error
    return ledger


def save_ledger(folder: Path, ledger: Ledger) -> None:
    """Write the ledger of an authority; raises OutputError."""
    text = msgspec.json.format(msgspec.json.encode(ledger), indent=1)
    write_file(folder / FILE, text + b"\n", SECRET)


def _check(ledger: Ledger) -> None:
    check_level("site", ledger.site)
    for one in ledger.issued:
        check_name(one.name)
        for motor in one.motors:
            check_level("motor", motor)
        for host in one.hosts:
            check_host(host)
