"""The configuration of `motorwatch device`.

::

    role = "device"
    site = "local"         # first level of every topic after the version
    state = "state/device" # folder of this process's own state; made if it is missing
    # release = "bearing.json"  # model that judges; without one, the built-in template
    schedule_s = 600.0     # a raw capture goes to the gateway this often; of an escalation, at once
    ring_mb = 32           # MB held in memory until the platform acknowledges them
    stop_within_s = 10.0   # a clean end may take this long
"""

import msgspec

from app.live_config.sections import Broker, FilePath, Megabytes, Seconds, Site, StopWithin
from app.live_config.sources import Motors
from app.process.health import HealthConfig
from app.process.logs import LogConfig


class DeviceConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="role",
    tag="device",
):
    """One device process; the module's docstring says what each line means."""

    motor: Motors
    broker: Broker
    site: Site = "local"
    state: FilePath = "state/device"
    release: FilePath | None = None
    schedule_s: Seconds = 600.0
    ring_mb: Megabytes = 32
    stop_within_s: StopWithin = 10.0
    health: HealthConfig = HealthConfig()
    log: LogConfig = LogConfig()
