"""Where an authority keeps what.

::

ca.crt  ca.key  crl.pem  ledger.json  audit.jsonl
issued/NAME/  ca.crt  crl.pem  NAME.crt  NAME.key
"""

from collections.abc import Callable
from pathlib import Path

from app.audit import AuditLog
from app.pki.certificates import Signer
from app.pki.key_file import check_key_file
from app.pki.reading import load_signer
from sensors.errors import BadCertificate, BadConfig

CA_CERTIFICATE, CA_KEY, CRL = "ca.crt", "ca.key", "crl.pem"
AUDIT, ISSUED = "audit.jsonl", "issued"
Clock = Callable[[], int]


def check_folder(folder: Path) -> Path:
    """Return an authority's folder.

    Raises
    ------
    BadConfig
        There is none.
    """
    if not folder.is_dir():
        raise BadConfig(
            f"{folder}: no certificate authority; make one: motorwatch pki init {folder}"
        )
    return folder


def audit_log(folder: Path, now_ns: Clock) -> AuditLog:
    """Return where an authority's acts are recorded."""
    return AuditLog(folder / AUDIT, now_ns)


def is_encrypted(folder: Path) -> bool:
    """Tell whether an authority's key needs a passphrase.

    Raises
    ------
    BadCertificate, UnsafeKey
        There is no key, or others may read it.
    """
    check_key_file(check_folder(folder) / CA_KEY)
    return b"ENCRYPTED" in _read(folder / CA_KEY)


def open_signer(folder: Path, passphrase: bytes | None) -> Signer:
    """Return an authority's certificate and key.

    Raises
    ------
    BadCertificate, UnsafeKey, BadConfig
        As `load_signer`, or others may read the key.
    """
    check_key_file(folder / CA_KEY)
    return load_signer(_read(folder / CA_CERTIFICATE), _read(folder / CA_KEY), passphrase)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadCertificate(
            f"{path}: cannot be read ({error.strerror}); restore the authority from its backup"
        ) from error
