"""Asks a server for its tags again and again, in a thread of its own, through every failure.

Whatever a server does (refuse, hang, answer nonsense) ends in a longer pause here and nowhere
else: whoever joins tags to windows never waits for it.
"""

import logging
from collections.abc import Iterable
from threading import Event, Thread
from typing import Protocol

from app.context.config import Tag
from app.context.tags import Tags

log = logging.getLogger(__name__)

FIRST_PAUSE_S, MOST_PAUSE_S = 1.0, 60.0


class Unreadable:
    """Stands for a tag that its server could not give this time."""


class Server(Protocol):
    """A server of tags. Every method may raise ConnectionError: the connection is of no use."""

    def open(self) -> None:
        """Connect."""
        ...

    def read(self) -> Iterable[tuple[Tag, object]]:
        """Return every tag with its raw value, or `Unreadable`."""
        ...

    def close(self) -> None:
        """Let go of the connection, in whatever state it is; raises nothing."""
        ...


def pause_s(failures: int) -> float:
    """Return how long to wait after so many failures in a row."""
    return min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 16), MOST_PAUSE_S)


class Polling:
    """The thread that polls one server.

    Parameters
    ----------
    name : str
        Of the source, for people.
    server : Server
        What is asked.
    tags : Tags
        Where its values go.
    poll_s : float
        Pause between two rounds.
    """

    def __init__(self, name: str, server: Server, tags: Tags, poll_s: float) -> None:
        self._name = name
        self._server = server
        self._tags = tags
        self._poll_s = poll_s
        self._stop = Event()
        # A server that never answers must not keep the process from ending.
        self._thread = Thread(target=self._run, name=f"context-{name}", daemon=True)
        self.connected = False
        self.failures = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End, waiting no longer than this for a server that hangs."""
        self._stop.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._session()
            except ConnectionError as error:
                self.failures += 1
                if self.connected or self.failures == 1:
                    log.warning("context source %s is lost, retrying: %s", self._name, error)
                self.connected = False
                self._stop.wait(pause_s(self.failures))
            finally:
                self._server.close()

    def _session(self) -> None:
        self._server.open()
        while not self._stop.is_set():
            for tag, raw in self._server.read():
                if isinstance(raw, Unreadable):
                    self._tags.refuse(tag, "unreadable")
                else:
                    self._tags.put(tag, raw)
            if not self.connected:
                log.info("context source %s is connected", self._name)
            self.connected, self.failures = True, 0
            self._stop.wait(self._poll_s)
