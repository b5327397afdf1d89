"""A real Mosquitto on a free loopback port, with a folder of its own; killed, paused at will."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

HOST = "127.0.0.1"
GENEROUS_S = 30.0
ATTEMPTS = 5

PLAIN = """\
# For tests alone: anyone may connect, in the clear. Nothing beyond loopback sees it.
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 1000
max_queued_messages 0
max_packet_size 67108864
persistence true
persistence_location {folder}/
log_dest stderr
log_type all
connection_messages true
"""


def program() -> str:
    """Path of the broker, or a skip by name."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("needs mosquitto (apt-get install mosquitto)")
    return found


def unprivileged() -> pwd.struct_passwd | None:
    """Whom root becomes to run a broker; None where we are not root anyway."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("mosquitto") or names["nobody"]


def give_away(folder: Path) -> None:
    """Let a broker that is not root own a folder and all that is in it."""
    user = unprivileged()
    if user is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Broker:
    """One broker; `configure(port)` writes its configuration into `folder` and returns its path.

    `folder` must be reachable by an unprivileged user: pytest's own tmp_path is not.
    """

    host = HOST

    def __init__(self, folder: Path, configure: Callable[[int], Path]) -> None:
        self.folder = folder
        self.port = 0
        self._configure = configure
        self._config = folder
        self._program = program()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "the broker is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """All that the broker said since it was first started."""
        return (self.folder / "broker.log").read_text(errors="replace")

    def wait_for_log(self, text: str) -> None:
        """Return once the broker has said it; its clients may know before its log does."""
        deadline = time.monotonic() + GENEROUS_S
        while text not in self.log():
            assert time.monotonic() < deadline, f"never said {text!r}:\n{self.log()[-2000:]}"
            time.sleep(0.01)

    def start(self) -> None:
        """Start on the port of last time, or on a free one; return when it accepts."""
        if self.port:
            self._start()
        else:
            self._start_on_a_free_port(ATTEMPTS)

    def stop(self) -> None:
        """Ask it to end, which saves its queues."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9: whatever it had not saved is lost."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def reload(self) -> None:
        """SIGHUP: it reads access lists and revocations anew."""
        os.kill(self.pid, signal.SIGHUP)

    def _start_on_a_free_port(self, attempts: int) -> None:
        self.port = free_port()
        self._config = self._configure(self.port)
        try:
            self._start()
        except OSError:
            # Another process may have taken the port since we looked.
            if attempts == 1 or "Address already in use" not in self.log():
                raise
            self._start_on_a_free_port(attempts - 1)

    def _start(self) -> None:
        assert not self.running, "the broker runs already"
        user = unprivileged()
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._config)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=None if user is None else user.pw_uid,
                group=None if user is None else user.pw_gid,
                extra_groups=None if user is None else [],
            )
        deadline = time.monotonic() + GENEROUS_S
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise OSError(f"mosquitto did not start:\n{self.log()[-2000:]}")
            time.sleep(0.02)

    def _accepts(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0):
                return self.running
        except OSError:
            return False

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            os.kill(self._process.pid, how)
            os.kill(self._process.pid, signal.SIGCONT)  # a paused one would never hear it
        try:
            self._process.wait(GENEROUS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def plain_broker(folder: Path) -> Broker:
    """A broker without any security, not yet started."""

    def configure(port: int) -> Path:
        path = folder / "mosquitto.conf"
        path.write_text(PLAIN.format(port=port, folder=folder))
        give_away(folder)
        return path

    return Broker(folder, configure)
