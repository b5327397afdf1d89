"""A fault with onset and growth: what it is, how bad, and how bad at each moment."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.errors import BadConfig

FloatArray = npt.NDArray[np.float64]

# Steepness of exponential growth: after half the time 8 % of the severity is reached.
STEEPNESS = 5.0
MAX_SEVERITY = 100.0

# What severity 1 is, by the sense that shows it first.
VIBRATION_CONDITIONS = {
    Condition.BEARING_OUTER_RACE: "impacts of 40 m/s2 peak",
    Condition.BEARING_INNER_RACE: "impacts of 40 m/s2 peak in the load zone",
    Condition.BEARING_ROLLING_ELEMENT: "impacts of 40 m/s2 peak in the load zone",
    Condition.BEARING_CAGE: "knocks of 20 m/s2 peak",
    Condition.UNBALANCE: "6 mm/s RMS once a turn, radial",
    Condition.MISALIGNMENT: "4 mm/s RMS twice a turn, also axial",
    Condition.BENT_SHAFT: "4.5 mm/s RMS once a turn, axial",
    Condition.LOOSENESS: "2 mm/s RMS once a turn, with harmonics and halves",
    Condition.SOFT_FOOT: "3 mm/s RMS at twice line frequency",
    Condition.LUBRICATION: "broadband vibration five times as high",
}
CURRENT_CONDITIONS = {
    Condition.BROKEN_ROTOR_BAR: "lower slip sideband at about -38 dB, two bars; 0.5 is one",
    Condition.ECCENTRICITY_STATIC: "slot lines at about -38 dB",
    Condition.ECCENTRICITY_DYNAMIC: "f +- fr and slot lines at about -37 dB",
    Condition.STATOR_INTER_TURN: "negative-sequence current of 12 % of rated",
    Condition.SUPPLY_UNBALANCE: "negative-sequence voltage of 5 %",
}
# A level in dB has no meaning for these: they move the operating point, or no such waveform.
LEVELLESS_CONDITIONS = {
    Condition.BLADE_FAULT: "blade pass of 0.06 Pa with sidebands",
    Condition.SINGLE_PHASING: "phase a open",
    Condition.OVERLOAD: "40 % of rated torque more",
    Condition.OVERHEATING: "temperature rise 80 % higher",
}
SEVERITY_ONE = VIBRATION_CONDITIONS | CURRENT_CONDITIONS | LEVELLESS_CONDITIONS


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault of a scenario; exactly one of `severity` and `level_db` says how bad it gets.

    Attributes
    ----------
    condition : Condition
        What it is, one of `SEVERITY_ONE`.
    severity : float or None
        0 is sound, 1 is severe: `SEVERITY_ONE` says what that is for each condition.
    level_db : float or None
        Power of what the fault adds over the power of the healthy signal, full band, at full
        growth, in decibels: in the first vibration or current channel.
    onset_s : float
        When it begins.
    growth : str
        ``step`` at the onset; ``linear`` or ``exponential`` from onset to `full_at_s`.
    full_at_s : float or None
        When growth ends; needed unless the growth is a step.
    bearing : str or None
        Position or name of the bearing that fails; None is the motor's first.
    """

    condition: Condition
    severity: float | None = None
    level_db: float | None = None
    onset_s: float = 0.0
    growth: Literal["step", "linear", "exponential"] = "step"
    full_at_s: float | None = None
    bearing: str | None = None

    def __post_init__(self) -> None:
        if self.condition not in SEVERITY_ONE:
            known = ", ".join(condition.value for condition in SEVERITY_ONE)
            raise self._bad(f"the simulator has no model of it; use one of: {known}")
        if (self.severity is None) == (self.level_db is None):
            raise self._bad("give one of severity and level_db, not both or none")
        if self.severity is not None and not 0.0 <= self.severity <= MAX_SEVERITY:
            raise self._bad(f"severity = {self.severity:g} must be from 0 (sound), 1 is severe, "
                            f"to {MAX_SEVERITY:g}")  # fmt: skip
        if self.level_db is not None:
            self._check_level(self.level_db)
        self._check_times()

    def _check_level(self, level_db: float) -> None:
        if self.condition in LEVELLESS_CONDITIONS:
            raise self._bad("has no level in dB; give a severity")
        if not -100.0 <= level_db <= 60.0:
            raise self._bad(f"level_db = {level_db:g} must be from -100 to 60 dB")

    def _check_times(self) -> None:
        if not 0.0 <= self.onset_s < float("inf"):
            raise self._bad(f"onset_s = {self.onset_s:g} must not be negative")
        if (self.growth == "step") != (self.full_at_s is None):
            raise self._bad(f"growth is {self.growth!r}; full_at_s belongs to linear or "
                            "exponential growth, and is needed there")  # fmt: skip
        if self.full_at_s is not None and not self.onset_s < self.full_at_s < float("inf"):
            raise self._bad(f"full_at_s = {self.full_at_s:g} must be after onset_s = "
                            f"{self.onset_s:g}")  # fmt: skip

    def _bad(self, what: str) -> BadConfig:
        return BadConfig(f"fault {self.condition.value}: {what}")


def severity_at(fault: Fault, t_s: FloatArray) -> FloatArray:
    """Return the severity at each time, 0 before the onset."""
    assert fault.severity is not None, "levels are turned into severities before a run"
    if fault.full_at_s is None:
        return np.where(t_s >= fault.onset_s, fault.severity, 0.0)
    done = np.clip((t_s - fault.onset_s) / (fault.full_at_s - fault.onset_s), 0.0, 1.0)
    if fault.growth == "exponential":
        done = np.expm1(STEEPNESS * done) / np.expm1(STEEPNESS)
    severity: FloatArray = fault.severity * done
    return severity


def severity_integral(fault: Fault, t_s: FloatArray) -> FloatArray:
    """Return the integral of the severity from the onset to each time, in closed form."""
    assert fault.severity is not None, "levels are turned into severities before a run"
    if fault.full_at_s is None:
        return np.maximum(fault.severity * (t_s - fault.onset_s), 0.0)
    span_s = fault.full_at_s - fault.onset_s
    done = np.clip((t_s - fault.onset_s) / span_s, 0.0, 1.0)
    beyond_s = np.maximum(t_s - fault.full_at_s, 0.0)
    if fault.growth == "exponential":
        rising = (np.expm1(STEEPNESS * done) / STEEPNESS - done) / np.expm1(STEEPNESS)
    else:
        rising = done**2 / 2
    area: FloatArray = fault.severity * (span_s * rising + beyond_s)
    return area


def add(parts: Sequence[FloatArray]) -> FloatArray:
    """Return the sum of arrays of one shape."""
    total: FloatArray = np.sum(parts, axis=0)
    return total


def severities(faults: Sequence[Fault], condition: Condition, t_s: FloatArray) -> FloatArray:
    """Return the summed severity of all faults of one condition at each time."""
    return add(
        [np.zeros_like(t_s)] + [severity_at(f, t_s) for f in faults if f.condition is condition]
    )
