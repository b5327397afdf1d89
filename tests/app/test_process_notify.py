import os
import socket
from pathlib import Path

import pytest

from app.process.notify import MAX_STATUS, Notifier


def heard(address: str | bytes, notifier: Notifier) -> list[str]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ears:
        ears.bind(address)
        ears.settimeout(30)
        notifier.ready()
        notifier.status("one\nREADY=0\ntwo" + "x" * 999)
        notifier.alive()
        notifier.stopping()
        return [ears.recv(4096).decode() for _ in range(4)]


def check(said: list[str]) -> None:
    assert said[0] == "READY=1"
    assert said[1].startswith("STATUS=one READY=0 twox")
    assert len(said[1]) == len("STATUS=") + MAX_STATUS
    assert said[2:] == ["WATCHDOG=1", "STOPPING=1"]


def test_a_socket_with_a_path(tmp_path: Path) -> None:
    where = str(tmp_path / "notify")
    told = Notifier.from_environment({"NOTIFY_SOCKET": where, "WATCHDOG_USEC": "3000000"})
    assert told.watchdog_s == 3.0
    check(heard(where, told))


def test_an_abstract_socket() -> None:
    name = f"motorwatch-test-{os.getpid()}"
    environ = {"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "1", "WATCHDOG_PID": str(os.getpid())}
    check(heard(b"\0" + name.encode(), Notifier.from_environment(environ)))


@pytest.mark.parametrize(
    "watchdog",
    [
        {},
        {"WATCHDOG_USEC": "no"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "5", "WATCHDOG_PID": "1"},
    ],
)
def test_no_watchdog_unless_it_is_meant_for_us(watchdog: dict[str, str]) -> None:
    assert Notifier.from_environment(watchdog).watchdog_s is None


@pytest.mark.parametrize("address", ["", "/no/such/socket", "vsock:2:1234", "@" + "x" * 500])
def test_without_listeners_nothing_happens(address: str) -> None:
    Notifier.from_environment({"NOTIFY_SOCKET": address}).ready()


def test_a_manager_that_does_not_listen_stops_nothing(tmp_path: Path) -> None:
    where = str(tmp_path / "deaf")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(where)
        notifier = Notifier(where, 1.0)
        for _ in range(5000):
            notifier.alive()
