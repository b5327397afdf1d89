"""Waiting that another thread, or a handler of signals, can end."""

import contextlib
import select
import socket


class Waker:
    """A pipe to oneself: `wake` takes no lock, so even a handler of signals may call it."""

    def __init__(self) -> None:
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._read, select.POLLIN)

    def wake(self) -> None:
        """End the wait that is on, or the next one."""
        # Full means that a wake is on its way; closed, that nobody waits any more.
        with contextlib.suppress(OSError):
            self._write.send(b"\0")

    def wait(self, most_s: float) -> None:
        """Wait, at most so long."""
        if self._poll.poll(max(0.0, most_s) * 1000):
            with contextlib.suppress(BlockingIOError):
                self._read.recv(65536)

    def close(self) -> None:
        """Release the pipe."""
        self._read.close()
        self._write.close()
