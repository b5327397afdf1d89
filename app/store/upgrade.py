"""Bringing a store to this version's schema, and refusing one of another."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from app.store.connection import reading, writing
from app.store.refusal import shown
from app.store.schema import HEAD, VERSION_TABLE
from sensors.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Create or upgrade the tables, in one transaction.

    Raises
    ------
    StoreError
        The database is of a newer version, holds something else, or refuses.
    """
    with reading(engine) as connection:
        if _checked_version(connection) == HEAD:
            return
    with writing(engine) as connection:
        # Another process may have upgraded it while this one waited for its turn.
        if _checked_version(connection) != HEAD:
            _migrate(connection)


def _checked_version(connection: Connection) -> int:
    found = _version(connection)
    if found > HEAD:
        raise StoreError(
            f"{shown(connection.engine.url)}: schema version {found} is newer than {HEAD}, the "
            "newest that this motorwatch knows; update motorwatch or name another store"
        )
    return found


def _version(connection: Connection) -> int:
    """Return the schema's version, 0 for an empty database."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return 0
    row = None
    if VERSION_TABLE in tables:
        row = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).first()
    if row is None or not str(row[0]).isdecimal():
        raise StoreError(
            f"{shown(connection.engine.url)}: a database of something else (tables: "
            f"{', '.join(sorted(tables)[:5])}); name an empty or new one as the store"
        )
    return int(row[0])


def _migrate(connection: Connection) -> None:
    # Imported here: opening a store that is up to date needs no alembic.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, f"{HEAD:04d}")
