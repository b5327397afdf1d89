"""The unit of data: one window of every channel of one motor, in SI units.

`SampleBlock` is one channel's window, `Capture` all of them. Readers make captures (from
hardware, recordings or the simulator); everything above consumes them and cannot tell which.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from sensors.errors import BadRate, BadSamples

FloatArray = npt.NDArray[np.float32]
Clock = Literal["utc", "unknown"]

SLOWEST_HZ, FASTEST_HZ = 1e-6, 1e9
"""Rates beyond these are mistakes: times would overflow, and windows be passed over for ever."""


class Sense(StrEnum):
    """Which of the motor's senses a channel belongs to."""

    POWER = "power"
    VIBRATION = "vibration"
    SOUND = "sound"
    TEMPERATURE = "temperature"
    SPEED = "speed"
    PROCESS = "process"


class Unit(StrEnum):
    """Physical units of samples; `FS` is fraction of full scale, `1` is unscaled."""

    VOLT = "V"
    AMPERE = "A"
    MPS2 = "m/s2"
    PASCAL = "Pa"
    FULL_SCALE = "FS"
    DEGC = "degC"
    RPM = "rpm"
    UNSCALED = "1"


SENSE_UNITS: dict[Sense, frozenset[Unit]] = {
    Sense.POWER: frozenset({Unit.VOLT, Unit.AMPERE, Unit.FULL_SCALE, Unit.UNSCALED}),
    Sense.VIBRATION: frozenset({Unit.MPS2, Unit.VOLT, Unit.FULL_SCALE, Unit.UNSCALED}),
    Sense.SOUND: frozenset({Unit.PASCAL, Unit.FULL_SCALE, Unit.UNSCALED}),
    Sense.TEMPERATURE: frozenset({Unit.DEGC, Unit.UNSCALED}),
    Sense.SPEED: frozenset({Unit.RPM, Unit.UNSCALED}),
    Sense.PROCESS: frozenset(Unit),
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One sensor on one motor.

    Attributes
    ----------
    name : str
        Unique within the motor, e.g. ``vib_de_x``.
    sense : Sense
        Which sense it serves.
    unit : Unit
        Unit of its samples.
    axis : str or None
        Direction of a vibration sensor: ``x``, ``y``, ``z``, ``radial``, ``horizontal`` ...
    position : str or None
        Where it sits: ``DE`` (drive end), ``NDE``, ``base``, ``frame``, ``ambient`` ...
    phase : str or None
        ``a``, ``b`` or ``c`` for a voltage or current.
    """

    name: str
    sense: Sense
    unit: Unit
    axis: str | None = None
    position: str | None = None
    phase: str | None = None

    def __post_init__(self) -> None:
        if self.unit not in SENSE_UNITS[self.sense]:
            allowed = ", ".join(sorted(SENSE_UNITS[self.sense]))
            raise BadSamples(
                f"channel {self.name!r}: unit {self.unit.value!r} does not fit sense "
                f"{self.sense.value!r}; use one of: {allowed}"
            )


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples known to be missing just before index `at` of a block's values."""

    at: int
    missing: int


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """One channel's samples over one window.

    Attributes
    ----------
    channel : Channel
        The sensor.
    t0_ns : int
        UTC nanoseconds of the first sample (from epoch 0 where the clock is unknown).
    rate_hz : float
        Samples a second; there is no default anywhere.
    values : float32 array, shape (n,)
        Samples in `channel.unit`. Non-finite values mark samples that were not usable.
    clipped : float
        Fraction of samples at the converter's limits, 0 to 1.
    gaps : tuple of Gap
        Missing samples known to the reader.
    """

    channel: Channel
    t0_ns: int
    rate_hz: float
    values: FloatArray
    clipped: float = 0.0
    gaps: tuple[Gap, ...] = ()

    def __post_init__(self) -> None:
        check_rate(self.rate_hz, self.channel.name)
        if self.values.ndim != 1 or self.values.dtype != np.float32:
            raise BadSamples(
                f"channel {self.channel.name!r}: samples must be float32 of shape (n,), "
                f"not {self.values.dtype} of shape {self.values.shape}"
            )

    @property
    def unit(self) -> Unit:
        """Unit of the samples."""
        return self.channel.unit

    @property
    def duration_s(self) -> float:
        """Length of the block in seconds."""
        return self.values.size / self.rate_hz


@dataclass(frozen=True, slots=True)
class Capture:
    """Every channel of one motor over the window from `t0_ns` to `t1_ns`.

    Attributes
    ----------
    motor_id : str
        Which motor.
    t0_ns, t1_ns : int
        Half-open window in UTC nanoseconds.
    blocks : tuple of SampleBlock
        Channels may have different rates; a channel with nothing to say is absent.
    speed_rpm : float or None
        Shaft speed where it is known by measurement or declaration.
    load : float or None
        Load as a fraction of rated load where known.
    clock : str
        ``utc``, or ``unknown`` for recordings without a date (time then starts at epoch 0).
    seq : int
        Rises by one per capture of a source: the second half of a report's identity.
    """

    motor_id: str
    t0_ns: int
    t1_ns: int
    blocks: tuple[SampleBlock, ...]
    speed_rpm: float | None = None
    load: float | None = None
    clock: Clock = "utc"
    seq: int = 0

    @property
    def duration_s(self) -> float:
        """Length of the window in seconds."""
        return (self.t1_ns - self.t0_ns) / 1e9

    def of(self, sense: Sense, unit: Unit | None = None) -> Iterator[SampleBlock]:
        """Yield the blocks of one sense, and of one unit where it is given."""
        for block in self.blocks:
            if block.channel.sense is sense and unit in (None, block.unit):
                yield block


def check_rate(rate_hz: float, name: str) -> None:
    """Raise BadRate unless `rate_hz` is a number of samples a second that a converter can have."""
    if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
        raise BadRate(
            f"{name}: sampling rate {rate_hz!r} Hz is impossible; "
            "state the true rate as `rate_hz` in the manifest"
        )
