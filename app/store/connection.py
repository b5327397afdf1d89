"""Engines: SQLite in WAL mode with full sync and foreign keys on, or PostgreSQL by its URL.

Full sync makes a commit survive a power cut, which is what an acknowledgement promises. WAL
lets the dashboard read while the platform writes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from app.store.refusal import refusals, shown
from sensors.errors import BadConfig, MissingDependency, StoreError

BUSY_TIMEOUT_S = 10.0


def make_engine(url: str) -> Engine:
    """Return an engine for a store's URL; nothing is opened yet.

    Raises
    ------
    BadConfig
        Not the URL of a database that this system knows.
    MissingDependency
        PostgreSQL without its driver.
    """
    parsed = parse_url(url)
    try:
        if parsed.get_backend_name() == "postgresql":
            return create_engine(parsed, pool_pre_ping=True)
        engine = create_engine(parsed, connect_args=_sqlite_arguments(parsed))
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"{shown(parsed)}: needs the PostgreSQL driver: pip install 'motorwatch[postgres]'"
        ) from error
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "invalidate", _roll_back_sqlite)
    return engine


def parse_url(text: str) -> URL:
    """Return a store's URL, its driver filled in.

    Raises
    ------
    BadConfig
        Not the URL of a database that this system knows.
    """
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise BadConfig(_not_a_url(text)) from error
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or not url.database or url.database == ":memory:":
        raise BadConfig(_not_a_url(shown(url)))
    _check_query(url)
    return url


def _check_query(url: URL) -> None:
    timeout = url.query.get("timeout", "0")
    plain = isinstance(timeout, str) and timeout.replace(".", "", 1).isdecimal()
    # With uri=true the rest is SQLite's own, such as mode=ro.
    if not plain or ("uri" not in url.query and set(url.query) - {"timeout"}):
        raise BadConfig(
            f"store {shown(url)!r}: after ? stands only timeout=SECONDS, such as ?timeout=60"
        )


def _not_a_url(text: str) -> str:
    return (
        f"store {text!r} is not a database's URL; write sqlite:///relative/path.db, "
        "sqlite:////absolute/path.db or postgresql://user@host/database"
    )


def _sqlite_arguments(url: URL) -> dict[str, float]:
    return {} if "timeout" in url.query else {"timeout": BUSY_TIMEOUT_S}


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    try:
        _set_modes(connection)
    except (sqlite3.Error, StoreError):
        connection.close()
        raise


def _set_modes(connection: sqlite3.Connection) -> None:
    # `_begin_sqlite` alone begins transactions; sqlite3 itself would leave DDL outside of them.
    connection.isolation_level = None
    (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise StoreError(
            f"the store's file system offers journal mode {mode!r} but not WAL; "
            "put the store on a local disk"
        )
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _roll_back_sqlite(connection: sqlite3.Connection, *_: object) -> None:
    # Ctrl-C within a statement: closed as it is, the connection would keep its lock as long as the
    # traceback holds the cursor, and the run's end could not be written. What refuses that, such as
    # a connection closed before, must not take the place of the error at hand.
    with suppress(sqlite3.Error):
        connection.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one write transaction: committed at the end of the block, or nothing at all.

    Raises
    ------
    StoreError
        The database refuses; nothing of the block was stored.
    """
    with (
        refusals(engine.url),
        engine.connect().execution_options(immediate=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open one read transaction: everything read within the block is of one moment.

    Raises
    ------
    StoreError
        The database refuses.
    """
    # SQLite reads one moment anyway; PostgreSQL otherwise takes a new one for each statement.
    options = {"isolation_level": "REPEATABLE READ"} if engine.name == "postgresql" else {}
    with refusals(engine.url), engine.connect().execution_options(**options) as connection:
        yield connection
