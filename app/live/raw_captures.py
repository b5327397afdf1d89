"""Raw captures of a live motor: on escalation, on request, on schedule, one healthy an hour."""

from dataclasses import dataclass, field

from app.capture_message import Reason, encode_capture
from app.commands import Command, Memory, is_known, remember
from app.roles.raw_captures import CAPTURE_S
from app.transfer.schedule import CaptureSchedule, ScheduleState, due, request
from app.transfer.sender import CaptureSender
from sensors.capture import Capture


@dataclass(slots=True)
class LiveCaptures:
    """Decides by the schedule of one motor, and hands captures to the sender.

    Attributes
    ----------
    sender : CaptureSender
        Of the whole process.
    schedule : CaptureSchedule
        Of this motor.
    every_s : float
        The gateway sees every motor this often, whatever stage 1 says.
    phase_s : float
        For the first time so much after it could: motors that begin together take turns.
    """

    sender: CaptureSender
    schedule: CaptureSchedule
    every_s: float
    phase_s: float = 0.0
    _state: ScheduleState = field(default_factory=ScheduleState)
    _sent_ns: int | None = None
    _window_ns: int = 0
    _ready_ns: int | None = None
    _obeyed: Memory = ()
    _answers: tuple[str, ...] = ()

    def request(self, command: Command) -> None:
        """Note that an operator wants one; the same command again does nothing."""
        if not is_known(self._obeyed, command):
            self._obeyed = remember(self._obeyed, command)
            self._state = request(self._state, command.id)

    def go_on(self, before: "LiveCaptures") -> None:
        """Owe what the same motor owed operators before it was begun anew."""
        self._obeyed = before._obeyed
        self._state = ScheduleState(wanted=before._state.wanted)

    def due(
        self, capture: Capture, held_s: float, *, escalate: bool, healthy: bool
    ) -> Reason | None:
        """Tell whether it is time; see `RawCaptures`."""
        self._window_ns = capture.t1_ns
        if held_s < CAPTURE_S - 1e-6:
            # A short one proves little: whatever asks for it asks again with the next window.
            return None
        self._ready_ns = capture.t1_ns if self._ready_ns is None else self._ready_ns
        wanted = self._state.wanted
        self._state, reason = due(
            self.schedule, self._state, capture.t1_ns, escalate=escalate, healthy=healthy
        )
        self._answers = () if self._state.wanted else wanted
        return reason or ("schedule" if self._is_scheduled() else None)

    def send(self, joined: Capture, boot_id: str, reason: Reason) -> None:
        """Hand one over; see `RawCaptures`."""
        self._sent_ns = self._window_ns
        payload = encode_capture(joined, boot_id, reason, self._answers)
        self.sender.offer(joined.motor_id, payload, reason)

    def _is_scheduled(self) -> bool:
        if self._sent_ns is None:
            assert self._ready_ns is not None, "asked once there is enough to send"
            return self._window_ns - self._ready_ns >= self.phase_s * 1e9
        return not 0 <= self._window_ns - self._sent_ns < self.every_s * 1e9
