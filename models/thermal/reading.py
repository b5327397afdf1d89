"""What the temperature channels of one capture read: where each stands and how fast it moves."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.thermal import Float64Array
from models.declared_load import declared_load
from models.levenberg import widening
from models.thermal.fit import DrivenBy
from sensors.capture import Capture, SampleBlock, Sense, Unit
from sensors.motor import Nameplate

AROUND = frozenset({"ambient", "air", "coolant", "fluid", "inlet", "outlet"})
"""Positions that are not of the motor itself."""
AMBIENT = frozenset({"ambient", "air"})
BEARINGS = frozenset({"de", "nde", "bearing"})
WINDINGS = frozenset({"winding", "windings", "slot", "stator winding"})
FEWEST_SAMPLES = 4
LONGEST_S = 600.0
"""Slopes are read off the last ten minutes: warming is no straight line for longer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One channel at the end of a capture.

    Attributes
    ----------
    channel, position : str, str or None
        Which, and where it sits.
    degc : float
        On a straight line through its last minutes, at the end of them.
    error_k : float
        Standard error of that.
    slope_k_s : float
        Kelvin a second.
    slope_error_k_s : float
        Standard error of that; infinite where the window holds too few samples.
    duration_s : float
        Length of the whole channel.
    """

    channel: str
    position: str | None
    degc: float
    error_k: float
    slope_k_s: float
    slope_error_k_s: float
    duration_s: float

    @property
    def is_bearing(self) -> bool:
        """Whether it sits at a bearing, whose limit is not the winding's."""
        return _plain(self.position) in BEARINGS

    @property
    def is_winding(self) -> bool:
        """Whether it sits between the coils."""
        return _plain(self.position) in WINDINGS


def _plain(position: str | None) -> str:
    """Return a position as it is compared: people write DE and de."""
    return (position or "").strip().casefold()


def read_motor(capture: Capture, notes: tuple[AuditNote, ...], sensor_k: float) -> list[Reading]:
    """Read the channels on the motor itself, in degC, that the audit lets pass."""
    return _read(capture, notes, sensor_k, lambda position: _plain(position) not in AROUND)


def read_ambient(capture: Capture, notes: tuple[AuditNote, ...], sensor_k: float) -> Reading | None:
    """Read the air beside the motor; None where no channel does."""
    found = _read(capture, notes, sensor_k, lambda position: _plain(position) in AMBIENT)
    return found[0] if found else None


def relative_load(capture: Capture, nameplate: Nameplate, driven_by: DrivenBy) -> float | None:
    """Return load as a fraction of rated, or mean RMS current likewise; None where unknown."""
    if driven_by == "load":
        return declared_load(capture)
    rated_a = nameplate.rated_current_a
    currents = [b.values for b in capture.of(Sense.POWER, Unit.AMPERE) if b.values.size]
    if rated_a is None or not currents:
        return None
    rms = float(np.mean([np.sqrt(np.mean(np.square(v, dtype=np.float64))) for v in currents]))
    return rms / rated_a if math.isfinite(rms) else None


def _read(
    capture: Capture,
    notes: tuple[AuditNote, ...],
    sensor_k: float,
    wanted: Callable[[str | None], bool],
) -> list[Reading]:
    return [
        _reading(block, sensor_k)
        for block in capture.of(Sense.TEMPERATURE, Unit.DEGC)
        if wanted(block.channel.position)
        and np.isfinite(block.values).any()
        and refused(notes, "temperature", channel=block.channel.name) is None
    ]


def _reading(block: SampleBlock, sensor_k: float) -> Reading:
    last = block.values[-max(round(LONGEST_S * block.rate_hz), 1) :].astype(np.float64)
    good = np.isfinite(last)
    if not good.any():
        last, good = block.values.astype(np.float64), np.isfinite(block.values)
    # Time ends at zero, so that the line's constant is the temperature now.
    t_s = (np.arange(last.size) - (last.size - 1))[good] / block.rate_hz
    level, slope, error, slope_error = _line(t_s, last[good], sensor_k)
    name, position = block.channel.name, block.channel.position
    return Reading(name, position, level, error, slope, slope_error, block.duration_s)


def _line(
    t_s: Float64Array, degc: Float64Array, sensor_k: float
) -> tuple[float, float, float, float]:
    """Return a straight line's value at time zero and slope, and their standard errors."""
    mean_s, mean = float(t_s.mean()), float(degc.mean())
    spread = float(np.sum((t_s - mean_s) ** 2))
    if t_s.size < FEWEST_SAMPLES or spread == 0.0:
        return mean, 0.0, sensor_k, math.inf
    slope = float((t_s - mean_s) @ (degc - mean)) / spread
    left = degc - mean - slope * (t_s - mean_s)
    # A quantised channel may fit its line exactly, and is not exact.
    scatter = max(math.sqrt(float(left @ left) / (t_s.size - 2)), sensor_k / math.sqrt(12))
    slope_error = scatter * widening(left) / math.sqrt(spread)
    error = math.hypot(sensor_k, scatter / math.sqrt(t_s.size), slope_error * mean_s)
    return mean - slope * mean_s, slope, error, slope_error
