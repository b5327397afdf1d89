"""Refusing a place that cannot be written before the work is done, not after."""

import os
from pathlib import Path

from sensors.errors import OutputError


def check_writable(path: Path) -> None:
    """Raise unless a file can be written there.

    Raises
    ------
    OutputError
        It is a folder, its folder is missing, or writing is not allowed.
    """
    folder = path.parent
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; name a file in it")
    if not folder.is_dir():
        raise OutputError(f"{path}: the folder {folder} is not there; make it first")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise OutputError(f"{path}: cannot be written; choose another place")
