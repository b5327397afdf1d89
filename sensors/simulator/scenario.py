"""What is simulated: a motor, its run, its senses and its faults, as one checked structure.

A scenario and its seed determine every sample.
"""

from datetime import datetime
from typing import Literal

import msgspec

from sensors.errors import BadConfig
from sensors.motor import Motor
from sensors.simulator.fault import Fault

Points = tuple[tuple[float, float], ...]
MAX_LOAD = 2.0
MAX_DURATION_S = 10 * 366 * 86_400.0


class Rates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Samples a second of each sense; a sense without a rate is not there."""

    vibration_hz: float | None = None
    sound_hz: float | None = None
    power_hz: float | None = None
    temperature_hz: float | None = None

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        if all(rate is None for rate in given.values()):
            raise BadConfig(f"rates: nothing is measured; give at least one of {', '.join(given)}")
        for name, rate in given.items():
            most = 10.0 if name == "temperature_hz" else 1e6
            least = 0.0 if name == "temperature_hz" else 100.0
            if (rate is not None and not least <= rate <= most) or rate == 0.0:
                raise BadConfig(f"rates: {name} = {rate} must be from {least:g} to {most:g} Hz")


class Noise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Standard deviations of what is random in a healthy run.

    Attributes
    ----------
    vibration_mps2 : float
        Broadband vibration of bearings and flow at rated load, shaped by the structure.
    sound_pa : float
        Broadband sound of the cooling air.
    power_fraction : float
        Converter noise of currents and voltages, as a fraction of their rated RMS.
    temperature_degc : float
        Sensor noise.
    line_hz : float
        Wander of the supply's frequency, over seconds to minutes.
    load_fraction : float
        Wander of the load, over seconds.
    """

    vibration_mps2: float = 0.6
    sound_pa: float = 0.02
    power_fraction: float = 1e-3
    temperature_degc: float = 0.05
    line_hz: float = 0.01
    load_fraction: float = 0.003

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if not 0.0 <= getattr(self, name) < 1e3:
                raise BadConfig(f"noise: {name} = {getattr(self, name)} must not be negative")


class Mode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One natural vibration of bearing housing and sensor.

    Attributes
    ----------
    frequency_hz, damping : float
        Natural frequency and damping ratio.
    gain : float
        Share of an impact that it answers with.
    """

    frequency_hz: float
    damping: float
    gain: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.frequency_hz < 1e6 or not 1e-3 <= self.damping < 1.0:
            raise BadConfig(
                f"modes: frequency_hz = {self.frequency_hz} must be positive and damping = "
                f"{self.damping} from 0.001 to below 1"
            )


class LoadOscillation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A torque that swings: a piston compressor, a mill, or the broken bar's innocent twin.

    Attributes
    ----------
    amplitude : float
        Fraction of rated torque.
    frequency : float
        Frequency, counted in what `unit` says.
    unit : str
        ``Hz``, ``shaft`` (multiples of shaft frequency) or ``slip`` (multiples of slip
        frequency s f: 2 puts current sidebands exactly where a broken bar puts its own).
    """

    amplitude: float
    frequency: float
    unit: Literal["Hz", "shaft", "slip"]

    def __post_init__(self) -> None:
        if not 0.0 <= self.amplitude <= 1.0 or not 0.0 < self.frequency <= 1000.0:
            raise BadConfig(
                f"load_oscillations: amplitude = {self.amplitude} must be from 0 to 1 (fraction "
                f"of rated torque) and frequency = {self.frequency} above 0"
            )


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One simulated run.

    Attributes
    ----------
    name : str
        Short name.
    seed : int
        With the rest of the scenario, determines every sample. Another seed is another
        machine of the same make (phases, residual unbalance) on another day (noise).
    duration_s : float
        Length of the run.
    motor : Motor
        Poles, line frequency and rated power, speed and voltage are needed.
    rates : Rates
        Samples a second of each sense.
    load : sequence of (t_s, load)
        Load as a fraction of rated torque, straight lines between the points.
    ambient_degc : sequence of (t_s, degC)
        Air temperature, likewise.
    faults : sequence of Fault
        What goes wrong.
    load_oscillations : sequence of LoadOscillation
        Torques that swing.
    noise : Noise
        Randomness.
    modes : sequence of Mode
        Natural vibrations of the structure. Those above 0.45 of a channel's rate are taken
        out by its anti-alias filter.
    bearing_slip, bearing_jitter : float
        Slip of the rolling elements: mean fraction by which defect lines are lower, and random
        walk per passage as a fraction of the spacing.
    vibration_axes : sequence of str
        Any of ``x`` (horizontal), ``y`` (vertical), ``z`` (axial), at the drive end.
    current_phases : sequence of str
        Any of ``a``, ``b``, ``c``.
    voltages : bool
        Measure the phase voltages of the same phases, too.
    ambient_sensor : bool
        Measure the air temperature, too.
    fan_blades : int
        Blades of the cooling fan.
    rated_rise_k, thermal_constant_s : float
        Temperature rise of the frame at rated load, and its time constant.
    initial_degc : float or None
        Frame temperature at the start; None is warm, in balance with the first load.
    start : datetime or None
        Date of the first sample, with its time zone; None is an undated run from epoch 0.
    reports_speed, reports_load : bool
        Whether captures carry the true mean speed and load, as a tachometer and a drive would.
    """

    name: str
    seed: int
    duration_s: float
    motor: Motor
    rates: Rates
    load: Points
    ambient_degc: Points
    faults: tuple[Fault, ...] = ()
    load_oscillations: tuple[LoadOscillation, ...] = ()
    noise: Noise = Noise()
    modes: tuple[Mode, ...] = (
        Mode(frequency_hz=2900.0, damping=0.05),
        Mode(frequency_hz=5600.0, damping=0.03, gain=0.5),
    )
    bearing_slip: float = 0.005
    bearing_jitter: float = 0.015
    vibration_axes: tuple[Literal["x", "y", "z"], ...] = ("x", "y", "z")
    current_phases: tuple[Literal["a", "b", "c"], ...] = ("a", "b", "c")
    voltages: bool = False
    ambient_sensor: bool = False
    fan_blades: int = 7
    rated_rise_k: float = 50.0
    thermal_constant_s: float = 1800.0
    initial_degc: float | None = None
    start: datetime | None = None
    reports_speed: bool = True
    reports_load: bool = True

    @property
    def title(self) -> str:
        """How recordings and reports call this run; always says that it is simulated."""
        return f"simulated: {self.name} (seed {self.seed})"
