"""Whether a process's certificate is the one that its broker knows it by, and for how long."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.live_config.sections import Broker
from app.pki.ledger import SOON_DAYS
from app.pki.names import ROLES
from app.tls import TlsConfig
from sensors.errors import BadCertificate, BadConfig


def check_identity(role: str, broker: Broker) -> None:
    """Compare the certificate's common name with the name that the process will go by.

    The broker gives its rights to the common name, ``ROLE:NAME``. A certificate that cannot be
    read is passed over here: `app.tls.client_context` says so.

    Raises
    ------
    BadConfig
        They differ.
    """
    owner = None if broker.tls is None else _common_name(broker.tls)
    if owner is None or broker.tls is None:
        return
    holds, _, name = owner.partition(":")
    if holds not in ROLES or not name:
        raise BadConfig(
            f"{broker.tls.certificate}: its common name is {owner[:200]!r}, and the broker's rules "
            "know only ROLE:NAME; have it issued by `motorwatch pki issue`"
        )
    # `up` is all roles at once, so its certificate may be of any.
    if role not in (holds, "up"):
        raise BadConfig(
            f"{broker.tls.certificate}: its common name is {owner!r}, and the broker gives a "
            f"{holds}'s rights to it, but this is a {role}; name the certificate of a {role}, "
            f"or issue one: motorwatch pki issue AUTHORITY NAME --role {role}"
        )
    if broker.name is None and role == "operator":
        return  # who only orders says nothing under a name of its own
    goes_by = broker.name or role
    if name != goes_by:
        here = f'name = "{goes_by}"' if broker.name else f'no name, and so goes by "{goes_by}",'
        raise BadConfig(
            f"[broker] has {here} and {broker.tls.certificate} is that of {owner!r}; write "
            f'name = "{name}" there, or give the certificate of {goes_by!r}: the broker lets '
            "nobody say under another's name that it lives"
        )


def expiring(tls: TlsConfig, now_ns: int) -> list[str]:
    """Say which of a client's certificates hold no longer than 30 days more; expired ones fail."""
    from app.pki.reading import is_issued_by, read_authorities, read_facts

    now = datetime.fromtimestamp(now_ns / 1e9, UTC)
    ends: list[tuple[str, datetime, str]] = []
    try:
        own = Path(tls.certificate).read_bytes()
        renew = "renew it: motorwatch pki issue AUTHORITY NAME --renew"
        ends.append((tls.certificate, read_facts(own).not_after, renew))
        authorities = read_authorities(Path(tls.ca).read_bytes())
        signers = [one.not_valid_after_utc for one in authorities if is_issued_by(own, [one])]
        # An authority that was itself renewed signed it twice over: the later one holds.
        end = max(signers) if signers else min(one.not_valid_after_utc for one in authorities)
        ends.append((tls.ca, end, "make a new authority, and let both be trusted for a while"))
    except (OSError, BadCertificate):
        return []  # a problem, and told as one
    soon = now + timedelta(days=SOON_DAYS)
    return [
        f"{path}: expires on {end:%Y-%m-%d %H:%M} UTC, in {(end - now).days} days; {what}"
        for path, end, what in ends
        if now <= end <= soon
    ]


def _common_name(tls: TlsConfig) -> str | None:
    # Here, not above: a configuration without TLS needs no cryptography.
    from app.pki.reading import read_facts

    try:
        return read_facts(Path(tls.certificate).read_bytes()).name
    except (OSError, BadCertificate):
        return None
