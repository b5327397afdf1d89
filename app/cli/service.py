"""A live role as services start it: ``motorwatch ROLE --config FILE``, and nothing else.

The library that takes command lines apart would stay in memory, several megabytes of it, for as
long as the process runs, and a killed one would be back a quarter of a second later. Whatever is
written otherwise, or asks for help, goes through it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

from app.live_config.load import load_role

Role = Literal["device", "gateway", "platform"]
OPTIONS = ("--config", "-c")


class Service(NamedTuple):
    """Which role runs, and by which configuration."""

    role: Role
    config: Path


def as_service(arguments: Sequence[str]) -> Service | None:
    """Return what a plain command line starts; None where it says anything else."""
    match arguments:
        case (role, option, path) if role in get_args(Role) and option in OPTIONS:
            return Service(cast("Role", role), Path(path))
        case _:
            return None


def run_service(service: Service) -> int:
    """Run a role until it is stopped; return its exit code.

    Raises
    ------
    BadConfig
        Its configuration cannot be used.
    """
    match service.role:
        case "device":
            from app.live.device import run_device
            from app.live_config.device import DeviceConfig

            return run_device(load_role(service.config, DeviceConfig))
        case "gateway":
            from app.live.gateway import run_gateway
            from app.live_config.gateway import GatewayConfig

            return run_gateway(load_role(service.config, GatewayConfig))
        case "platform":
            from app.live.platform import run_platform
            from app.live_config.platform import PlatformConfig

            return run_platform(load_role(service.config, PlatformConfig))
