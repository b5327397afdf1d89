"""Private keys are read only where nobody else can have read or exchanged them."""

import os
import stat
from pathlib import Path

from sensors.errors import BadCertificate, UnsafeKey


def check_key_file(path: Path) -> None:
    """Raise unless a private key's file is its owner's secret.

    Raises
    ------
    BadCertificate
        There is no such file.
    UnsafeKey
        Group or others have rights on it, or somebody else owns it.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise BadCertificate(f"{path}: the key cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(facts.st_mode):
        raise BadCertificate(f"{path}: the key must be a file")
    if facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UnsafeKey(
            f"{path}: others than its owner may use this private key "
            f"(mode {stat.S_IMODE(facts.st_mode):04o}); chmod 600 {path}, and if they may have "
            "read it, revoke its certificate"
        )
    if facts.st_uid not in (os.geteuid(), 0):
        raise UnsafeKey(
            f"{path}: this private key belongs to user {facts.st_uid}, not to the one who runs "
            f"this ({os.geteuid()}); chown {os.geteuid()} {path}"
        )


def check_not_writable_by_others(path: Path) -> None:
    """Raise unless only its owner can exchange a file on which trust rests.

    Raises
    ------
    BadCertificate
        There is no such file.
    UnsafeKey
        Group or others may write it, or somebody else owns it.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise BadCertificate(f"{path}: cannot be read ({error.strerror})") from error
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UnsafeKey(f"{path}: others may exchange this file; chmod 644 {path}")
    if facts.st_uid not in (os.geteuid(), 0):
        raise UnsafeKey(
            f"{path}: belongs to user {facts.st_uid}, who could exchange it; "
            f"chown {os.geteuid()} {path}"
        )
