"""Scenarios as TOML: read from a path, or one of the ready ones by its name."""

from pathlib import Path

import msgspec

from sensors.catalogue import resolve_bearings
from sensors.errors import BadConfig, UnknownBearing
from sensors.simulator.fault import SEVERITY_ONE, Fault
from sensors.simulator.scenario import Scenario
from sensors.simulator.scenario_check import check_scenario
from sensors.toml_file import read_toml

READY_FOLDER = Path(__file__).parent / "scenarios"


def load_scenario(where: str | Path) -> Scenario:
    """Read a scenario from a path, or a ready one by its name, such as ``demo``.

    Raises
    ------
    BadConfig
        No such file or name; not TOML; a field that is unknown, missing, wrong or impossible.
    UnknownBearing
        A bearing is given by a name that the catalogue does not hold.
    """
    path = _locate(where)
    try:
        scenario = msgspec.convert(_with_bearings(read_toml(path)), Scenario)
        check_scenario(scenario)
    except UnknownBearing as error:
        raise UnknownBearing(f"scenario {path}: {error}") from error
    except (BadConfig, msgspec.ValidationError) as error:
        raise BadConfig(f"scenario {path}: {error}{_advice(str(error))}") from error
    return scenario


def ready_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that come with the application."""
    return tuple(sorted(path.stem for path in READY_FOLDER.glob("*.toml")))


def _locate(where: str | Path) -> Path:
    path = Path(where)
    ready = READY_FOLDER / f"{where}.toml"
    if not path.is_file() and path.name == str(where) and ready.is_file():
        return ready
    if path.is_file():
        return path
    raise BadConfig(
        f"scenario {str(where)!r}: no such file, nor a ready scenario; "
        f"give a path or one of: {', '.join(ready_scenarios())}"
    )


def _with_bearings(raw: dict[str, object]) -> dict[str, object]:
    motor = raw.get("motor")
    if not isinstance(motor, dict) or not isinstance(motor.get("bearings"), list):
        return raw
    tables = [table for table in motor["bearings"] if isinstance(table, dict)]
    return raw | {"motor": motor | {"bearings": resolve_bearings(tables)}}


def _advice(message: str) -> str:
    if "unknown field" in message:
        kind = Fault if "faults" in message else Scenario
        return f"; fields here are: {', '.join(kind.__struct_fields__)}"
    if "condition" in message and "enum" in message:
        known = ", ".join(condition.value for condition in SEVERITY_ONE)
        return f"; use one of: {known}"
    return ""
