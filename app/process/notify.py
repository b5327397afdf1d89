"""Words to systemd: ready, alive, stopping, and what it is doing (sd_notify's protocol).

One datagram a message to the socket that ``NOTIFY_SOCKET`` names. Without systemd nothing is
sent. See sd_notify(3) and sd_watchdog_enabled(3).
"""

import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Self

MAX_STATUS = 200


class Notifier:
    """Sends words to one socket.

    Parameters
    ----------
    address : str
        Path of a Unix datagram socket, ``@name`` for an abstract one; empty sends nothing.
    watchdog_s : float or None
        How often systemd wants to hear that the process is alive.
    """

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = watchdog_s

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return what the environment of this process asks for."""
        address = environ.get("NOTIFY_SOCKET", "")
        meant = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environ.get("WATCHDOG_USEC", "")
        is_asked = meant and microseconds.isdecimal() and int(microseconds) > 0
        # Other kinds of address (vsock) are of virtual machines, not of services.
        known = address if address.startswith(("/", "@")) else ""
        return cls(known, int(microseconds) / 1e6 if is_asked else None)

    def ready(self) -> None:
        """Say that the process does its work now."""
        self._send("READY=1")

    def alive(self) -> None:
        """Say that the main loop has come round."""
        if self.watchdog_s is not None:
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the process is going to end."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """Say in one line what the process is doing."""
        self._send(f"STATUS={' '.join(text.split())[:MAX_STATUS]}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
            to.setblocking(False)
            # A service manager that does not listen must not stop the work.
            with contextlib.suppress(OSError):
                to.sendto(message.encode("utf-8", "replace"), self._address)
