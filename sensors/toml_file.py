"""TOML files at the door: of bounded size, UTF-8, and every way of being wrong is BadConfig.

Messages do not name the file: the caller knows what it is to its user.
"""

import tomllib
from pathlib import Path
from typing import Any

from sensors.errors import BadConfig

MAX_BYTES = 1_000_000


def read_toml(path: Path, *, most_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    BadConfig
        It cannot be read, is larger than `most_bytes`, not UTF-8, or not TOML.
    """
    return parse_toml(read_toml_text(path, most_bytes=most_bytes))


def read_toml_text(path: Path, *, most_bytes: int = MAX_BYTES) -> str:
    """Return the text of a TOML file; raises as `read_toml`, but does not parse it."""
    try:
        with path.open("rb") as file:
            # Never asked for its size first: a device has none and never ends.
            raw = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise BadConfig(f"cannot be read ({said}); check the path") from error
    if len(raw) > most_bytes:
        raise BadConfig(
            f"larger than {most_bytes / 1e6:g} MB, so not what it should be; check the path"
        )
    try:
        # Some editors put a byte order mark in front.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadConfig("not UTF-8 text; save it as UTF-8, or check the path") from error


def parse_toml(text: str) -> dict[str, Any]:
    """Turn TOML into a table; raises BadConfig where it is none, however it fails."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadConfig(
            f"not valid TOML: {error}; text values need quotes, # starts a comment"
        ) from error
