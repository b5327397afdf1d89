"""A healthy machine drawn at random: poles, supply, size, bearings, structure, instruments.

The window's number is the seed of everything: machine, day, load, and how wrong its speed is
declared. So any window can be made again alone.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import numpy as np

from sensors.catalogue import catalogue
from sensors.motor import Bearing, Motor, Nameplate
from sensors.simulator.current import FACTOR_TIMES_EFFICIENCY
from sensors.simulator.scenario import Mode, Noise, Rates, Scenario

SEED = 20_000_000
"""Far from the seeds of the template, of the tests and of the detection curves."""
WINDOW_S = 10.0
"""Shorter windows are no test of the rotor, which then abstains for want of resolution."""
VIBRATION_HZ = 12_800.0
POWER_HZ = 5000.0
LOADS = (0.4, 0.7, 1.0)
DECLARED = (0.0, -0.05, 0.05, -0.02, 0.02, None)
"""By how much the declared speed is wrong, as a fraction; None where none is declared."""
SUPPLIES = ((50.0, 400.0), (60.0, 460.0))
BARS = {2: (18, 20, 22, 28), 4: (28, 32, 34, 40, 44), 6: (33, 44, 46, 54, 58)}
SIZES: tuple[tuple[float, float, float], ...] = (
    (1.5, 0.055, 90.0),
    (4.0, 0.045, 112.0),
    (7.5, 0.030, 132.0),
    (15.0, 0.027, 160.0),
    (30.0, 0.018, 200.0),
    (90.0, 0.010, 280.0),
)
"""Rated power in kW, slip at it, and shaft height in mm, as catalogues of motors pair them."""
CHOICES = (len(LOADS), len(DECLARED), len(BARS), len(SUPPLIES), 2, 6)
"""Loads, declared speeds, poles, supplies, with and without voltages, a drive in one of six."""
COMPARED = 0.125
"""Share of windows judged beside a capture in health."""
STRIDE = 605
"""Shares no factor with the number of combinations, so that all of them come by."""
Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Window:
    """One healthy window: what runs, what the nameplate claims, and how speed is declared.

    Attributes
    ----------
    number : int
        Which window; with `SEED` it determines every sample.
    scenario : Scenario
        What runs.
    plate : Motor
        The motor as its owner describes it; in every sixth window with a drive, which this run
        has not.
    load : float
        Fraction of rated load.
    speed_error : float or None
        By how much the declared speed is wrong, as a fraction; None where none is declared.
    compared : bool
        Whether it is judged beside the window after it, in which the machine is as sound.
    """

    number: int
    scenario: Scenario
    plate: Motor
    load: float
    speed_error: float | None
    compared: bool


def window(number: int) -> Window:
    """Return one window of the soak.

    Load, declared speed, poles, supply, voltages and drive go through all their combinations, in
    an order that has all of them in any few hundred windows; everything else is drawn.
    """
    random = np.random.default_rng((SEED, number))
    load, error, poles, supply, voltages, drive = _combination(number)
    motor = drawn_motor(tuple(BARS)[poles], *SUPPLIES[supply], random)
    driven = msgspec.structs.replace(motor.nameplate, variable_frequency_drive=True)
    return Window(
        number=number,
        scenario=_scenario(number, motor, LOADS[load], random, voltages=bool(voltages)),
        plate=msgspec.structs.replace(motor, nameplate=driven) if drive == 0 else motor,
        load=LOADS[load],
        speed_error=DECLARED[error],
        compared=bool(random.random() < COMPARED),
    )


def _combination(number: int) -> tuple[int, ...]:
    rest = number * STRIDE % math.prod(CHOICES)
    places = []
    for choices in CHOICES:
        rest, place = divmod(rest, choices)
        places.append(place)
    return tuple(places)


def drawn_motor(poles: int, line_hz: float, volts: float, random: np.random.Generator) -> Motor:
    """Return a motor of so many poles; what a nameplate may leave out is given by chance."""
    rated_kw, slip, height_mm = _one_of(SIZES, random)
    known = random.random(4) < 0.5
    bearings = [_one_of(catalogue(), random) for _ in range(1 + int(random.integers(2)))]
    return Motor(
        motor_id="simulated-soak",
        nameplate=Nameplate(
            poles=poles,
            line_hz=line_hz,
            rated_kw=rated_kw,
            rated_rpm=round(120.0 * line_hz / poles * (1 - slip * random.uniform(0.85, 1.15))),
            rated_voltage_v=volts,
            rated_current_a=round(1e3 * rated_kw / (3**0.5 * volts * FACTOR_TIMES_EFFICIENCY), 2),
            shaft_height_mm=height_mm if known[0] else None,
            mounting=_one_of(("rigid", "flexible"), random) if known[1] else None,
            rotor_bars=_one_of(BARS[poles], random) if known[2] else None,
            insulation_class="F",
            fan_blades=int(random.integers(5, 13)) if known[3] else None,
        ),
        bearings=tuple(_placed(bearing, end) for bearing, end in zip(bearings, ENDS, strict=False)),
    )


ENDS = ("DE", "NDE")


def _placed(bearing: Bearing, end: str) -> Bearing:
    return msgspec.structs.replace(bearing, position=end)


def _scenario(
    number: int, motor: Motor, load: float, random: np.random.Generator, *, voltages: bool
) -> Scenario:
    blades = motor.nameplate.fan_blades
    return Scenario(
        name="soak",
        seed=SEED + number,
        duration_s=2 * WINDOW_S,
        motor=motor,
        rates=Rates(
            vibration_hz=VIBRATION_HZ,
            sound_hz=VIBRATION_HZ,
            power_hz=POWER_HZ,
            temperature_hz=1.0,
        ),
        load=((0.0, load),),
        ambient_degc=((0.0, random.uniform(5.0, 35.0)),),
        noise=Noise(
            vibration_mps2=random.uniform(0.3, 1.2),
            line_hz=random.uniform(0.005, 0.02),
            load_fraction=random.uniform(0.001, 0.006),
        ),
        modes=(
            Mode(frequency_hz=random.uniform(1200, 3600), damping=random.uniform(0.03, 0.08)),
            Mode(frequency_hz=random.uniform(3800, 5600), damping=0.03, gain=0.5),
        ),
        voltages=voltages,
        ambient_sensor=bool(random.integers(2)),
        fan_blades=blades or int(random.integers(5, 13)),
        reports_load=bool(random.integers(2)),
    )


def _one_of(some: tuple[Choice, ...], random: np.random.Generator) -> Choice:
    return some[int(random.integers(len(some)))]
