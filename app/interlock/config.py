"""What the interlock may trip on and what it drives: checked at the door, nonsense named.

::

    [interlock]
    windows = 3                      # so many windows in a row must agree

    [interlock.vibration]            # mm/s RMS, 10 Hz to 1 kHz
    trip = 18.0                      # hard limit; without one, this sense only agrees
    alert = 7.1                      # beyond this it agrees with another sense's trip

    [interlock.current]              # multiples of rated current, the largest phase
    trip = 3.0
    alert = 1.2
    for_s = 10.0                     # beyond its trip limit for so long

    [interlock.temperature]          # degC, the hottest channel of these positions
    alert = 130.0
    positions = ["winding"]

    [interlock.actuator]
    kind = "gpio"                    # or "log", which only says what it would do
    chip = "/dev/gpiochip0"
    line = 17                        # offset, or the line's name
    trip_by = "de_energise"          # or "energise", which fails to run
    on_shutdown = "hold"             # or "trip": what an update of the program does to the motor

    [interlock.permissive]
    kind = "gpio"                    # or "always", where the plant has none
    chip = "/dev/gpiochip0"
    line = 27

Whether it may actuate at all is no matter of configuration: an operator commissions it.
"""

import math
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.interlock.record import Quantity
from sensors.errors import BadConfig
from sensors.motor import Motor
from sensors.toml_file import read_toml

MOST: dict[Quantity, float] = {"vibration": 200.0, "current": 20.0, "temperature": 250.0}
"""No motor goes on beyond: mm/s, multiples of rated current, degC. A unit was mistaken."""
LEAST: dict[Quantity, float] = {"vibration": 0.5, "current": 1.05, "temperature": 40.0}
"""Healthy motors get there: overload relays never trip at 1.05 (IEC 60947-4-1)."""

Seconds = Annotated[float, Meta(ge=0.0, le=3600.0)]
LineId = Annotated[int, Meta(ge=0, le=4095)] | Annotated[str, Meta(min_length=1, max_length=64)]
Chip = Annotated[str, Meta(pattern=r"\A/dev/[\w./-]+\Z", max_length=200)]


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one quantity agrees with another's trip, and where it asks for one itself.

    Attributes
    ----------
    alert
        Beyond it, it agrees.
    trip
        Hard limit; None where it only agrees.
    for_s
        How long it must be beyond its hard limit.
    positions
        Which temperature channels count.
    """

    alert: float
    trip: float | None = None
    for_s: Seconds = 0.0
    positions: tuple[str, ...] = ("winding",)


class LogOutput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="log",
):
    """Say it, do nothing."""


class GpioOutput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="gpio",
):
    """A relay on a pin."""

    chip: Chip
    line: LineId
    trip_by: Literal["de_energise", "energise"] = "de_energise"
    active_low: bool = False
    on_shutdown: Literal["trip", "hold"]


class AlwaysPermitted(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="always",
):
    """The plant has no permissive, and says so."""


class GpioInput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="gpio",
):
    """A contact on a pin: active permits, an open wire does not."""

    chip: Chip
    line: LineId
    active_low: bool = False


class InterlockConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The interlock of one motor; the module's docstring says what each line means."""

    windows: Annotated[int, Meta(ge=1, le=3600)] = 3
    vibration: Limit | None = None
    current: Limit | None = None
    temperature: Limit | None = None
    actuator: LogOutput | GpioOutput = LogOutput()
    permissive: AlwaysPermitted | GpioInput

    def __post_init__(self) -> None:
        for quantity, limit in self.limits.items():
            _check_limit(quantity, limit)
        if len(self.limits) < 2:
            raise BadConfig(
                f"interlock: limits for {', '.join(self.limits) or 'nothing'} alone can never "
                "trip: a second sense must agree; state limits for two of vibration, current, "
                "temperature"
            )
        if all(limit.trip is None for limit in self.limits.values()):
            raise BadConfig("interlock: no quantity has a `trip` limit; state one, or leave it out")
        _check_pins(self)

    @property
    def limits(self) -> dict[Quantity, Limit]:
        """The limits that are stated, in order of precedence."""
        stated: dict[Quantity, Limit | None] = {
            "vibration": self.vibration,
            "current": self.current,
            "temperature": self.temperature,
        }
        return {quantity: limit for quantity, limit in stated.items() if limit is not None}


def load_interlock(path: Path) -> InterlockConfig:
    """Read the table ``[interlock]`` of a configuration file.

    Raises
    ------
    BadConfig
        The file or the table is missing, a key is unknown, or a value is impossible.
    """
    try:
        return msgspec.convert(read_toml(path)["interlock"], InterlockConfig)
    except KeyError as error:
        raise BadConfig(f"{path}: no table [interlock]; see docs/INTERLOCK.md") from error
    except (BadConfig, msgspec.ValidationError) as error:
        raise BadConfig(f"{path}: interlock: {error}; see docs/INTERLOCK.md") from error


def check_motor(config: InterlockConfig, motor: Motor) -> None:
    """Raise unless a motor's nameplate carries what its limits are multiples of.

    Raises
    ------
    BadConfig
        A limit of current, and no rated current.
    """
    if config.current is not None and motor.nameplate.rated_current_a is None:
        raise BadConfig(
            f"interlock of {motor.motor_id}: limits of current are multiples of rated current; "
            "state `rated_current_a` on the nameplate"
        )


def _check_limit(quantity: Quantity, limit: Limit) -> None:
    least, most = LEAST[quantity], MOST[quantity]
    for name, value in (("alert", limit.alert), ("trip", limit.trip)):
        if value is not None and not (math.isfinite(value) and least <= value <= most):
            raise BadConfig(
                f"interlock: {quantity}.{name} = {value:g} must be from {least:g} to {most:g}"
            )
    if limit.trip is not None and not limit.alert < limit.trip:
        raise BadConfig(
            f"interlock: {quantity}.alert = {limit.alert:g} must be below its trip {limit.trip:g}"
        )
    if quantity == "temperature" and not limit.positions:
        raise BadConfig("interlock: temperature.positions is empty; name the winding's sensors")


def _check_pins(config: InterlockConfig) -> None:
    actuator, permissive = config.actuator, config.permissive
    if not isinstance(actuator, GpioOutput) or not isinstance(permissive, GpioInput):
        return
    if (permissive.chip, permissive.line) == (actuator.chip, actuator.line):
        raise BadConfig(
            f"interlock: actuator and permissive are both line {actuator.line} of "
            f"{actuator.chip}; they need a line each"
        )
