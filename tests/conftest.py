"""Fixtures shared by all tests."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mosquitto_process import Broker, plain_broker

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real recordings, or a skip that says how to provide it."""
    folder = Path(os.environ.get("MOTORWATCH_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "MANIFEST.md").is_file():
        pytest.skip(f"needs recordings: set MOTORWATCH_DATA (looked in {folder})")
    return folder


@pytest.fixture
def broker_folder() -> Iterator[Path]:
    """A folder for a broker; a user other than root can reach it, unlike tmp_path."""
    with tempfile.TemporaryDirectory(prefix="motorwatch-broker-") as folder:
        yield Path(folder)


@pytest.fixture
def broker(broker_folder: Path) -> Iterator[Broker]:
    """A plain broker on loopback, fresh for each test: `broker.host`, `broker.port`."""
    made = plain_broker(broker_folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()
