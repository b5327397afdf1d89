"""Bearing faults of a run: their passages in shaft angle, turned into ringing in time."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sensors.conditions import BEARING_CONDITIONS, Condition
from sensors.simulator.bearing import Passages, ring, ring_down_s, strike_strength
from sensors.simulator.fault import Fault, add, severity_at
from sensors.simulator.frame import Frame, knots
from sensors.simulator.plant import Plant
from sensors.simulator.scenario import Mode
from sensors.simulator.scenario_check import cage_order, passage_order
from sensors.simulator.shaping import passed

FloatArray = npt.NDArray[np.float64]

# Peak acceleration of one impact at severity 1, m/s2; a broken cage knocks more softly.
IMPACT_MPS2 = 40.0
CAGE_SHARE = 0.5


def impacts(plant: Plant, rate_hz: float) -> Callable[[Frame], FloatArray] | None:
    """Return the function from a frame to all impacts' acceleration in it.

    None where no bearing fails, or no mode of the structure is within the channel's band.
    """
    scenario = plant.scenario
    modes = passed(scenario.modes, rate_hz)
    failing = [f for f in enumerate(scenario.faults) if f[1].condition in BEARING_CONDITIONS]
    if not failing or not modes:
        return None
    sources = [_impact(plant, number, fault, modes, rate_hz) for number, fault in failing]

    def struck(frame: Frame) -> FloatArray:
        return add([source(frame) for source in sources])

    return struck


def _impact(
    plant: Plant, number: int, fault: Fault, modes: tuple[Mode, ...], rate_hz: float
) -> Callable[[Frame], FloatArray]:
    memory_s = ring_down_s(modes)
    passages = _passages(plant, number, fault, memory_s)
    cage = cage_order(plant.scenario.motor, fault.bearing, fault.condition)
    cage *= 1 - plant.scenario.bearing_slip
    peak = IMPACT_MPS2 * (CAGE_SHARE if fault.condition is Condition.BEARING_CAGE else 1.0)

    def struck(frame: Frame) -> FloatArray:
        size = frame.t_s.size
        # Severity never falls, so nothing at the end is nothing before.
        if not severity_at(fault, frame.t_s[-1:]).any():
            return np.zeros(size)
        at = knots(frame.t_s[0] - memory_s, frame.t_s[-1])
        turned = plant.kinematics.revolutions(at)
        index, rev, hardness = passages.between(turned[0], turned[-1])
        at_s = np.interp(rev, turned, at)
        strength = peak * severity_at(fault, at_s) * hardness
        strength *= strike_strength(fault.condition, index, rev, cage)
        start = frame.index * size
        return ring(at_s, strength, modes, rate_hz=rate_hz, start=start, size=size)

    return struck


def _passages(plant: Plant, number: int, fault: Fault, memory_s: float) -> Passages:
    scenario = plant.scenario
    # Sound looks one chunk of about a second back, and a chunk rings on from before itself.
    margin_s = 70.0 + memory_s
    span_s = np.array([-margin_s, scenario.duration_s + margin_s])
    first, last = plant.kinematics.revolutions(span_s)
    order = passage_order(scenario.motor, fault.bearing, fault.condition)
    return Passages.draw(
        order=order * (1 - scenario.bearing_slip),
        jitter=scenario.bearing_jitter,
        span_rev=(float(first), float(last)),
        seed=scenario.seed,
        member=number,
    )
