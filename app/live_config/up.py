"""The configuration of `motorwatch up`: all roles in one process, for a first try.

::

    role = "up"
    site = "local"         # first level of every topic after the version
    state = "state/up"     # folder of this process's own state; made if it is missing
    # release = "bearing.json"  # model that judges; without one, the built-in template
    stage2 = "auto"        # second opinion: auto (where its runtime is), off, or a release's path
    # accelerator = "accelerator.toml"  # where stage 2 runs; the CPU if left out
    schedule_s = 60.0      # every motor is diagnosed this often; one that escalates, at once
    position = "control-room"  # operator position that all alarms are shown at
    # limits = "plant"     # the plant's own limits and texts (`motorwatch limits`)
    # context = "context.toml"  # load, speed and the air from the plant (docs/INTEGRATION.md)
    store = "sqlite:///motorwatch.db"  # database: a SQLite file, or a PostgreSQL server's URL
    archive = "archive"    # folder of raw captures; made if it is missing
    stop_within_s = 10.0   # a clean end may take this long
"""

import msgspec

from app.live_config.healthy import Healthy
from app.live_config.platform import StoreUrl
from app.live_config.sections import Broker, FilePath, Seconds, Site, StopWithin
from app.live_config.sources import Motors
from app.process.health import HealthConfig
from app.process.logs import LogConfig


class UpConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="role",
    tag="up",
):
    """All roles at once; the module's docstring says what each line means."""

    motor: Motors
    broker: Broker | None = None
    site: Site = "local"
    state: FilePath = "state/up"
    release: FilePath | None = None
    stage2: FilePath = "auto"
    accelerator: FilePath | None = None
    schedule_s: Seconds = 60.0
    position: Site = "control-room"
    limits: FilePath | None = None
    context: FilePath | None = None
    healthy: Healthy = {}
    store: StoreUrl = "sqlite:///motorwatch.db"
    archive: FilePath = "archive"
    stop_within_s: StopWithin = 10.0
    health: HealthConfig = HealthConfig()
    log: LogConfig = LogConfig(format="text")
