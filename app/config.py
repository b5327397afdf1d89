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

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sensors.errors import BadConfig
from sensors.toml_file import parse_toml, read_toml_text


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
        return parse_config(read_toml_text(path))
    except BadConfig as error:
        raise BadConfig(f"{path}: {error}") from error


def parse_config(text: str) -> ReplayConfig:
    """Turn the text of a configuration into one; raises as `load_config`, without a path."""
    try:
        return msgspec.convert(parse_toml(text), ReplayConfig)
    except msgspec.ValidationError as error:
        known = ", ".join(ReplayConfig.__struct_fields__)
        raise BadConfig(f"{error}; the keys are: {known}") from error
