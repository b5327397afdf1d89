"""A client's side of mutual TLS: its files are checked before anything is sent.

::

    [broker.tls]
    ca = "press-3/ca.crt"             # who may vouch for the broker: this authority alone
    certificate = "press-3/press-3.crt"
    key = "press-3/press-3.key"       # readable by its owner alone; or a TPM's own key file
    crl = "press-3/crl.pem"           # revoked brokers; left out, none is

TLS 1.2 at least; the broker's name is always checked against the host that is dialled.
"""

import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
from msgspec import Meta

from app.pki.key_file import check_key_file, check_not_writable_by_others
from sensors.errors import BadCertificate

FilePath = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"\A[^\x00]+\Z")]


class TlsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files of one client; the module's docstring says what each is."""

    ca: FilePath
    certificate: FilePath
    key: FilePath
    crl: FilePath | None = None


def client_context(config: TlsConfig, now_ns: Callable[[], int] = time.time_ns) -> ssl.SSLContext:
    """Return what a client needs to speak to a broker that the same authority vouches for.

    Raises
    ------
    BadCertificate
        A file is missing or damaged, a certificate is expired or not yet valid, or the files do
        not belong together.
    UnsafeKey
        Others may read the key or exchange a file on which trust rests.
    """
    ca, certificate, key = (Path(p) for p in (config.ca, config.certificate, config.key))
    check_key_file(key)
    for path in (ca, certificate, *([Path(config.crl)] if config.crl else [])):
        check_not_writable_by_others(path)
    _check_certificates(ca, certificate, datetime.fromtimestamp(now_ns() / 1e9, UTC))
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=config.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    _load_own(context, certificate, key)
    if config.crl:
        _load_revocations(context, Path(config.crl))
    return context


def _check_certificates(ca: Path, certificate: Path, now: datetime) -> None:
    # Here, not above: a process without TLS should not pay for the library's memory.
    from app.pki.reading import is_issued_by, read_authorities, read_facts

    try:
        own = certificate.read_bytes()
        facts = read_facts(own)
    except BadCertificate as error:
        raise BadCertificate(f"{certificate}: {error}") from error
    if now > facts.not_after:
        raise BadCertificate(
            f"{certificate}: {facts.name} expired on {facts.not_after:%Y-%m-%d %H:%M} UTC; "
            "renew it: motorwatch pki issue AUTHORITY NAME --renew"
        )
    if now < facts.not_before:
        raise BadCertificate(
            f"{certificate}: {facts.name} holds only from {facts.not_before:%Y-%m-%d %H:%M} UTC, "
            f"and the clock says {now:%Y-%m-%d %H:%M}; set the clock"
        )
    try:
        authorities = read_authorities(ca.read_bytes())
    except BadCertificate as error:
        raise BadCertificate(f"{ca}: {error}") from error
    if not is_issued_by(own, authorities):
        raise BadCertificate(
            f"{certificate}: was not issued by the authority of {ca}; take both "
            "from the same bundle"
        )
    if all(now > authority.not_valid_after_utc for authority in authorities):
        raise BadCertificate(f"{ca}: the authority has expired; make a new one and issue anew")


def _load_own(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    def ask() -> NoReturn:
        # Otherwise OpenSSL asks on the terminal, and a service hangs.
        raise BadCertificate(f"{key}: is encrypted, and nobody is there to type its passphrase")

    try:
        context.load_cert_chain(certificate, key, password=ask)
    except (ssl.SSLError, OSError) as error:
        raise BadCertificate(
            f"{key}: is damaged, or not the key of {certificate} ({error}); take both from the "
            "same bundle"
        ) from error


def _load_revocations(context: ssl.SSLContext, crl: Path) -> None:
    before = context.cert_store_stats()["crl"]
    try:
        context.load_verify_locations(cafile=crl)
    except (ssl.SSLError, OSError) as error:
        raise BadCertificate(f"{crl}: not a list of revocations ({error})") from error
    if context.cert_store_stats()["crl"] == before:
        raise BadCertificate(f"{crl}: holds no list of revocations; take the authority's crl.pem")
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
