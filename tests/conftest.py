"""Fixtures shared by all tests."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mosquitto_process import Broker, plain_broker, program

ROOT = Path(__file__).resolve().parent.parent

# Whatever terminal the tests are started from, what they print is as wide as in a file.
for stated in ("COLUMNS", "LINES"):
    os.environ.pop(stated, None)


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
    yield from _running(plain_broker(broker_folder))


@pytest.fixture
def secure_broker(broker_folder: Path, tmp_path: Path) -> Iterator[Broker]:
    """A `secure_mosquitto.SecureBroker`: mutual TLS and rights as in a plant; `.tls(name)`."""
    program()
    pytest.importorskip("cryptography")
    from secure_mosquitto import SecureBroker

    yield from _running(SecureBroker(broker_folder, tmp_path / "authority"))


def _running(made: Broker) -> Iterator[Broker]:
    try:
        made.start()
        yield made
    finally:
        made.kill()
