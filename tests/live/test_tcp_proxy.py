"""The proxy that makes links bad does make them bad: late, narrow, half-open, cut."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from tcp_proxy import HOST, TcpProxy


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that answers with what it hears; its port."""
    listener = socket.create_server((HOST, 0))
    served: list[socket.socket] = []

    def answer(client: socket.socket) -> None:
        try:
            while data := client.recv(65536):
                client.sendall(data)
        except OSError:
            pass

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            served.append(client)
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    for client in served:
        client.close()


def heard(link: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size and (data := link.recv(65536)):
        parts += data
    return parts


def test_bytes_come_through_as_they_are_and_no_sooner_than_they_should(echo: int) -> None:
    said = bytes(range(256)) * 400
    with (
        TcpProxy(echo, delay_s=0.1) as proxy,
        socket.create_connection((HOST, proxy.port), timeout=30.0) as link,
    ):
        began_s = time.monotonic()
        link.sendall(said)
        assert heard(link, len(said)) == said
        assert time.monotonic() - began_s >= 0.2


def test_a_narrow_link_takes_its_time(echo: int) -> None:
    said = bytes(60_000)
    with (
        TcpProxy(echo, to_client_bytes_per_s=100_000.0) as proxy,
        socket.create_connection((HOST, proxy.port), timeout=30.0) as link,
    ):
        began_s = time.monotonic()
        link.sendall(said)
        assert len(heard(link, len(said))) == len(said)
        # The last chunk is not waited for.
        assert time.monotonic() - began_s >= 0.3


def test_a_stalled_link_stays_open_and_silent_and_a_new_one_works(echo: int) -> None:
    with (
        TcpProxy(echo) as proxy,
        socket.create_connection((HOST, proxy.port), timeout=30.0) as old,
    ):
        old.sendall(b"first")
        assert heard(old, 5) == b"first"
        proxy.stall()
        old.sendall(b"second")
        with socket.create_connection((HOST, proxy.port), timeout=30.0) as new:
            new.sendall(b"third")
            assert heard(new, 5) == b"third"
        old.settimeout(0.2)
        with pytest.raises(TimeoutError):
            old.recv(10)


def test_a_cut_link_ends(echo: int) -> None:
    with (
        TcpProxy(echo) as proxy,
        socket.create_connection((HOST, proxy.port), timeout=30.0) as link,
    ):
        link.sendall(b"first")
        assert heard(link, 5) == b"first"
        proxy.cut()
        assert link.recv(10) == b""
