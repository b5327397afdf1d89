"""The configuration of a replay: one TOML file, checked at the door, every default stated here.

::

    site = "local"                         # first level of every topic after the version
    speed = "max"                          # or a multiple of real time: 1, 10
    # release = "bearing.json"             # model that judges; without one, the built-in template
    # store = "sqlite:///motorwatch.db"    # database; without one, nothing is kept
    batch = 500                            # messages to a commit

Length of windows and the rule that makes alarms of them belong to the release: its thresholds
hold for no others. Paths are taken from the working folder, as on the command line, whose
options come first.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sensors.errors import BadConfig

MAX_BYTES = 1_000_000


class ReplayConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How recordings are replayed; the module's docstring says what each line means."""

    site: Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\A[^/+#\x00\n]+\Z")] = "local"
    speed: Literal["max"] | Annotated[float, Meta(gt=0.0, le=1e6)] = "max"
    release: str | None = None
    store: str | None = None
    batch: Annotated[int, Meta(ge=1, le=10_000)] = 500


def load_config(path: Path) -> ReplayConfig:
    """Read and check a configuration file.

    Raises
    ------
    BadConfig
        The file cannot be read or is not TOML, a key is unknown, or a value is impossible; the
        message names file and key.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadConfig(f"{path}: larger than 1 MB, so no configuration; check the path")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadConfig(f"{path}: not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read ({error.strerror}); check the path") from error
    try:
        return parse_config(text)
    except BadConfig as error:
        raise BadConfig(f"{path}: {error}") from error


def parse_config(text: str) -> ReplayConfig:
    """Turn the text of a configuration into one; raises as `load_config`, without a path."""
    try:
        return msgspec.convert(tomllib.loads(text), ReplayConfig)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadConfig(
            f"not valid TOML: {error}; text values need quotes, # starts a comment"
        ) from error
    except msgspec.ValidationError as error:
        known = ", ".join(ReplayConfig.__struct_fields__)
        raise BadConfig(f"{error}; the keys are: {known}") from error
