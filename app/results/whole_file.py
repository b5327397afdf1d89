"""Writing a text file whole or not at all."""

import os
from pathlib import Path

from sensors.errors import OutputError


def write_whole(path: Path, text: str) -> None:
    """Write a text beside its target first, then rename it over; folders are made.

    Raises
    ------
    OutputError
        The file cannot be written; none is left half done.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path}: cannot be written ({reason}); choose another place") from error
    finally:
        if beside.exists():
            beside.unlink()
