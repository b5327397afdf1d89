"""How long a store keeps what: one TOML file, every default stated here.

::

    reports_days = 30.0        # reports whole; after that their hours
    hourly_days = 730.0        # lowest, mean and highest of every feature, an hour a row
    diagnoses_days = 730.0     # with their findings and evidence
    alarms_days = 3650.0       # alarms, and all that the log holds of them
    others_days = 365.0        # commands, states and whatever else only the log keeps

Days count from when a message arrived, not from its own time, which may be unknown.
"""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from sensors.errors import BadConfig
from sensors.toml_file import parse_toml, read_toml_text

Days = Annotated[float, Meta(ge=0.0, le=36_500.0)]
DAY_NS = 86_400 * 10**9


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a store keeps what; the module's docstring says what each line means."""

    reports_days: Days = 30.0
    hourly_days: Days = 730.0
    diagnoses_days: Days = 730.0
    alarms_days: Days = 3650.0
    others_days: Days = 365.0

    def __post_init__(self) -> None:
        if self.hourly_days < self.reports_days:
            raise ValueError(
                f"hourly_days {self.hourly_days:g} is less than reports_days "
                f"{self.reports_days:g}: hours would be deleted before they are made"
            )


def load_retention(path: Path) -> Retention:
    """Read and check a policy.

    Raises
    ------
    BadConfig
        The file cannot be read or is not TOML, a key is unknown, or a value is impossible.
    """
    try:
        return msgspec.convert(parse_toml(read_toml_text(path)), Retention)
    except msgspec.ValidationError as error:
        known = ", ".join(Retention.__struct_fields__)
        raise BadConfig(f"{path}: {error}; the keys are: {known}") from error
    except BadConfig as error:
        raise BadConfig(f"{path}: {error}") from error
