"""What was heard so far, one window a line, so that a soak of hours goes on after any end.

The first line says by which code: windows that other rules have judged prove nothing of these.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

import app.soak
import dsp
import models
import sensors
from app.soak.count import Heard

JUDGES = (sensors, dsp, models, app.soak)
KINDS = (".py", ".toml")


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """First line of a journal: digest of the code that judged."""

    code: str


def code_digest() -> str:
    """Return the SHA-256 of all code and limits that make or judge a window."""
    digest = hashlib.sha256()
    for package in JUDGES:
        root = Path(package.__path__[0])
        for path in sorted(p for p in root.rglob("*") if p.suffix in KINDS):
            digest.update(f"{package.__name__}/{path.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Journal:
    """Windows heard by one state of the code; those of another are thrown away.

    Parameters
    ----------
    path : Path
        One JSON a line; made where it is not there.
    code : str
        As `code_digest` returns it.

    Attributes
    ----------
    heard : dict of int to Heard
        By number of the window, those that were there before.
    begun_anew : bool
        Whether there was a journal of other code.
    """

    def __init__(self, path: Path, code: str) -> None:
        self._path = path
        lines = path.read_bytes().splitlines() if path.exists() else []
        same = bool(lines) and lines[0] == msgspec.json.encode(Head(code))
        self.heard = _heard(lines[1:]) if same else {}
        self.begun_anew = bool(lines) and not same
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written anew: a line that was cut off by a kill would spoil the next one.
        kept = [Head(code), *self.heard.values()]
        path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in kept))

    def add(self, one: Heard) -> None:
        """Write down one window."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(one) + b"\n")


def _heard(lines: Sequence[bytes]) -> dict[int, Heard]:
    """Return the windows of whole lines."""
    found: dict[int, Heard] = {}
    for line in lines:
        try:
            one = msgspec.json.decode(line, type=Heard)
        except msgspec.MsgspecError:
            break
        found[one.number] = one
    return found
