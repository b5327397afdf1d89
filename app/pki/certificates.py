"""X.509 by `cryptography`: makes keys, certificates and lists of revocations.

ECDSA on P-256 throughout; the profile is that of RFC 5280, strict enough for OpenSSL's strict
mode. Keys go in and out as PEM; nothing here touches a file.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime

from app.pki import NEEDS_CRYPTOGRAPHY
from app.pki.ledger import Issued
from app.pki.names import identity
from sensors.errors import MissingDependency

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError as error:
    raise MissingDependency(NEEDS_CRYPTOGRAPHY) from error

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class Signer:
    """An authority's certificate and key, ready to sign."""

    certificate: x509.Certificate
    key: PrivateKey


def new_key() -> PrivateKey:
    """Return a new key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: PrivateKey, passphrase: bytes | None = None) -> bytes:
    """Return a key as PKCS #8, encrypted if there is a passphrase."""
    kept = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept)


def make_authority(site: str, key: PrivateKey, start: datetime, end: datetime) -> bytes:
    """Return the self-signed certificate of an authority that can make no further ones (PEM)."""
    # A common name has 64 bytes; a site may be longer.
    common = f"Motorwatch {site}".encode()[:64].decode(errors="ignore").strip()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = _builder(name, name, key.public_key(), x509.random_serial_number(), start, end)
    made = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def new_serial() -> str:
    """Return a random number for a certificate, as the ledger writes it."""
    return f"{x509.random_serial_number():x}"


def make_certificate(signer: Signer, issued: Issued, public: PublicKey) -> bytes:
    """Return the certificate (PEM) that a line of the ledger describes."""
    common = identity(issued.role, issued.name)
    builder = _builder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]),
        signer.certificate.subject,
        public,
        int(issued.serial, 16),
        datetime.fromtimestamp(issued.not_before_s, UTC),
        datetime.fromtimestamp(issued.not_after_s, UTC),
    )
    serves = issued.role == "broker"
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if serves else ExtendedKeyUsageOID.CLIENT_AUTH
    names = (
        _hosts(issued.hosts)
        if serves
        else [x509.UniformResourceIdentifier(f"urn:motorwatch:{common}")]
    )
    made = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(_signed_by(signer), critical=False)
        .sign(signer.key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def make_revocations(
    signer: Signer, revoked: tuple[Issued, ...], number: int, updated: datetime
) -> bytes:
    """Return the list of revoked certificates (PEM), valid as long as the authority itself.

    A list that expired would shut out the whole plant; a plant without a network has nobody who
    renews it every week.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.certificate.subject)
        .last_update(updated)
        .next_update(signer.certificate.not_valid_after_utc)
        .add_extension(_signed_by(signer), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(int(one.serial, 16))
        when = datetime.fromtimestamp(one.revoked_s or 0, UTC)
        builder = builder.add_revoked_certificate(entry.revocation_date(when).build())
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: PublicKey,
    serial: int,
    start: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _signed_by(signer: Signer) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())


def _hosts(hosts: tuple[str, ...]) -> list[x509.GeneralName]:
    made: list[x509.GeneralName] = []
    for host in hosts:
        try:
            made.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            made.append(x509.DNSName(host))
    return made
