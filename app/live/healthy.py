"""What a gateway's configuration knows of motors in health, read from its files."""

from collections.abc import Mapping
from pathlib import Path

from app.known_health import KnownHealth
from app.live_config.healthy import HealthyFiles
from sensors.errors import BadConfig
from sensors.motor import Motor


def load_healthy(files: HealthyFiles, motor: Motor) -> KnownHealth:
    """Read what the files of one motor say.

    Raises
    ------
    MotorwatchError
        A file cannot be used.
    """
    # Here, not above: a gateway that is told nothing reads no recordings.
    from app.health_files import known_health
    from sensors.recordings.library import load_recordings

    thermal = None if files.thermal is None else Path(files.thermal)
    if files.baseline is None:
        return known_health((), thermal)
    where = [Path(files.baseline)]
    return known_health(load_recordings(where, manifest=files.manifest, motor=motor), thermal)


def load_all_healthy(
    healthy: Mapping[str, HealthyFiles], motors: Mapping[str, Motor]
) -> dict[str, KnownHealth]:
    """Read what is known of all motors.

    Raises
    ------
    MotorwatchError
        A file cannot be used, or is of a motor that is not configured.
    """
    return {name: load_healthy(files, _motor(name, motors)) for name, files in healthy.items()}


def _motor(name: str, motors: Mapping[str, Motor]) -> Motor:
    if name not in motors:
        raise BadConfig(
            f"[healthy.{name}]: no motor {name!r} is configured here; known are: "
            f"{', '.join(sorted(motors))}"
        )
    return motors[name]
