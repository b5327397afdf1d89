import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from app.process import health
from app.process.health import HealthConfig, HealthServer
from app.process.vitals import Beat, Readiness, Vitals
from sensors.errors import BadConfig


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vitals(clock: Clock) -> Vitals:
    return Vitals(Beat(30.0, clock), Readiness(["broker", "store"]))


@pytest.fixture
def server(vitals: Vitals) -> Iterator[HealthServer]:
    with HealthServer(HealthConfig(port=0), vitals, lambda accept: ("text/x", b"m 1\n")) as running:
        yield running


def get(server: HealthServer, path: str, method: str = "GET") -> tuple[int, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        client.request(method, path)
        answer = client.getresponse()
        return answer.status, answer.read()
    finally:
        client.close()


def raw(server: HealthServer, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(sent)
        said = b""
        try:
            while more := client.recv(65536):
                said += more
        except ConnectionResetError:
            pass  # we were still talking
        return said


def test_alive_while_the_loop_comes_round(server: HealthServer, clock: Clock) -> None:
    assert get(server, "/healthz") == (200, b'{"alive":true,"beat_age_s":0.0}')
    clock.now_s += 30.5
    assert get(server, "/healthz") == (503, b'{"alive":false,"beat_age_s":30.5}')


def test_ready_when_every_check_passes(server: HealthServer, vitals: Vitals) -> None:
    vitals.readiness.passed("broker")
    vitals.readiness.failed("store", "cannot reach postgresql://u:hunter2@db")
    status, body = get(server, "/readyz?verbose")
    checks = json.loads(body)["checks"]
    assert status == 503
    assert checks["broker"] == {"ok": True, "reason": ""}
    assert checks["store"] == {"ok": False, "reason": "cannot reach postgresql://u:***@db"}
    vitals.readiness.passed("store")
    assert get(server, "/readyz")[0] == 200


def test_a_check_that_nobody_named_is_a_defect(vitals: Vitals) -> None:
    with pytest.raises(KeyError, match="brokre"):
        vitals.readiness.passed("brokre")


def test_metrics_and_nothing_else(server: HealthServer) -> None:
    assert get(server, "/metrics") == (200, b"m 1\n")
    for path in ("/", "/healthz/", "/../etc/passwd", "/metric"):
        assert get(server, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "HEAD", "BREW"])
def test_only_get(server: HealthServer, method: str) -> None:
    assert get(server, "/healthz", method)[0] == 405


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\n\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nbroken\xff\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
    ],
)
def test_garbage_costs_nothing(server: HealthServer, garbage: bytes) -> None:
    assert b" 200 " not in raw(server, garbage).split(b"\r\n")[0] or b"broken" in garbage
    assert get(server, "/healthz")[0] == 200


def test_a_head_without_end_is_bounded(server: HealthServer) -> None:
    assert raw(server, b"GET /healthz HTTP/1.1\r\n" + b"X: " + b"y" * 10**6) == b""


def test_slow_clients_are_shown_out(server: HealthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "HEAD_WITHIN_S", 0.3)
    port = server.port
    slow = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(health.MAX_CLIENTS)]
    for client in slow:
        client.sendall(b"GET /hea")
    served = threading.Event()
    # While all places are taken others are turned away; then they are free again.
    for _ in range(600):
        try:
            if get(server, "/healthz")[0] == 200:
                served.set()
                break
        except (http.client.HTTPException, OSError):
            threading.Event().wait(0.05)
    assert served.is_set()
    for client in slow:
        assert client.recv(10) == b""  # let go, without an answer
        client.close()


def test_a_drip_of_bytes_does_not_prolong_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    clock = Clock()

    def tick() -> float:
        clock.now_s += 1.0
        theirs.send(b"x")
        return clock.now_s

    with ours, theirs:
        assert health.read_head(ours, tick) == b""
    assert clock.now_s <= 100.0 + health.HEAD_WITHIN_S + 2.0


def test_no_more_threads_than_places(server: HealthServer) -> None:
    before = threading.active_count()
    clients = [socket.create_connection(("127.0.0.1", server.port), 30) for _ in range(24)]
    turned_away = 0
    for client in clients[health.MAX_CLIENTS :]:
        try:
            turned_away += client.recv(1) == b""
        except ConnectionResetError:
            turned_away += 1
    assert turned_away == 24 - health.MAX_CLIENTS
    assert threading.active_count() - before <= health.MAX_CLIENTS
    for client in clients:
        client.close()


def test_a_place_that_is_taken_is_named(server: HealthServer, vitals: Vitals) -> None:
    with pytest.raises(BadConfig, match=rf"port {server.port} \(Address already in use\)"):
        HealthServer(HealthConfig(port=server.port), vitals, lambda accept: ("", b""))
    with pytest.raises(BadConfig, match="nothing can listen on no such host"):
        HealthServer(HealthConfig(address="no such host"), vitals, lambda accept: ("", b""))


def test_ipv6_loopback(vitals: Vitals) -> None:
    try:
        opened = HealthServer(HealthConfig(address="::1", port=0), vitals, lambda a: ("", b""))
    except BadConfig:
        pytest.skip("needs IPv6 on loopback")
    with opened, socket.create_connection(("::1", opened.port), 30) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.0 200")
