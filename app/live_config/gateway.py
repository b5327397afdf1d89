"""The configuration of `motorwatch gateway`.

::

    role = "gateway"
    site = "local"         # first level of every topic after the version
    state = "state/gateway" # folder of this process's own state; made if it is missing
    motors = "motors"      # folder of motor.toml files, or a list of such files
    stage2 = "auto"        # second opinion: auto (where its runtime is), off, or a release's path
    # accelerator = "accelerator.toml"  # where stage 2 runs; the CPU if left out
    position = "control-room"  # operator position that all these motors' alarms are shown at
    period_s = 1.0         # how often each motor reports; silent for two of these, it is an alarm
    # alarms = "alarms.toml"  # the plant's own delays and priorities (docs/ALARMS.md)
    # limits = "plant"     # the plant's own limits and texts (`motorwatch limits`)
    # context = "context.toml"  # load, speed and the air from the plant (docs/INTEGRATION.md)
    ring_mb = 32           # MB held in memory until the platform acknowledges them
    stop_within_s = 10.0   # a clean end may take this long
"""

from typing import Annotated

import msgspec

from app.live_config.healthy import Healthy
from app.live_config.neighbours import HomeAssistantConfig, SparkplugConfig
from app.live_config.sections import Broker, FilePath, Megabytes, Period, Site, StopWithin
from app.process.health import HealthConfig
from app.process.logs import LogConfig

MotorFiles = FilePath | Annotated[tuple[FilePath, ...], msgspec.Meta(min_length=1, max_length=1000)]


class GatewayConfig(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="role",
    tag="gateway",
):
    """One gateway process; the module's docstring says what each line means."""

    motors: MotorFiles
    broker: Broker
    site: Site = "local"
    state: FilePath = "state/gateway"
    stage2: FilePath = "auto"
    accelerator: FilePath | None = None
    position: Site = "control-room"
    period_s: Period = 1.0
    alarms: FilePath | None = None
    limits: FilePath | None = None
    context: FilePath | None = None
    healthy: Healthy = {}
    homeassistant: HomeAssistantConfig | None = None
    sparkplug: SparkplugConfig | None = None
    ring_mb: Megabytes = 32
    stop_within_s: StopWithin = 10.0
    health: HealthConfig = HealthConfig(port=9465)
    log: LogConfig = LogConfig()

    def __post_init__(self) -> None:
        """Refuse two connections under one certificate."""
        if self.sparkplug is None or self.sparkplug.broker is not None:
            return
        if self.broker.tls is not None:
            raise ValueError(
                "[sparkplug] needs a [sparkplug.broker] with a certificate of its own: a broker "
                "lets one certificate connect once, and Sparkplug connects beside the gateway"
            )
