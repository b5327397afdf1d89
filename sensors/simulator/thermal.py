"""First-order thermal model: losses heat the frame, the air cools it, a sensor reads it.

``tau dr/dt = q(t) - r`` for the rise r over ambient, with ``q = rise_rated (c + (1-c) (I/In)^2)
(1 + faults) + faults``. The rise is summed over the past twelve time constants, so it needs no
state and starts anywhere.
"""

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.simulator.current import relative_current
from sensors.simulator.fault import severity_at
from sensors.simulator.piecewise import Profile
from sensors.simulator.plant import ChunkSource, Plant, chunk_size
from sensors.simulator.streams import Stream, generator

FloatArray = npt.NDArray[np.float64]

# Iron and friction losses do not depend on load: their share of the heat at rated load.
CONSTANT_SHARE = 0.3
# How far back heat is remembered, and steps of the sum, in time constants.
MEMORY = 12.0
STEP = 1e-3
# Kelvin that a fault of severity 1 adds to the frame ...
HEATING_K = {
    Condition.BEARING_OUTER_RACE: 8.0,
    Condition.BEARING_INNER_RACE: 8.0,
    Condition.BEARING_ROLLING_ELEMENT: 8.0,
    Condition.BEARING_CAGE: 10.0,
    Condition.LUBRICATION: 12.0,
    Condition.MISALIGNMENT: 4.0,
    Condition.STATOR_INTER_TURN: 15.0,
    Condition.SUPPLY_UNBALANCE: 12.0,
    Condition.SINGLE_PHASING: 50.0,
    Condition.BROKEN_ROTOR_BAR: 3.0,
}
# ... and the factor on the whole rise where cooling is blocked.
BLOCKED = 0.8


def temperature(plant: Plant, rate_hz: float) -> ChunkSource:
    """Return the function from a chunk's index to temperatures in degC.

    Rows are the frame and, where the scenario has its sensor, the ambient air.
    """
    scenario, size = plant.scenario, chunk_size(rate_hz)
    ambient = Profile.through(scenario.ambient_degc)
    rows = 2 if scenario.ambient_sensor else 1

    def chunk(index: int) -> FloatArray:
        t_s = np.arange(index * size, (index + 1) * size) / rate_hz
        air = ambient.at(t_s)
        degc = np.stack((air + rises(plant, t_s), air))[:rows]
        hiss = [
            generator(scenario.seed, Stream.TEMPERATURE_NOISE, row, index).standard_normal(size)
            for row in range(rows)
        ]
        return degc + scenario.noise.temperature_degc * np.stack(hiss)

    return chunk


def rises(plant: Plant, t_s: FloatArray) -> FloatArray:
    """Return the rise of the frame over ambient at evenly rising times, in kelvin."""
    tau_s = plant.scenario.thermal_constant_s
    rise = _rise_at(plant, float(t_s[0]))
    heat = heat_k(plant, t_s)
    out = np.empty(t_s.size)
    keep = np.exp(-np.diff(t_s, prepend=t_s[0]) / tau_s)
    middle = (heat + np.concatenate((heat[:1], heat[:-1]))) / 2
    for index in range(t_s.size):
        rise = middle[index] + (rise - middle[index]) * keep[index]
        out[index] = rise
    return out


def heat_k(plant: Plant, t_s: FloatArray) -> FloatArray:
    """Return the rise that the heat of each moment would settle at, in kelvin."""
    scenario = plant.scenario
    current = relative_current(np.maximum(plant.kinematics.load(t_s), 0.0))
    heat = scenario.rated_rise_k * (CONSTANT_SHARE + (1 - CONSTANT_SHARE) * current**2)
    for fault in scenario.faults:
        severity = severity_at(fault, t_s)
        if fault.condition is Condition.OVERHEATING:
            heat = heat * (1 + BLOCKED * severity)
        heat = heat + HEATING_K.get(fault.condition, 0.0) * severity
    return heat


def _rise_at(plant: Plant, t_s: float) -> float:
    """Return the rise at one moment: what is left of the start, and the heat since."""
    scenario, tau_s = plant.scenario, plant.scenario.thermal_constant_s
    start = float(heat_k(plant, np.zeros(1))[0])
    if scenario.initial_degc is not None:
        start = scenario.initial_degc - float(
            Profile.through(scenario.ambient_degc).at(np.zeros(1))[0]
        )
    if t_s <= 0:
        return start
    # Global steps, so that every chunk sums the same past in the same pieces.
    step_s = STEP * tau_s
    first = max(0, int((t_s - MEMORY * tau_s) // step_s))
    at = np.append(np.arange(first, np.ceil(t_s / step_s)) * step_s, t_s)
    heat = heat_k(plant, at)
    left = np.exp((at - t_s) / tau_s)
    since = float(np.sum((heat[1:] + heat[:-1]) / 2 * np.diff(left)))
    return float(left[0]) * (start if first == 0 else float(heat[0])) + since
