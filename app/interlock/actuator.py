"""What an interlock drives and asks: one seam each, with a fake that ships."""

import logging
from typing import Protocol

from app.interlock.config import AlwaysPermitted, GpioOutput, InterlockConfig

log = logging.getLogger(__name__)


class Actuator(Protocol):
    """Stops the motor, and lets it run again."""

    def trip(self) -> None:
        """Stop the motor; harmless to repeat.

        Raises
        ------
        OutputError
            It cannot be driven.
        """
        ...

    def release(self) -> None:
        """Let the motor be started again; nothing starts it.

        Raises
        ------
        OutputError
            It cannot be driven.
        """
        ...

    def close(self, *, may_trip: bool) -> None:
        """Give the output back; tripped first where it is configured so, and it may."""
        ...


class Permissive(Protocol):
    """The plant's word that an actuation is allowed now."""

    def permitted(self) -> bool:
        """Whether it is; what cannot be read does not permit."""
        ...

    def close(self) -> None:
        """Give the input back."""
        ...


class LogActuator:
    """Says what it would do: for trials, and for plants that act by hand."""

    def __init__(self, motor_id: str, tripped: bool = False) -> None:
        self._motor_id = motor_id
        self.tripped = tripped

    def trip(self) -> None:
        """Say that the motor should stop, once."""
        if not self.tripped:
            log.critical("%s: trip (logged only, nothing is driven)", self._motor_id)
        self.tripped = True

    def release(self) -> None:
        """Say that the motor may run, once."""
        if self.tripped:
            log.warning("%s: trip released (logged only)", self._motor_id)
        self.tripped = False

    def close(self, *, may_trip: bool) -> None:
        """Do nothing: nothing is driven."""


class NoPermissive:
    """For a plant that has no permissive and says so in its configuration."""

    def permitted(self) -> bool:
        """Permit always."""
        return True

    def close(self) -> None:
        """Do nothing: nothing is held."""


def open_actuator(config: InterlockConfig, motor_id: str, *, tripped: bool) -> Actuator:
    """Return the actuator that is configured, driven as the latch says from the first moment.

    Raises
    ------
    MissingDependency
        GPIO without its library.
    OutputError
        The line cannot be had.
    """
    if isinstance(config.actuator, GpioOutput):
        from app.interlock.gpio import GpioActuator

        return GpioActuator(config.actuator, motor_id, tripped=tripped)
    return LogActuator(motor_id, tripped)


def open_permissive(config: InterlockConfig, motor_id: str) -> Permissive:
    """Return the permissive that is configured; raises as `open_actuator`."""
    if isinstance(config.permissive, AlwaysPermitted):
        return NoPermissive()
    from app.interlock.gpio import GpioPermissive

    return GpioPermissive(config.permissive, motor_id)
