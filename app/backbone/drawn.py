"""Simulated machines with and without faults, drawn at random: what the backbone learns from.

The case's number is the seed of everything, so any case can be made again alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.soak.machine import BARS, LOADS, SUPPLIES, drawn_motor
from dsp.order import defect_lines
from models.stage2.spectra import FAULT_LANES
from sensors.capture import Capture
from sensors.conditions import BEARING_CONDITIONS, Condition
from sensors.motor import Bearing, Motor
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Mode, Noise, Rates, Scenario

PREFIX = "drawn-"
"""Of the names of drawn cases."""
SEED = 30_000_000
"""Far from the seeds of the soak, the template, the tests and the detection curves."""
DURATIONS_S = (2.0, 2.0, 4.0, 10.0)
"""Snapshots are short; slip needs ten seconds."""
VIBRATION_HZ = (10_240.0, 12_800.0, 20_000.0, 25_600.0)
POWER_HZ = (4000.0, 5000.0, 10_000.0)
SPEED_ERROR = 0.01
"""Standard deviation of the relative error of a declared speed."""
SEVERITY = (0.03, 1.5)
"""Drawn evenly in its logarithm: from what nothing shows to what anybody hears."""
HEALTHY_SHARE = 0.25
TWO_FAULTS_SHARE = 0.1
OTHER_BEARING_SHARE = 0.15
"""Bearing cases seen with the geometry of another bearing: impacts that fit none of its lines."""
SAME_LINE = 0.02
"""Lines of two bearings that differ by less, as a fraction, are one line."""
DRAWN: dict[Condition, float] = {
    Condition.BEARING_OUTER_RACE: 3.0,
    Condition.BEARING_INNER_RACE: 3.0,
    Condition.BEARING_ROLLING_ELEMENT: 3.0,
    Condition.BEARING_CAGE: 2.0,
    Condition.UNBALANCE: 1.5,
    Condition.MISALIGNMENT: 1.5,
    Condition.BENT_SHAFT: 1.0,
    Condition.LOOSENESS: 1.5,
    Condition.SOFT_FOOT: 1.0,
    Condition.BLADE_FAULT: 0.7,
    Condition.BROKEN_ROTOR_BAR: 2.0,
    Condition.ECCENTRICITY_DYNAMIC: 1.0,
    Condition.STATOR_INTER_TURN: 0.5,
}
"""Faults with their shares among the faulty cases."""


@dataclass(frozen=True, slots=True)
class Case:
    """One drawn case.

    Attributes
    ----------
    number : int
        Which; with `SEED` it determines every sample.
    scenario : Scenario
        What runs.
    bearing : Bearing
        Whose geometry the fault lanes are to follow.
    truth : frozenset of Condition
        What may be seen in them: not a race fault where the geometry is another bearing's.
    speed_error : float
        By how much the declared speed is wrong, as a fraction.
    """

    number: int
    scenario: Scenario
    bearing: Bearing
    truth: frozenset[Condition]
    speed_error: float

    @property
    def motor(self) -> Motor:
        """The motor that runs."""
        return self.scenario.motor


def drawn_case(number: int) -> Case:
    """Return one case."""
    random = np.random.default_rng((SEED, number))
    poles = list(BARS)[int(random.integers(len(BARS)))]
    motor = drawn_motor(poles, *SUPPLIES[int(random.integers(len(SUPPLIES)))], random)
    failing, seen = _bearings(motor, random)
    conditions = _drawn_conditions(failing, random)
    faults = tuple(_fault(condition, failing, random) for condition in conditions)
    scenario = _scenario(number, motor, faults, random)
    return Case(
        number=number,
        scenario=scenario,
        bearing=seen,
        truth=frozenset(conditions) - _unseen(failing, seen),
        speed_error=float(random.normal(0.0, SPEED_ERROR)),
    )


def read_case(case: Case) -> Capture:
    """Simulate a case: one capture, its declared speed wrong as drawn."""
    capture = SimulatorReader(case.scenario, case.scenario.duration_s).read()
    assert capture is not None, "a scenario has a first window"
    rpm = capture.speed_rpm
    return replace(capture, speed_rpm=None if rpm is None else rpm * (1 + case.speed_error))


def _drawn_conditions(failing: Bearing, random: np.random.Generator) -> tuple[Condition, ...]:
    if random.random() < HEALTHY_SHARE:
        return ()
    # Of some bearings in the catalogue not every line is known.
    lines = {line.condition for line in defect_lines(failing)}
    names = [name for name in DRAWN if name in lines or name not in BEARING_CONDITIONS]
    shares = np.array([DRAWN[name] for name in names])
    count = 2 if random.random() < TWO_FAULTS_SHARE else 1
    chosen = random.choice(len(names), size=count, replace=False, p=shares / shares.sum())
    return tuple(names[int(one)] for one in chosen)


def _bearings(motor: Motor, random: np.random.Generator) -> tuple[Bearing, Bearing]:
    """Return the bearing that fails, where one does, and the one that is looked for."""
    failing = motor.bearings[0]
    others = [bearing for bearing in motor.bearings if bearing.name != failing.name]
    if others and random.random() < OTHER_BEARING_SHARE:
        return failing, others[0]
    return failing, failing


def _unseen(failing: Bearing, seen: Bearing) -> frozenset[Condition]:
    """Return the bearing faults whose lines are not where the other geometry has them."""
    if seen == failing:
        return frozenset()
    looked_at = {line.condition: line.order for line in defect_lines(seen)}
    same = {
        line.condition
        for line in defect_lines(failing)
        if math.isclose(line.order, looked_at.get(line.condition, 0.0), rel_tol=SAME_LINE)
    }
    return frozenset(BEARING_CONDITIONS) - same


def _fault(condition: Condition, failing: Bearing, random: np.random.Generator) -> Fault:
    low, high = (math.log(bound) for bound in SEVERITY)
    return Fault(
        condition=condition,
        severity=math.exp(random.uniform(low, high)),
        bearing=failing.position if condition in BEARING_CONDITIONS else None,
    )


def _scenario(
    number: int, motor: Motor, faults: tuple[Fault, ...], random: np.random.Generator
) -> Scenario:
    vibration_hz = float(random.choice(VIBRATION_HZ))
    nyquist = vibration_hz / 2
    return Scenario(
        name="drawn",
        seed=SEED + number,
        duration_s=float(random.choice(DURATIONS_S)),
        motor=motor,
        rates=Rates(
            vibration_hz=vibration_hz,
            sound_hz=vibration_hz,
            power_hz=float(random.choice(POWER_HZ)),
            temperature_hz=1.0,
        ),
        load=((0.0, float(random.choice(LOADS))),),
        ambient_degc=((0.0, random.uniform(5.0, 35.0)),),
        noise=Noise(
            vibration_mps2=float(np.exp(random.uniform(np.log(0.1), np.log(3.0)))),
            line_hz=random.uniform(0.003, 0.03),
            load_fraction=random.uniform(0.001, 0.01),
        ),
        modes=(
            Mode(
                frequency_hz=random.uniform(0.2, 0.6) * nyquist, damping=random.uniform(0.02, 0.1)
            ),
            Mode(frequency_hz=random.uniform(0.6, 0.9) * nyquist, damping=0.03, gain=0.5),
        ),
        faults=faults,
        fan_blades=motor.nameplate.fan_blades or int(random.integers(5, 13)),
    )


def fault_orders(units: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the orders of the bearing's lines of drawn cases by name, shape (n, 4).

    In the order of the fault lanes; NaN where the catalogue does not know one.
    """
    found = []
    for unit in units:
        lines = {
            line.name: line.order
            for line in defect_lines(drawn_case(int(unit.removeprefix(PREFIX))).bearing)
        }
        found.append([lines.get(name, np.nan) for name in FAULT_LANES])
    return np.array(found, dtype=np.float64)
