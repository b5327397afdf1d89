"""Files of rules: TOML that becomes one typed structure, or is refused by name."""

from pathlib import Path
from typing import TypeVar

import msgspec

from sensors.errors import BadConfig
from sensors.toml_file import read_toml

Rules = TypeVar("Rules")


def read_rules(path: Path, form: type[Rules], *, what: str, example: str) -> Rules:
    """Read a file of rules.

    Parameters
    ----------
    path : Path
        Shipped, or a plant's own of the same form.
    form : type
        What it must become.
    what, example : str
        What it should hold, and which shipped file shows the form, for who wrote a wrong one.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    try:
        return msgspec.convert(read_toml(path), form)
    except (BadConfig, msgspec.ValidationError) as error:
        raise BadConfig(f"{path}: not a file of {what}: {error}; see {example}") from error
