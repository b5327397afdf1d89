"""Secrets out of what is logged: by the name of a field, and by their shape within text."""

import re

HIDDEN = "***"

_NAMES = r"pass(?:word|wd|phrase)?|secret|token|api_?key|private_?key|credentials?|authorization"
_NAME = re.compile(rf"(?:^|[_-])(?:{_NAMES}|key)(?:$|[_-])", re.IGNORECASE)
_IN_URL = re.compile(r"(?<=://)([^\s/@:]{0,200}):[^\s]{1,300}(?=@)")
_ASSIGNED = re.compile(
    rf"(?<![A-Za-z0-9])({_NAMES})(['\"]?\s{{0,3}}[=:]\s{{0,3}}(?:(?:Basic|Bearer)\s)?)"
    r"(\"[^\"]{0,2000}\"|'[^']{0,2000}'|[^\s,;&'\"]{1,2000})",
    re.IGNORECASE,
)
_PEM = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


def is_secret_name(name: str) -> bool:
    """Say whether a field of this name holds a secret, such as ``password`` or ``api_key``."""
    return _NAME.search(name) is not None


def redact(text: str) -> str:
    """Return text without the password of a URL, values named as secrets, and private keys."""
    text = _PEM.sub(f"{HIDDEN} (private key)", text)
    text = _IN_URL.sub(rf"\1:{HIDDEN}", text)
    return _ASSIGNED.sub(rf"\1\2{HIDDEN}", text)
