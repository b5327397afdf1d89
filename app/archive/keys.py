"""Keys of the archive: 32 random bytes as hexadecimal text, in files that only their owner reads.

Made by ``(umask 077; openssl rand -hex 32 > captures.key)``. The first key encrypts; any that is
named decrypts, so a key is changed by naming the new one before the old, and the old is dropped
once the captures it encrypted are gone.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.secret_file import read_secret
from sensors.errors import BadConfig

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Attributes
    ----------
    key_id : str
        Digest that names it in the header of a file and betrays nothing of it.
    secret : bytes
        32 bytes; never shown.
    """

    key_id: str
    secret: bytes = field(repr=False)


def load_keys(paths: Iterable[Path]) -> tuple[Key, ...]:
    """Read keys from their files.

    Raises
    ------
    BadConfig
        A file cannot be read, others than its owner can read it, or it holds no key.
    """
    return tuple(_load(path) for path in paths)


def make_key(secret: bytes) -> Key:
    """Return the key of 32 secret bytes."""
    return Key(hashlib.sha256(b"motorwatch capture key" + secret).hexdigest()[:16], secret)


def _load(path: Path) -> Key:
    text = read_secret(path)
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise BadConfig(
            f"key file {path}: needs {2 * KEY_BYTES} hexadecimal digits; make one by "
            f"(umask 077; openssl rand -hex {KEY_BYTES} > {path})"
        )
    return make_key(secret)
