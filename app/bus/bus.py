"""The one seam between tiers: publish bytes on a topic, subscribe a handler to a pattern."""

from collections.abc import Callable
from typing import Protocol

Handler = Callable[[str, bytes], None]


class Bus(Protocol):
    """A carrier of messages; every tier talks to the others through one."""

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        """Hand a payload to everyone subscribed to its topic.

        Parameters
        ----------
        topic, payload
            Where, and what.
        retain : bool
            Who subscribes later gets the last such message at once; an empty one removes it.
        expires_s : int or None
            After so long the message is no longer handed to anyone whom it has not reached.

        Raises
        ------
        BusError
            The topic is not one, the bus is full, or there is no link.
        """
        ...

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """Call `handler(topic, payload)` for each message from now on that matches a pattern.

        ``+`` stands for one level of a topic, ``#`` at the end for all that follow.

        Raises
        ------
        BusError
            The pattern is malformed.
        """
        ...
