"""The machine that all senses observe: scenario, angles, and the frames of each rate."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.simulator.frame import Frame, frames
from sensors.simulator.scenario import Scenario
from sensors.simulator.scenario_check import check_scenario
from sensors.simulator.speed import Kinematics

FloatArray = npt.NDArray[np.float64]
# From the index of a chunk to its samples, the last axis of length chunk_size(rate).
ChunkSource = Callable[[int], FloatArray]

MIN_CHUNK = 64
# Filters look one chunk back, so a frame serves twice.
FRAMES_KEPT = 3


@dataclass(frozen=True, slots=True)
class Plant:
    """A scenario made ready to be observed.

    Attributes
    ----------
    scenario : Scenario
        Checked, with every fault's severity known.
    kinematics : Kinematics
        Its angles.
    shaft_hz, line_hz : float
        Nominal frequencies: shaft at rated load.
    frames : callable
        From a rate to the function that makes its frames; senses of one rate share them.
    """

    scenario: Scenario
    kinematics: Kinematics
    shaft_hz: float
    line_hz: float
    frames: Callable[[float], Callable[[int], Frame]]

    @classmethod
    def of(cls, scenario: Scenario) -> "Plant":
        """Make a scenario ready; raises BadConfig where it cannot be followed."""
        check_scenario(scenario)
        kinematics = Kinematics.of(scenario)

        @functools.cache
        def frames_at(rate_hz: float) -> Callable[[int], Frame]:
            return frames(kinematics, rate_hz=rate_hz, size=chunk_size(rate_hz), keep=FRAMES_KEPT)

        plate = scenario.motor.nameplate
        assert plate.rated_rpm and plate.line_hz
        return cls(scenario, kinematics, plate.rated_rpm / 60.0, plate.line_hz, frames_at)


def chunk_size(rate_hz: float) -> int:
    """Return the samples of one chunk: about a second."""
    return max(round(rate_hz), MIN_CHUNK)
