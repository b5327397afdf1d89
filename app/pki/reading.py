"""X.509 read by `cryptography`: an authority's own files, signing requests, certificates."""

from dataclasses import dataclass
from datetime import datetime

from app.pki import NEEDS_CRYPTOGRAPHY
from app.pki.certificates import PublicKey, Signer
from sensors.errors import BadCertificate, BadConfig, MissingDependency

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import NameOID
except ImportError as error:
    raise MissingDependency(NEEDS_CRYPTOGRAPHY) from error

SMALLEST_RSA_BITS = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says of itself: owner's common name, number, validity in UTC."""

    name: str
    serial: str
    not_before: datetime
    not_after: datetime


def load_signer(certificate: bytes, key: bytes, passphrase: bytes | None) -> Signer:
    """Return an authority that can sign.

    Raises
    ------
    BadCertificate
        Its files are damaged or do not belong together.
    BadConfig
        The passphrase is missing, wrong, or given for a key without one.
    """
    try:
        known = x509.load_pem_x509_certificate(certificate)
        opened = serialization.load_pem_private_key(key, passphrase)
    except TypeError as error:
        # Also: a passphrase is given and the key is not encrypted.
        raise BadConfig(f"the authority's key: {error}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        if passphrase and b"ENCRYPTED" in key:
            raise BadConfig("the authority's key: the passphrase does not fit") from error
        raise BadCertificate(
            f"the authority's certificate or key is damaged ({error}); restore a backup"
        ) from error
    if (
        not isinstance(opened, ec.EllipticCurvePrivateKey)
        or opened.public_key() != known.public_key()
    ):
        raise BadCertificate(
            "the authority's key is not that of its certificate; restore a backup of both"
        )
    return Signer(known, opened)


def read_request(pem: bytes) -> PublicKey:
    """Return the public key of a signing request; nothing else that it asks for counts.

    Raises
    ------
    BadCertificate
        Damaged, not signed by its own key, or with a weak key.
    """
    try:
        request = x509.load_pem_x509_csr(pem)
        key = request.public_key()
        whole = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate(f"signing request: not a PEM request ({error})") from error
    if not whole:
        raise BadCertificate("signing request: not signed by the key it names; make it again")
    strong_ec = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)
    strong_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA_BITS
    if not (strong_ec or strong_rsa):
        raise BadCertificate(
            f"signing request: its key must be ECDSA (P-256, P-384, P-521) or RSA of at least "
            f"{SMALLEST_RSA_BITS} bits"
        )
    assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    return key


def read_facts(pem: bytes) -> CertificateFacts:
    """Return what the first certificate of a PEM text says of itself.

    Raises
    ------
    BadCertificate
        There is none.
    """
    try:
        known = x509.load_pem_x509_certificate(pem)
        names = known.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError as error:
        raise BadCertificate(f"not a PEM certificate ({error})") from error
    return CertificateFacts(
        name=str(names[0].value) if names else "",
        serial=f"{known.serial_number:x}",
        not_before=known.not_valid_before_utc,
        not_after=known.not_valid_after_utc,
    )


def read_authorities(pem: bytes) -> list[x509.Certificate]:
    """Return the authorities of a PEM text, one or, while one replaces another, several.

    Raises
    ------
    BadCertificate
        There is none, or one that is not an authority.
    """
    try:
        known = x509.load_pem_x509_certificates(pem)
        bounds = [one.extensions.get_extension_for_class(x509.BasicConstraints) for one in known]
    except (ValueError, x509.ExtensionNotFound) as error:
        raise BadCertificate(f"not the certificate of an authority ({error})") from error
    if not all(bound.value.ca for bound in bounds):
        raise BadCertificate("not the certificate of an authority, which alone may issue others")
    return known


def is_issued_by(pem: bytes, authorities: list[x509.Certificate]) -> bool:
    """Tell whether one of these authorities signed the first certificate of a PEM text."""
    known = x509.load_pem_x509_certificate(pem)
    for authority in authorities:
        try:
            known.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False
