"""What a store holds and how large it is."""

from pathlib import Path

import msgspec
from sqlalchemy import Connection, func, select, text

from app.store.all_tables import TABLES
from app.store.connection import reading
from app.store.log_schema import events
from app.store.store import Store


class StoreInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a store holds.

    Attributes
    ----------
    size_bytes, free_bytes
        Of the database, SQLite's write-ahead log included; what deleted rows left in it for new
        ones (0 of PostgreSQL, which knows it only by its own vacuum).
    rows
        How many rows each table holds.
    first_offset, last_offset
        Of the log; None of an empty one.
    oldest_ns, newest_ns
        Wall clock of the first and last arrival in the log.
    problems
        What the integrity check found; nothing if it is sound.
    """

    size_bytes: int
    free_bytes: int
    rows: dict[str, int]
    first_offset: int | None
    last_offset: int | None
    oldest_ns: int | None
    newest_ns: int | None
    problems: tuple[str, ...]


def store_info(store: Store) -> StoreInfo:
    """Return what a store holds, after checking its integrity: minutes for a large one.

    Raises
    ------
    StoreError
        The database refuses.
    """
    offset, received = events.c.event_offset, events.c.received_ns
    span = select(func.min(offset), func.max(offset), func.min(received), func.max(received))
    with reading(store.engine) as connection:
        first, last, oldest, newest = connection.execute(span).one()
        rows = {
            table.name: int(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
            )
            for table in TABLES
        }
        size_bytes, free_bytes = _sizes(connection)
    return StoreInfo(
        size_bytes=size_bytes,
        free_bytes=free_bytes,
        rows=rows,
        first_offset=first,
        last_offset=last,
        oldest_ns=oldest,
        newest_ns=newest,
        problems=store.integrity_check(),
    )


def _sizes(connection: Connection) -> tuple[int, int]:
    if connection.dialect.name == "postgresql":
        query = text("SELECT pg_database_size(current_database())")
        return int(connection.execute(query).scalar_one()), 0
    page, free = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_size", "freelist_count")
    )
    (path,) = connection.exec_driver_sql(
        "SELECT file FROM pragma_database_list WHERE name = 'main'"
    ).scalars()
    files = [Path(path), Path(f"{path}-wal")]
    return sum(file.stat().st_size for file in files if file.exists()), page * free
