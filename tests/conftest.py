"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real recordings, or a skip that says how to provide it."""
    folder = Path(os.environ.get("MOTORWATCH_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "MANIFEST.md").is_file():
        pytest.skip(f"needs recordings: set MOTORWATCH_DATA (looked in {folder})")
    return folder
