"""A small TCP proxy that makes a link bad: late, narrow, half-open, cut."""

import contextlib
import queue
import socket
import threading
import time
from typing import Self

HOST = "127.0.0.1"
CHUNK = 16_384
MOST_CHUNKS = 64
"""On their way in one direction; more are not read, so that the sender feels it."""


class TcpProxy:
    """Passes connections on to a server until it is closed.

    Parameters
    ----------
    port : int
        Of the server, on loopback.
    delay_s : float
        Each byte takes so long, either way.
    to_client_bytes_per_s : float or None
        No more than this reaches a client; None lets everything through.
    """

    def __init__(
        self, port: int, *, delay_s: float = 0.0, to_client_bytes_per_s: float | None = None
    ) -> None:
        self._server, self._delay_s, self._rate = port, delay_s, to_client_bytes_per_s
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._links: list[_Link] = []
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        # Closing alone does not wake a thread that accepts.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.cut()

    def stall(self) -> None:
        """Let nothing through on the connections there are; they stay open: half-open links."""
        for link in self._links:
            link.stalled.set()

    def cut(self) -> None:
        """Close the connections there are."""
        links, self._links = self._links, []
        for link in links:
            link.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self._server), timeout=5.0)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._links.append(_Link(client, server, self._delay_s, self._rate))


class _Link:
    """One connection: two directions, each a thread that reads and one that writes."""

    def __init__(
        self, client: socket.socket, server: socket.socket, delay_s: float, rate: float | None
    ) -> None:
        self._ends = (client, server)
        self.stalled = threading.Event()
        self._threads = [
            *self._pipe(client, server, delay_s, None),
            *self._pipe(server, client, delay_s, rate),
        ]

    def cut(self) -> None:
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5.0)
        for end in self._ends:
            end.close()

    def _pipe(
        self, source: socket.socket, sink: socket.socket, delay_s: float, rate: float | None
    ) -> list[threading.Thread]:
        passing: queue.Queue[tuple[float, bytes]] = queue.Queue(MOST_CHUNKS)

        def read() -> None:
            data = b"-"
            while data:
                try:
                    data = source.recv(CHUNK)
                except OSError:
                    data = b""
                passing.put((time.monotonic() + delay_s, data))

        def write() -> None:
            open_s = 0.0
            while True:
                due_s, data = passing.get()
                time.sleep(max(due_s - time.monotonic(), open_s - time.monotonic(), 0.0))
                if self.stalled.is_set() and data:
                    continue
                if not data:
                    break
                with contextlib.suppress(OSError):
                    sink.sendall(data)
                if rate is not None:
                    open_s = max(open_s, time.monotonic()) + len(data) / rate
            if not self.stalled.is_set():
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_WR)

        threads = [threading.Thread(target=job, name="proxy", daemon=True) for job in (read, write)]
        for thread in threads:
            thread.start()
        return threads
