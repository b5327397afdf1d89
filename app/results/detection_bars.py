"""One broken bar at little slip under a supply that wanders, and the load that looks the same.

The supply's frequency walks at random; the simulator's own wander is bounded, so it is switched off
and the currents and voltages are read at the moments that the walk leads to.
"""

from dataclasses import dataclass, replace
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from app.results.detection_cases import Said, Trial, declared, said_of, scenario_of
from app.results.detection_settings import SETTINGS
from sensors.capture import Capture, SampleBlock, Sense
from sensors.conditions import Condition
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.rotor import BROKEN_CAGE
from sensors.simulator.scenario import LoadOscillation, Noise, Scenario

SLIP = 0.015
WALK_HZ_PER_SQRT_S = 5e-3
STEP_S = 0.01
ONE_BAR = 0.5
"""Severity of one broken bar."""
EDGE_S = 1.0
"""Simulated before and after the window, so that its ends have neighbours."""
RotorKind = Literal["one bar", "swinging load", "sound"]
ROTORS: tuple[RotorKind, ...] = ("one bar", "swinging load", "sound")


@dataclass(frozen=True, slots=True)
class Rotor:
    """One capture: one broken bar, a load that swings at twice slip frequency, or neither."""

    kind: RotorKind
    case: int


def judge_rotor_case(rotor: Rotor) -> tuple[Rotor, Said]:
    """Simulate and judge one rotor."""
    setting = SETTINGS[0]
    condition = Condition.BROKEN_ROTOR_BAR if rotor.kind == "one bar" else None
    trial = Trial(setting, rotor.case, condition, ONE_BAR if condition else None)
    scenario = rotor_scenario(rotor, setting.window_s)
    reader = SimulatorReader(scenario, scenario.duration_s)
    whole = reader.read()
    assert whole is not None, "the run is as long as the window"
    plate = scenario.motor.nameplate
    assert plate.line_hz is not None
    capture = cut(walking(whole, plate.line_hz, scenario.seed), EDGE_S, setting.window_s)
    return rotor, said_of(trial, declared(capture, trial.speed_error), reader)


def rotor_scenario(rotor: Rotor, window_s: float) -> Scenario:
    """Return a motor of `SLIP` at rated load; the swing adds as much to f (1 - 2s) as one bar."""
    base = scenario_of(Trial(SETTINGS[0], rotor.case))
    plate = base.motor.nameplate
    assert plate.synchronous_rpm is not None
    slow = msgspec.structs.replace(plate, rated_rpm=plate.synchronous_rpm * (1 - SLIP))
    swing = LoadOscillation(amplitude=2 * ONE_BAR * BROKEN_CAGE, frequency=2.0, unit="slip")
    bar = Fault(condition=Condition.BROKEN_ROTOR_BAR, severity=ONE_BAR)
    return msgspec.structs.replace(
        base,
        motor=msgspec.structs.replace(base.motor, nameplate=slow),
        duration_s=window_s + 2 * EDGE_S,
        load=((0.0, 1.0),),
        noise=Noise(line_hz=0.0),
        faults=(bar,) if rotor.kind == "one bar" else (),
        load_oscillations=(swing,) if rotor.kind == "swinging load" else (),
    )


def walking(capture: Capture, line_hz: float, seed: int) -> Capture:
    """Return a capture whose supply walks in frequency, `WALK_HZ_PER_SQRT_S`.

    A sample at t shows what stood at ``t + w(t) / f``, with w the cycles that the walk has gained.
    Vibration and sound keep their angles: the shaft moves by less than one part in a thousand.
    """
    random = np.random.default_rng(seed)
    steps = random.standard_normal(round(capture.duration_s / STEP_S))

    def moved(block: SampleBlock) -> SampleBlock:
        if block.channel.sense is not Sense.POWER:
            return block
        t_s = np.arange(block.values.size) / block.rate_hz
        later_s = np.interp(t_s, *_gained_cycles(steps)) / line_hz
        return replace(block, values=_at(block, t_s + later_s))

    return replace(capture, blocks=tuple(moved(block) for block in capture.blocks))


def cut(capture: Capture, start_s: float, seconds: float) -> Capture:
    """Return so many seconds of a capture from a moment on."""
    first_ns, length_ns = round(start_s * 1e9), round(seconds * 1e9)

    def part(block: SampleBlock) -> SampleBlock:
        first, count = round(start_s * block.rate_hz), round(seconds * block.rate_hz)
        kept = np.ascontiguousarray(block.values[first : first + count])
        return replace(block, values=kept, t0_ns=block.t0_ns + first_ns)

    t0_ns = capture.t0_ns + first_ns
    blocks = tuple(part(block) for block in capture.blocks)
    return replace(capture, t0_ns=t0_ns, t1_ns=t0_ns + length_ns, blocks=blocks)


Floats = npt.NDArray[np.float64]


def _gained_cycles(steps: Floats) -> tuple[Floats, Floats]:
    """Return moments and cycles gained, from normal steps `STEP_S` apart."""
    step_hz = WALK_HZ_PER_SQRT_S * STEP_S**0.5
    at_s: Floats = np.arange(steps.size, dtype=np.float64) * STEP_S
    gained: Floats = np.cumsum(np.cumsum(steps), dtype=np.float64) * step_hz * STEP_S
    return at_s, gained


def _at(block: SampleBlock, t_s: Floats) -> npt.NDArray[np.float32]:
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(np.arange(block.values.size), block.values.astype(np.float64))
    return np.asarray(spline(t_s * block.rate_hz), dtype=np.float32)
