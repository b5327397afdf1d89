"""From a level in dB to a severity: measure what a fault adds to the healthy signal."""

import msgspec
import numpy as np

from sensors.conditions import Condition
from sensors.errors import BadConfig
from sensors.simulator.current import currents
from sensors.simulator.fault import CURRENT_CONDITIONS, Fault
from sensors.simulator.plant import ChunkSource, Plant
from sensors.simulator.scenario import Scenario
from sensors.simulator.vibration import vibration

# Chunks (seconds) compared: slow modulations, such as a cage's, are averaged out.
CHUNKS = 4


def with_severities(scenario: Scenario) -> Scenario:
    """Return the scenario with every `level_db` turned into the severity that has it.

    Healthy run and run with the fault share all random numbers, so their difference is what
    the fault adds; it grows in proportion to severity. Measured at the first load.

    Raises
    ------
    BadConfig
        The sense in which the level is meant is not measured, or no fault can reach it.
    """
    faults = tuple(
        fault if fault.level_db is None else _with_severity(scenario, fault)
        for fault in scenario.faults
    )
    return msgspec.structs.replace(scenario, faults=faults)


def _with_severity(scenario: Scenario, fault: Fault) -> Fault:
    assert fault.level_db is not None
    full = Fault(condition=fault.condition, severity=1.0, bearing=fault.bearing)
    healthy = _source(scenario, fault.condition, ())
    faulty = _source(scenario, fault.condition, (full,))
    before = np.concatenate([healthy(index)[0] for index in range(CHUNKS)])
    after = np.concatenate([faulty(index)[0] for index in range(CHUNKS)])
    added = float(np.std(after - before))
    severity = 10 ** (fault.level_db / 20) * float(np.std(before)) / added
    return msgspec.structs.replace(fault, severity=severity, level_db=None)


def _source(scenario: Scenario, condition: Condition, faults: tuple[Fault, ...]) -> ChunkSource:
    plant = Plant.of(msgspec.structs.replace(scenario, faults=faults))
    if condition in CURRENT_CONDITIONS:
        if scenario.rates.power_hz is None:
            raise BadConfig(_missing(condition, "power_hz"))
        return currents(plant, scenario.rates.power_hz, scenario.current_phases)
    if scenario.rates.vibration_hz is None:
        raise BadConfig(_missing(condition, "vibration_hz"))
    return vibration(plant, scenario.rates.vibration_hz, scenario.vibration_axes)


def _missing(condition: Condition, rate: str) -> str:
    return f"fault {condition.value}: level_db is measured there, so give rates.{rate}, or severity"
