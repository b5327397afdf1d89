"""A bus within one process: synchronous, in order, bounded, without threads.

What a handler publishes waits until the message at hand has reached all its subscribers, so
everyone sees the same order. An error of a handler reaches whoever published.
"""

from collections import deque

from app.bus.bus import Handler
from app.bus.topic_filter import check_pattern, check_topic, matches
from sensors.errors import BusError

MAX_WAITING = 10_000


class InProcessBus:
    """Hands messages to subscribers within this process, before `publish` returns.

    Parameters
    ----------
    max_waiting : int
        How many messages handlers may have published that nobody has seen yet.
    """

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._subscriptions: list[tuple[str, Handler]] = []
        self._retained: dict[str, bytes] = {}
        self._delivering = False

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """Call `handler` for each later message that matches; see `Bus.subscribe`."""
        check_pattern(pattern)
        self._subscriptions.append((pattern, handler))
        for topic, payload in tuple(self._retained.items()):
            if matches(pattern, topic):
                handler(topic, payload)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        """Deliver a message, and all that its handlers publish, in order; see `Bus.publish`.

        Everyone is reached at once, so that nothing expires.
        """
        check_topic(topic)
        if len(self._waiting) >= self._max_waiting:
            raise BusError(
                f"{self._max_waiting} messages wait on the bus and {topic} would be one more; "
                "a handler publishes faster than its subscribers take"
            )
        if retain and payload:
            self._retained[topic] = payload
        elif retain:
            self._retained.pop(topic, None)
        self._waiting.append((topic, payload))
        if not self._delivering:
            self._deliver()

    def _deliver(self) -> None:
        self._delivering = True
        try:
            while self._waiting:
                topic, payload = self._waiting.popleft()
                for pattern, handler in tuple(self._subscriptions):
                    if matches(pattern, topic):
                        handler(topic, payload)
        finally:
            self._delivering = False
