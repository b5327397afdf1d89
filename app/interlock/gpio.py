"""Pins, by libgpiod 2: the only module that imports `gpiod`.

De-energise to trip: while the motor may run the line is active and holds the relay; a trip, a
cut wire or a lost supply lets it go. What a line does once it is given back is the kernel's and the
driver's; see docs/INTERLOCK.md for the relay that also covers a dead computer.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from app.interlock.config import GpioInput, GpioOutput
from sensors.errors import MissingDependency, OutputError

try:
    from gpiod import LineSettings, request_lines
    from gpiod.line import Bias, Direction, Value
except ImportError as error:
    raise MissingDependency(
        "an actuator on a pin needs gpiod; pip install 'motorwatch[gpio]'"
    ) from error

log = logging.getLogger(__name__)


class Lines(Protocol):
    """The part of `gpiod.LineRequest` that is used."""

    def set_value(self, line: int | str, value: Value) -> None:
        """Drive a line."""
        ...

    def get_value(self, line: int | str) -> Value:
        """Read a line."""
        ...

    def release(self) -> None:
        """Give the lines back."""
        ...


RequestLines = Callable[..., Lines]


def _request(
    request: RequestLines, config: GpioInput | GpioOutput, name: str, settings: LineSettings
) -> Lines:
    try:
        # The kernel keeps 31 characters of a consumer's name.
        return request(
            config.chip, consumer=f"motorwatch {name}"[:31], config={config.line: settings}
        )
    except (OSError, ValueError) as error:
        raise OutputError(
            f"line {config.line} of {config.chip}: cannot be had ({error}); `gpioinfo` shows lines "
            "and who holds them, and the device's user needs leave to open the chip"
        ) from error


class GpioActuator:
    """A relay on a pin.

    Parameters
    ----------
    config : GpioOutput
        Which line, and which of its states lets the motor run.
    motor_id : str
        Stands in the line's consumer name.
    tripped : bool
        The latch: the line has its state from the moment that it is had, without a glitch.
    request : callable
        `gpiod.request_lines`, or what stands for it in a test.
    """

    def __init__(
        self,
        config: GpioOutput,
        motor_id: str,
        *,
        tripped: bool,
        request: RequestLines = request_lines,
    ) -> None:
        active_is_run = config.trip_by == "de_energise"
        self._run = Value.ACTIVE if active_is_run else Value.INACTIVE
        self._trip = Value.INACTIVE if active_is_run else Value.ACTIVE
        self._config = config
        settings = LineSettings(
            direction=Direction.OUTPUT,
            active_low=config.active_low,
            output_value=self._trip if tripped else self._run,
        )
        self._lines: Lines | None = _request(request, config, f"trip {motor_id}", settings)

    def trip(self) -> None:
        """Drive the line to its trip state and read it back."""
        self._drive(self._trip)

    def release(self) -> None:
        """Drive the line to its run state and read it back."""
        self._drive(self._run)

    def close(self, *, may_trip: bool) -> None:
        """Give the line back: tripped where the configuration says so and it may, else as it is."""
        lines = self._lines
        if lines is None:
            return
        try:
            if may_trip and self._config.on_shutdown == "trip":
                self.trip()
        finally:
            self._lines = None
            lines.release()

    def _drive(self, value: Value) -> None:
        where = f"line {self._config.line} of {self._config.chip}"
        if self._lines is None:
            raise OutputError(f"{where}: was given back; the actuator is closed")
        try:
            self._lines.set_value(self._config.line, value)
            found = self._lines.get_value(self._config.line)
        except (OSError, ValueError) as error:
            raise OutputError(f"{where}: cannot be driven ({error}); stop the motor") from error
        if found != value:
            raise OutputError(f"{where}: reads {found} when driven {value}; stop the motor")


class GpioPermissive:
    """A contact on a pin, pulled to the side that does not permit."""

    def __init__(
        self, config: GpioInput, motor_id: str, *, request: RequestLines = request_lines
    ) -> None:
        self._config = config
        settings = LineSettings(
            direction=Direction.INPUT,
            active_low=config.active_low,
            bias=Bias.PULL_UP if config.active_low else Bias.PULL_DOWN,
        )
        self._lines = _request(request, config, f"permit {motor_id}", settings)

    def permitted(self) -> bool:
        """Whether the contact is active; what cannot be read does not permit."""
        try:
            return bool(self._lines.get_value(self._config.line) == Value.ACTIVE)
        except (OSError, ValueError) as error:
            log.error("permissive %s: cannot be read (%s)", self._config.line, error)
            return False

    def close(self) -> None:
        """Give the line back."""
        self._lines.release()
