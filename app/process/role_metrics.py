"""What each role counts beside its loop and its bus: one typed facade a role.

The roles call these; none of them knows how metrics are kept or told. `docs/OPERATIONS.md` lists
them all, and a test compares the two.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from app.messages import State
from app.process.meters import Meters
from app.topics import Kind

HEALTH: dict[State, int] = {
    "normal": 0,
    "alert": 1,
    "danger": 2,
    "learning": -1,
    "stopped": -2,
    "unmonitored": -3,
}
"""A state as a number: what is worse is larger, what is no verdict is negative."""

Freshness = Literal["fresh", "stale", "missing"]
Channel = Literal["mqtt", "webhook", "email"]


class DeviceMetrics:
    """Windows, captures and trips of one device process."""

    def __init__(self, meters: Meters) -> None:
        self._motors = meters.motors
        self._reports = meters.count("reports", "Windows judged and reported.", "motor_id")
        self._latency = meters.durations(
            "report_latency_seconds", "From a window's last sample to its report.", "motor_id"
        )
        self._lag = meters.level(
            "source_lag_seconds", "How late the source delivered its last window.", "motor_id"
        )
        self._captures = meters.count("captures", "Raw captures sent up.", "motor_id")
        self._state = meters.level(
            "motor_state",
            "0 normal, 1 alert, 2 danger, -1 learning, -2 stopped, -3 unmonitored.",
            "motor_id",
        )
        self._trips = meters.count("trips", "Trips of an actuator.", "motor_id")

    def reported(self, motor_id: str, state: State, latency_s: float) -> None:
        """Count a report."""
        motor = self._motors(motor_id)
        self._reports.labels(motor).inc()
        self._latency.labels(motor).observe(latency_s)
        self._state.labels(motor).set(HEALTH[state])

    def lagged(self, motor_id: str, lag_s: float) -> None:
        """Tell how late the source is."""
        self._lag.labels(self._motors(motor_id)).set(lag_s)

    def captured(self, motor_id: str) -> None:
        """Count a raw capture."""
        self._captures.labels(self._motors(motor_id)).inc()

    def tripped(self, motor_id: str) -> None:
        """Count a trip."""
        self._trips.labels(self._motors(motor_id)).inc()


class GatewayMetrics:
    """Diagnoses and alarms of one gateway."""

    def __init__(self, meters: Meters) -> None:
        self._motors = meters.motors
        self._diagnoses = meters.count(
            "diagnoses", "Captures diagnosed, by where stage 2 ran.", "motor_id", "backend"
        )
        self._took = meters.durations("diagnosis_seconds", "How long a diagnosis took.")
        self._raised = meters.count("alarms_raised", "Alarms raised.", "motor_id")
        self._open = meters.level("alarms_open", "Alarms that are not cleared.")
        self._held_back = meters.count("alarms_held_back", "Alarms beyond the flood limit.")
        self._stale = meters.level("motors_stale", "Motors that are silent for two periods.")
        self._tags = meters.level("context_tags", "Tags of the plant's own systems.", "state")

    def diagnosed(self, motor_id: str, backend: Literal["cpu", "edgetpu"], took_s: float) -> None:
        """Count a diagnosis."""
        self._diagnoses.labels(self._motors(motor_id), backend).inc()
        self._took.observe(took_s)

    def raised(self, motor_id: str) -> None:
        """Count an alarm."""
        self._raised.labels(self._motors(motor_id)).inc()

    def held_back(self) -> None:
        """Count an alarm that a flood hid."""
        self._held_back.inc()

    def standing(self, *, alarms_open: int, motors_stale: int) -> None:
        """Tell what stands now."""
        self._open.set(alarms_open)
        self._stale.set(motors_stale)

    def context(self, tags: Mapping[Freshness, int]) -> None:
        """Tell how many tags of the plant are in which state."""
        for state in get_args(Freshness):
            self._tags.labels(state).set(tags.get(state, 0))


class PlatformMetrics:
    """What one platform stored, and what it missed."""

    def __init__(self, meters: Meters) -> None:
        self._motors = meters.motors
        self._stored = meters.count("messages_stored", "Messages stored, by kind.", "kind")
        self._known = meters.count("messages_known", "Messages that were stored already.")
        self._acks = meters.count("acknowledgements", "Acknowledgements sent after a commit.")
        self._commits = meters.durations("commit_seconds", "How long a commit took.")
        self._refusals = meters.count("commits_refused", "Commits that the store refused.")
        self._latency = meters.durations(
            "stored_latency_seconds", "From a window's last sample to its commit."
        )
        self._missing = meters.count(
            "windows_missing", "Windows missing within a boot of a device.", "motor_id"
        )
        self._archive = meters.level("archive_bytes", "Size of the archive of raw captures.")
        self._notes = meters.count(
            "notifications", "Notifications, by way and outcome.", "channel", "outcome"
        )

    def committed(self, kinds: dict[Kind, int], *, known: int, took_s: float) -> None:
        """Count a commit: how many of each kind were new, and how many known."""
        for kind, count in kinds.items():
            self._stored.labels(kind).inc(count)
        self._known.inc(known)
        self._commits.observe(took_s)

    def refused(self) -> None:
        """Count a commit that the store refused."""
        self._refusals.inc()

    def acknowledged(self, latency_s: float) -> None:
        """Count an acknowledgement, and how old its window's last sample was at the commit."""
        self._acks.inc()
        self._latency.observe(latency_s)

    def missed(self, motor_id: str, windows: int) -> None:
        """Count windows of a device that never came."""
        self._missing.labels(self._motors(motor_id)).inc(windows)

    def archived(self, total_bytes: int) -> None:
        """Tell the size of the archive."""
        self._archive.set(total_bytes)

    def notified(self, channel: Channel, *, delivered: bool) -> None:
        """Count a notification."""
        self._notes.labels(channel, "delivered" if delivered else "failed").inc()
