"""The configuration of `motorwatch platform`.

::

    role = "platform"
    site = "local"         # first level of every topic after the version
    state = "state/platform" # folder of this process's own state; made if it is missing
    store = "sqlite:///motorwatch.db"  # database: a SQLite file, or a PostgreSQL server's URL
    archive = "archive"    # folder of raw captures; made if it is missing
    archive_mb = 10000     # the most that they take; the oldest healthy ones go first
    # archive_keys = ["archive.key"]  # encrypts them; older keys follow, to read what they wrote
    # retention = "retention.toml"  # how long what is kept; without it, everything for ever
    # notify = "notify.toml"  # who hears of alarms; without it, nobody
    batch = 500            # messages to a commit
    stop_within_s = 10.0   # a clean end may take this long
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from app.live_config.sections import Broker, FilePath, Site, StopWithin
from app.process.health import HealthConfig
from app.process.logs import LogConfig

StoreUrl = Annotated[
    str, Meta(min_length=1, max_length=2000, pattern=r"\A(sqlite|postgresql)\S*\Z")
]


class PlatformConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="role",
    tag="platform",
):
    """One platform process; the module's docstring says what each line means."""

    store: StoreUrl
    broker: Broker
    site: Site = "local"
    state: FilePath = "state/platform"
    archive: FilePath = "archive"
    archive_mb: Annotated[int, Meta(ge=10, le=100_000_000)] = 10_000
    archive_keys: Annotated[tuple[FilePath, ...], Meta(max_length=20)] = ()
    retention: FilePath | None = None
    notify: FilePath | None = None
    batch: Annotated[int, Meta(ge=1, le=10_000)] = 500
    stop_within_s: StopWithin = 10.0
    health: HealthConfig = HealthConfig(port=9466)
    log: LogConfig = LogConfig()
