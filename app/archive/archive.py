"""The archive: captures go in, durable before they are listed, and come out as they went in.

The folder holds the captures, the store their index. A file is whole and on disk before its row
is committed, and a row is gone before its file, so whatever is listed is there.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from app.archive.index import Entry, drop, entries, entry_of, evictable, insert_entry, total_bytes
from app.archive.keys import Key
from app.archive.sealed import MAX_HEADER, Header, Reason, read_header, seal, unseal
from app.capture_message import decode_capture
from app.store import Store
from sensors.capture import Capture
from sensors.errors import DamagedCapture, OutputError, StoreError
from sensors.output import write_whole

ENDING = ".mwcap"
LIMIT_BYTES = 10 * 2**30


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What the recovery scan found and mended.

    Attributes
    ----------
    adopted
        Files without a row: listed again.
    lost
        Rows without a file: no longer listed.
    damaged
        Files that are none of ours or were cut: left where they are.
    swept
        Beginnings of files that were never finished: deleted.
    """

    adopted: tuple[str, ...]
    lost: tuple[str, ...]
    damaged: tuple[str, ...]
    swept: int


class Archive:
    """Raw captures in a folder.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    store : Store
        Holds the index.
    keys : sequence of Key
        The first encrypts, any decrypts; without one, files are not encrypted.
    limit_bytes : int
        Most that all files come to. For room, healthy captures go first, then the others, the
        oldest of each first; what an open alarm or a hold needs stays.
    now_ns : callable
        Wall clock, for the index.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        *,
        keys: Sequence[Key] = (),
        limit_bytes: int = LIMIT_BYTES,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._folder = folder
        self._store = store
        self._keys = tuple(keys)
        self._limit_bytes = limit_bytes
        self._now_ns = now_ns

    def put(self, payload: bytes, reason: Reason) -> str:
        """Keep a capture's message and return its digest; one that is there already stays.

        Raises
        ------
        BadMessage
            The bytes are not a capture.
        OutputError
            The disk is full or refuses: nothing is left half done.
        StoreError
            There is no room within the limit, or the index refuses.
        """
        capture, boot_id = decode_capture(payload)
        digest = hashlib.sha256(payload).hexdigest()
        if entry_of(self._store, digest) is not None:
            return digest
        header = Header(
            digest=digest,
            size=len(payload),
            motor_id=capture.motor_id,
            boot_id=boot_id,
            seq=capture.seq,
            t0_ns=capture.t0_ns,
            t1_ns=capture.t1_ns,
            reason=reason,
            stored_ns=self._now_ns(),
        )
        content = seal(payload, header, self._keys[0] if self._keys else None)
        self._make_room(len(content))
        self._write(digest, content)
        insert_entry(self._store, header, len(content), bool(self._keys))
        return digest

    def get(self, digest: str) -> tuple[Capture, str]:
        """Return a capture and its boot_id.

        Raises
        ------
        StoreError
            No such capture, or its file is gone; WrongKey, DamagedCapture.
        """
        if entry_of(self._store, digest) is None:
            raise StoreError(f"no capture {digest[:64]} is listed; `motorwatch captures list`")
        path = self._path(digest)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path}: cannot be read ({error.strerror or error})") from error
        try:
            return decode_capture(unseal(content, self._keys))
        except StoreError as error:
            raise type(error)(f"{path}: {error}") from error

    def list(self, motor_id: str | None = None) -> Sequence[Entry]:
        """Return the index, of one motor or of all, in order of the captures' own time."""
        return entries(self._store, motor_id)

    def recover(self) -> Recovery:
        """Mend what a crash left: files and rows that lack each other, files never finished.

        Raises
        ------
        StoreError
            Captures are listed, and the folder is not there at all.
        """
        listed = {entry.digest for entry in entries(self._store)}
        if listed and not self._folder.is_dir():
            raise StoreError(
                f"{self._folder}: is not there, and {len(listed)} captures are listed; is its "
                "disk mounted?"
            )
        parts = list(self._folder.glob("*/.*.part"))
        for part in parts:
            part.unlink(missing_ok=True)
        found = {path.name.removesuffix(ENDING): path for path in self._files()}
        adopted, damaged = [], []
        for digest in sorted(found.keys() - listed):
            try:
                self._adopt(digest, found[digest])
                adopted.append(digest)
            except DamagedCapture:
                damaged.append(str(found[digest]))
        lost = sorted(listed - found.keys())
        drop(self._store, lost)
        return Recovery(
            adopted=tuple(adopted), lost=tuple(lost), damaged=tuple(damaged), swept=len(parts)
        )

    def _adopt(self, digest: str, path: Path) -> None:
        with path.open("rb") as file:
            header = read_header(file.read(2 * MAX_HEADER))
        if header.digest != digest:
            raise DamagedCapture(f"{path}: holds another capture than its name says")
        insert_entry(self._store, header, path.stat().st_size, header.key_id is not None)

    def _make_room(self, file_bytes: int) -> None:
        excess = total_bytes(self._store) + file_bytes - self._limit_bytes
        if excess <= 0:
            return
        going: list[str] = []
        for entry in evictable(self._store):
            if excess <= 0:
                break
            going.append(entry.digest)
            excess -= entry.file_bytes
        if excess > 0:
            raise StoreError(
                f"{self._folder}: no room for {file_bytes} bytes within the archive's limit of "
                f"{self._limit_bytes}, since the rest belongs to open alarms or holds; raise the "
                "limit, or close alarms"
            )
        drop(self._store, going)
        for digest in going:
            self._path(digest).unlink(missing_ok=True)

    def _write(self, digest: str, content: bytes) -> None:
        path = self._path(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
            # A new name is safe only once the folders that hold it are on disk.
            for folder in (path.parent, self._folder):
                _sync_folder(folder)
        except OutputError:
            raise
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / (digest + ENDING)

    def _files(self) -> Iterator[Path]:
        return self._folder.glob(f"*/*{ENDING}")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
