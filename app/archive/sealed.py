r"""The form of one capture's file: a header that anyone can read, and a body that may be secret.

::

    MWCAP1\n | length of header, 4 bytes | header, JSON | body

The body is the squeezed capture, encrypted by AES-256-GCM where there is a key, with a nonce of
its own. Everything before the body is associated data: a changed header opens nothing. Without a
key the digest in the header guards against damage, not against malice.
"""

import hashlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from app.archive.keys import Key
from app.archive.squeeze import squeeze, unsqueeze
from app.capture_message import MAX_BYTES
from app.fields import Count, Instant, MotorId, Token
from sensors.errors import DamagedCapture, MissingDependency, WrongKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"MWCAP1\n"
MAX_HEADER = 4096
NONCE_BYTES = 12
Reason = Literal["escalation", "request", "healthy"]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file says of itself before it is opened.

    Attributes
    ----------
    digest
        SHA-256 of the capture's bytes, and the name of the file.
    size
        Of the capture's bytes.
    motor_id, boot_id, seq, t0_ns, t1_ns
        Those of the capture.
    reason
        Why it was sent up.
    stored_ns
        Wall clock when it was archived.
    key_id, nonce
        Which key encrypts it, and its nonce as hexadecimal; None where none does.
    """

    digest: Digest
    size: Annotated[int, Meta(ge=0, le=MAX_BYTES)]
    motor_id: MotorId
    boot_id: Token
    seq: Count
    t0_ns: Instant
    t1_ns: Instant
    reason: Reason
    stored_ns: Instant
    key_id: str | None = None
    nonce: Annotated[str, Meta(pattern=r"\A[0-9a-f]{24}\Z")] | None = None


def seal(payload: bytes, header: Header, key: Key | None) -> bytes:
    """Return the file of a capture; `header` comes without key and nonce.

    Raises
    ------
    MissingDependency
        A key without the library that encrypts.
    """
    if key is None:
        return _front(header) + squeeze(payload)
    nonce = os.urandom(NONCE_BYTES)
    front = _front(msgspec.structs.replace(header, key_id=key.key_id, nonce=nonce.hex()))
    return front + _cipher(key).encrypt(nonce, squeeze(payload), front)


def unseal(content: bytes, keys: Sequence[Key] = ()) -> bytes:
    """Return the bytes of the capture in a file.

    Raises
    ------
    WrongKey
        It is encrypted, and by none of `keys`.
    DamagedCapture
        It was cut or changed, or is not a capture's file.
    MissingDependency
        It is encrypted, and the library that decrypts is missing.
    """
    header = read_header(content)
    start = len(MAGIC) + 4 + int.from_bytes(content[len(MAGIC) : len(MAGIC) + 4])
    body = content[start:]
    if header.key_id is not None:
        body = _decrypt(header, content[:start], body, keys)
    payload = unsqueeze(body, header.size)
    if hashlib.sha256(payload).hexdigest() != header.digest:
        raise DamagedCapture("the capture's digest is not the one in its header")
    return payload


def read_header(content: bytes) -> Header:
    """Return the header of a file, of which the beginning is enough; raises DamagedCapture."""
    at = len(MAGIC) + 4
    length = int.from_bytes(content[len(MAGIC) : at])
    if not content.startswith(MAGIC) or length > MAX_HEADER or len(content) < at + length:
        raise DamagedCapture("not a capture's file, or cut short")
    try:
        return msgspec.json.decode(content[at : at + length], type=Header)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DamagedCapture(f"the header is damaged ({str(error)[:200]!a})") from error


def _front(header: Header) -> bytes:
    text = msgspec.json.encode(header)
    return MAGIC + len(text).to_bytes(4) + text


def _decrypt(header: Header, front: bytes, body: bytes, keys: Sequence[Key]) -> bytes:
    key = next((each for each in keys if each.key_id == header.key_id), None)
    if key is None:
        at_hand = ", ".join(each.key_id for each in keys) or "none"
        raise WrongKey(
            f"encrypted by key {header.key_id}; at hand: {at_hand}. Name the file of that key too"
        )
    cipher = _cipher(key)
    # Imported after the cipher, whose absence has a message of its own.
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(bytes.fromhex(header.nonce or ""), body, front)
    except (InvalidTag, ValueError) as error:
        raise DamagedCapture("the file was changed since it was encrypted") from error


def _cipher(key: Key) -> "AESGCM":
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise MissingDependency(
            "encrypted captures need a library: pip install 'motorwatch[live]'"
        ) from error
    return AESGCM(key.secret)
