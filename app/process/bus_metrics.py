"""What a process counts of its bus, and of what it holds until it is acknowledged."""

from typing import Literal

from app.process.meters import Meters
from app.topics import Kind

Refusal = Literal["topic", "size", "rate", "content", "unknown_motor", "clock"]
"""Why a message was refused."""


class BusMetrics:
    """Connection and messages of one process."""

    def __init__(self, meters: Meters) -> None:
        self._connected = meters.level("bus_connected", "1 while the bus is connected, else 0.")
        self._connects = meters.count("bus_connects", "Connections made to the broker.")
        self._published = meters.count("messages_published", "Messages handed to the bus.", "kind")
        self._received = meters.count("messages_received", "Messages from the bus.", "kind")
        self._refused = meters.count("messages_refused", "Messages refused, by reason.", "reason")

    def connected(self) -> None:
        """Count a connection."""
        self._connects.inc()
        self._connected.set(1)

    def disconnected(self) -> None:
        """Tell that the connection is lost."""
        self._connected.set(0)

    def published(self, kind: Kind) -> None:
        """Count a message that was handed to the bus."""
        self._published.labels(kind).inc()

    def received(self, kind: Kind) -> None:
        """Count a message that came."""
        self._received.labels(kind).inc()

    def refused(self, reason: Refusal) -> None:
        """Count a message that was refused."""
        self._refused.labels(reason).inc()


class OutboxMetrics:
    """What one role holds until the platform acknowledges it."""

    def __init__(self, meters: Meters, role: str) -> None:
        self._role = role
        self._bytes = meters.level("outbox_bytes", "Bytes held until acknowledged.", "role")
        self._limit = meters.level("outbox_limit_bytes", "The most bytes that are held.", "role")
        self._messages = meters.level(
            "outbox_messages", "Messages held until acknowledged.", "role"
        )
        self._oldest = meters.level(
            "outbox_oldest_age_seconds", "Age of the oldest message held.", "role"
        )
        self._dropped = meters.count(
            "outbox_dropped", "Messages dropped because the ring was full.", "role"
        )
        self._sent_again = meters.count(
            "outbox_sent_again", "Messages sent more than once.", "role"
        )
        self._acknowledged = meters.count(
            "outbox_acknowledged", "Messages that the platform acknowledged.", "role"
        )

    def holds(self, messages: int, used_bytes: int, *, limit_bytes: int, oldest_s: float) -> None:
        """Tell what is held now."""
        self._messages.labels(self._role).set(messages)
        self._bytes.labels(self._role).set(used_bytes)
        self._limit.labels(self._role).set(limit_bytes)
        self._oldest.labels(self._role).set(oldest_s)

    def dropped(self, messages: int) -> None:
        """Count what had to go."""
        self._dropped.labels(self._role).inc(messages)

    def sent_again(self, messages: int) -> None:
        """Count what was sent once more."""
        self._sent_again.labels(self._role).inc(messages)

    def acknowledged(self, messages: int) -> None:
        """Count what arrived for good."""
        self._acknowledged.labels(self._role).inc(messages)
