"""The one seam between signals and everything above: a Reader yields captures.

Converters, recordings and the simulator are all Readers, so replay and the field share every
later line.
"""

from collections.abc import Iterator
from typing import Protocol

from sensors.capture import Capture
from sensors.motor import Motor


class Reader(Protocol):
    """A source of captures for one motor."""

    @property
    def motor(self) -> Motor:
        """The motor whose signals these are."""
        ...

    def read(self) -> Capture | None:
        """Return the next capture in order of time, or None at the end of the source."""
        ...

    def close(self) -> None:
        """Release files and devices; reading afterwards is an error."""
        ...


def captures(reader: Reader) -> Iterator[Capture]:
    """Yield the captures of a reader until its end."""
    while (capture := reader.read()) is not None:
        yield capture
