"""What a database's refusal means and what to do about it, as StoreError."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from sensors.errors import StoreError

_SQLITE = {
    sqlite3.SQLITE_FULL: "the disk or its quota is full: free space, or name a store elsewhere",
    sqlite3.SQLITE_IOERR: "reading or writing failed: the disk is full, over a file-size limit, "
    "or failing; free space or name a store elsewhere",
    sqlite3.SQLITE_READONLY: "file or folder is read-only: make both writable, "
    "or name a store elsewhere",
    sqlite3.SQLITE_PERM: "permission denied: make file and folder writable",
    sqlite3.SQLITE_BUSY: "another program is writing to it: let it end, or wait longer by adding "
    "?timeout=60 (seconds) to the URL",
    sqlite3.SQLITE_LOCKED: "another connection holds it: let it end and try again",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: keep a copy, recover rows with "
    "`sqlite3 FILE .recover`, and replay into a new store",
    sqlite3.SQLITE_NOTADB: "the file is not a database: name another file",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened: its folder must exist and be writable, "
    "and the path must not be a folder",
}
_POSTGRESQL = {
    "53100": "the server's disk is full: free space there",
    "25006": "the server is read-only (a standby?): name the primary",
    "42501": "permission denied: the user needs to create and write tables",
    "3D000": "no such database: create it",
}
_OTHER = "the database cannot do that now: check that it runs and that this user may write to it"


@contextmanager
def refusals(url: URL) -> Iterator[None]:
    """Turn what a database raises within the block into a StoreError that names the remedy."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"{shown(url)}: {_remedy(error)} ({error.orig})") from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise StoreError(
            f"{shown(url)}: a value that no column can hold ({error}); nothing was stored"
        ) from error


def shown(url: URL) -> str:
    """Return a URL fit for messages, without its password."""
    return url.render_as_string(hide_password=True)


def _remedy(error: DBAPIError) -> str:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _SQLITE.get(code & 0xFF, _OTHER)
    return _POSTGRESQL.get(str(getattr(error.orig, "sqlstate", None)), _OTHER)
