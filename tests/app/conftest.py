"""A store on SQLite, and on PostgreSQL where MOTORWATCH_POSTGRES_URL names an empty database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from app.store import Store, open_store
from app.store.all_tables import TABLES
from app.store.connection import make_engine, writing
from app.store.schema import VERSION_TABLE, metadata

POSTGRES_URL = os.environ.get("MOTORWATCH_POSTGRES_URL")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRES_URL else ["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/motorwatch.db"
        return
    assert POSTGRES_URL is not None
    with _alone(POSTGRES_URL):
        yield POSTGRES_URL


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Let tests of other processes wait while this one has the database; leave it empty."""
    engine = make_engine(url)
    with engine.connect() as lock:
        lock.execute(text("SELECT pg_advisory_xact_lock(1)"))
        yield
        with writing(engine) as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))
            metadata.drop_all(connection, TABLES)
    engine.dispose()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened
