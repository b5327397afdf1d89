"""When raw captures go up, and how: a replay's way; `app.live.raw_captures` has the field's."""

from typing import Protocol

from app.bus.bus import Bus
from app.capture_message import Reason, encode_capture
from app.topics import topic
from sensors.capture import Capture

CAPTURE_S = 10.0
"""A raw capture holds the last this many seconds."""


class RawCaptures(Protocol):
    """Decides with each window whether a raw capture goes up, and sends it."""

    def due(
        self, capture: Capture, held_s: float, *, escalate: bool, healthy: bool
    ) -> Reason | None:
        """Return why one goes up with this window, or None.

        Parameters
        ----------
        capture : Capture
            The window.
        held_s : float
            How much there is to send.
        escalate, healthy : bool
            What stage 1 says of the window.
        """
        ...

    def send(self, joined: Capture, boot_id: str, reason: Reason) -> None:
        """Send one up."""
        ...


class MinuteCaptures:
    """One whole message each minute, and each ten seconds from a motor that escalates.

    Parameters
    ----------
    bus, site
        Where they go.
    window_s : float
        Length of a full window: shorter ones are snapshots, each of which goes up.
    """

    EVERY_S = 60.0
    ESCALATION_EVERY_S = 10.0

    def __init__(self, bus: Bus, site: str, window_s: float) -> None:
        self._bus, self._site, self._window_s = bus, site, window_s
        self._window_ns = 0
        self._sent_ns: int | None = None

    def due(
        self, capture: Capture, held_s: float, *, escalate: bool, healthy: bool
    ) -> Reason | None:
        """Tell whether it is time; see `RawCaptures`."""
        self._window_ns = capture.t0_ns
        why: Reason = "escalation" if escalate else "schedule"
        if self._sent_ns is None:
            # The first verdict should not wait a minute, nor stand on a single window.
            snapshot = capture.duration_s < self._window_s * 0.999
            return why if held_s >= CAPTURE_S - 1e-6 or snapshot else None
        since_s = (capture.t0_ns - self._sent_ns) / 1e9
        return why if since_s >= (self.ESCALATION_EVERY_S if escalate else self.EVERY_S) else None

    def send(self, joined: Capture, boot_id: str, reason: Reason) -> None:
        """Send one up; see `RawCaptures`."""
        self._sent_ns = self._window_ns
        where = topic(self._site, joined.motor_id, "capture")
        self._bus.publish(where, encode_capture(joined, boot_id, reason))
