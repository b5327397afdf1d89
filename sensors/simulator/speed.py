"""Angles of supply and shaft: every oscillation of the machine is a multiple of these two.

Both are closed forms of time, so any moment of a run has the phase that the whole run before it
leads to, without simulating it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.simulator.fault import Fault, add, severity_at, severity_integral
from sensors.simulator.piecewise import Profile
from sensors.simulator.scenario import Scenario
from sensors.simulator.streams import Stream, generator
from sensors.simulator.wander import Wander

FloatArray = npt.NDArray[np.float64]

# Friction and fan hold the shaft back a little even without load.
IDLE_SHARE = 0.05
# Torque, as a fraction of rated, that a fault of severity 1 adds to the load ...
OVERLOAD = 0.4
# ... and slip, in multiples of rated slip, that it costs without torque.
SINGLE_PHASING_SLIP = 0.6


@dataclass(frozen=True, slots=True)
class Kinematics:
    """Slip follows load, speed follows slip and supply.

    ``slip(t) = rated_slip (IDLE + (1 - IDLE) load(t))``; slip angle is its integral times the
    line frequency, and shaft angle is (line angle - slip angle) / pole pairs.
    """

    line_hz: float
    pole_pairs: int
    rated_slip: float
    profile: Profile
    load_wander: Wander
    line_wander: Wander
    overloads: tuple[Fault, ...]
    drags: tuple[Fault, ...]

    @classmethod
    def of(cls, scenario: Scenario) -> "Kinematics":
        """Derive the kinematics of a scenario."""
        plate = scenario.motor.nameplate
        assert plate.poles and plate.line_hz and plate.rated_rpm
        slip = scenario.motor.slip(plate.rated_rpm)
        assert slip is not None
        load_random = generator(scenario.seed, Stream.LOAD_WANDER)
        line_random = generator(scenario.seed, Stream.LINE_WANDER)
        noise = scenario.noise
        return cls(
            line_hz=plate.line_hz,
            pole_pairs=plate.poles // 2,
            rated_slip=slip,
            profile=Profile.through(scenario.load),
            load_wander=Wander.draw(
                load_random, deviation=noise.load_fraction, band_hz=(0.02, 1.0)
            ),
            line_wander=Wander.draw(line_random, deviation=noise.line_hz, band_hz=(0.002, 0.2)),
            overloads=tuple(f for f in scenario.faults if f.condition is Condition.OVERLOAD),
            drags=tuple(f for f in scenario.faults if f.condition is Condition.SINGLE_PHASING),
        )

    def load(self, t_s: FloatArray) -> FloatArray:
        """Return the torque as a fraction of rated torque."""
        added = [OVERLOAD * severity_at(fault, t_s) for fault in self.overloads]
        return add([self.profile.at(t_s), self.load_wander.at(t_s), *added])

    def load_integral(self, t_s: FloatArray) -> FloatArray:
        """Return the integral of the load over time, up to a constant."""
        added = [OVERLOAD * severity_integral(fault, t_s) for fault in self.overloads]
        return add([self.profile.integral(t_s), self.load_wander.integral(t_s), *added])

    def line_cycles(self, t_s: FloatArray) -> FloatArray:
        """Return the supply's angle in cycles."""
        return self.line_hz * t_s + self.line_wander.integral(t_s)

    def slip_cycles(self, t_s: FloatArray) -> FloatArray:
        """Return the slip angle in cycles: its frequency is s f."""
        dragged = [SINGLE_PHASING_SLIP * severity_integral(fault, t_s) for fault in self.drags]
        loaded = IDLE_SHARE * t_s + (1 - IDLE_SHARE) * self.load_integral(t_s)
        return add([self.line_hz * self.rated_slip * part for part in (loaded, *dragged)])

    def revolutions(self, t_s: FloatArray) -> FloatArray:
        """Return the shaft's angle in revolutions."""
        return (self.line_cycles(t_s) - self.slip_cycles(t_s)) / self.pole_pairs

    def mean_speed_rpm(self, t0_s: float, t1_s: float) -> float:
        """Return the mean speed between two moments."""
        first, last = self.revolutions(np.array([t0_s, t1_s]))
        return float(60.0 * (last - first) / (t1_s - t0_s))

    def mean_load(self, t0_s: float, t1_s: float) -> float:
        """Return the mean load between two moments, as a fraction of rated torque."""
        first, last = self.load_integral(np.array([t0_s, t1_s]))
        return float((last - first) / (t1_s - t0_s))
