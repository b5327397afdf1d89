"""The archive's index in the store: one row a capture."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import case, delete, func, select

from app.archive.sealed import Header, Reason
from app.store import Store
from app.store.connection import reading, writing
from app.store.holds import is_held
from app.store.keeping_schema import captures
from app.store.read import page_rows
from app.store.rows import revive
from app.store.write import insert_new

CHUNK = 500


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One capture of the archive; names as in `app.archive.sealed.Header`."""

    digest: str
    motor_id: str
    boot_id: str
    seq: int
    t0_ns: int
    t1_ns: int
    reason: Reason
    stored_ns: int
    file_bytes: int
    encrypted: bool


def insert_entry(store: Store, header: Header, file_bytes: int, encrypted: bool) -> None:
    """List a capture whose file is on disk."""
    fields = msgspec.structs.asdict(header)
    row = {name: fields[name] for name in Entry.__struct_fields__[:-2]}
    with writing(store.engine) as connection:
        whole = row | {"file_bytes": file_bytes, "encrypted": encrypted}
        insert_new(connection, captures, [whole])


def entry_of(store: Store, digest: str) -> Entry | None:
    """Return what is listed of a capture."""
    with reading(store.engine) as connection:
        rows = list(page_rows(connection, select(captures).where(captures.c.digest == digest)))
    return revive(rows[0], Entry) if rows else None


def entries(store: Store, motor_id: str | None = None) -> list[Entry]:
    """Return all captures in order of their own time, or those of one motor."""
    query = select(captures).order_by(captures.c.t0_ns, captures.c.digest)
    if motor_id is not None:
        query = query.where(captures.c.motor_id == motor_id)
    with reading(store.engine) as connection:
        return [revive(row, Entry) for row in page_rows(connection, query)]


def evictable(store: Store) -> Sequence[Entry]:
    """Return what may go, in that order: healthy ones first, then the oldest."""
    held = is_held(captures.c.motor_id, captures.c.t0_ns, captures.c.t1_ns)
    healthy_first = case((captures.c.reason == "healthy", 0), else_=1)
    query = (
        select(captures)
        .where(~held)
        .order_by(healthy_first, captures.c.stored_ns, captures.c.digest)
    )
    with reading(store.engine) as connection:
        return [revive(row, Entry) for row in page_rows(connection, query)]


def drop(store: Store, digests: Sequence[str]) -> None:
    """List captures no longer."""
    for start in range(0, len(digests), CHUNK):
        some = digests[start : start + CHUNK]
        with writing(store.engine) as connection:
            connection.execute(delete(captures).where(captures.c.digest.in_(some)))


def total_bytes(store: Store) -> int:
    """Return what all files come to."""
    with reading(store.engine) as connection:
        return int(connection.execute(select(func.sum(captures.c.file_bytes))).scalar() or 0)
