"""A small HTTP server for whoever watches the process: is it alive, is it ready, what it counts.

::

    [health]
    address = "127.0.0.1"  # where to listen; anything but loopback is seen by the network
    port = 9464            # device; 9465 gateway, 9466 platform; 0: a free one, which the log names
    alive_s = 30.0         # the main loop must come round this often

======== ===================================================================================
GET      answer
======== ===================================================================================
/healthz 200 while the main loop comes round in time, else 503
/readyz  200 when every named check passes, else 503; JSON with the reason of each
/metrics everything counted, as Prometheus reads it
======== ===================================================================================

It reads nothing but the head of a request, of bounded size and time, in a bounded number of
threads: a slow or hostile client costs the process nothing that it needs.
"""

import contextlib
import io
import logging
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Annotated, Any, NamedTuple, Self

import msgspec

from app.process.vitals import Vitals
from sensors.errors import BadConfig

log = logging.getLogger(__name__)

MAX_HEAD = 8192
HEAD_WITHIN_S = 5.0
"""From the connection to the last byte of the head."""
ANSWER_WITHIN_S = 5.0
MAX_CLIENTS = 8

JSON = "application/json"


class HealthConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the process is watched; the module's docstring says what each line means."""

    address: Annotated[str, msgspec.Meta(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 9464
    alive_s: Annotated[float, msgspec.Meta(ge=1.0, le=3600.0)] = 30.0


class Answer(NamedTuple):
    """What a client gets."""

    status: int
    content_type: str
    body: bytes


Exposition = Callable[[str], tuple[str, bytes]]
"""From an Accept header to a content type, and all metrics in it."""


def answer(path: str, accept: str, vitals: Vitals, exposition: Exposition) -> Answer:
    """Answer one GET."""
    match path.partition("?")[0]:
        case "/healthz":
            alive = vitals.beat.is_alive
            said = {"alive": alive, "beat_age_s": round(vitals.beat.age_s, 3)}
            return Answer(200 if alive else 503, JSON, msgspec.json.encode(said))
        case "/readyz":
            ready = vitals.readiness.is_ready
            told = {"ready": ready, "checks": vitals.readiness.checks}
            return Answer(200 if ready else 503, JSON, msgspec.json.encode(told))
        case "/metrics":
            return Answer(200, *exposition(accept))
    return Answer(404, JSON, b'{"error":"try /healthz, /readyz or /metrics"}')


class HealthServer:
    """Answers until it is closed, in threads of its own.

    Parameters
    ----------
    config : HealthConfig
        Where.
    vitals, exposition
        What it tells.

    Raises
    ------
    BadConfig
        Nothing can listen there.
    """

    def __init__(self, config: HealthConfig, vitals: Vitals, exposition: Exposition) -> None:
        def reply(path: str, accept: str) -> Answer:
            return answer(path, accept, vitals, exposition)

        try:
            self._server = _Server((config.address, config.port), reply)
        except (OSError, UnicodeError) as error:
            said = getattr(error, "strerror", None) or error
            raise BadConfig(
                f"health: nothing can listen on {config.address} port {config.port} ({said}); "
                "choose another address or port, or 0 for a free one"
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name="health", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening; answers that are on their way still have a moment."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Server(TCPServer):
    """Listens; each client has a thread while there are few."""

    allow_reuse_address = True
    request_queue_size = 16

    def __init__(self, where: tuple[str, int], reply: Callable[[str, str], Answer]) -> None:
        self.reply = reply
        self._free = threading.BoundedSemaphore(MAX_CLIENTS)
        self.address_family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
        super().__init__(where, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        """Give a client a thread, or no answer at all where every thread is taken."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        served = (request, client_address)
        try:
            threading.Thread(target=self._serve, args=served, name="health", daemon=True).start()
        except RuntimeError:  # no more threads on this machine
            self._free.release()
            self.shutdown_request(request)

    def _serve(self, request: socket.socket, client_address: Any) -> None:  # noqa: ANN401 - as above
        try:
            self.finish_request(request, client_address)
        except OSError as error:
            log.debug("health: %s went away: %s", client_address, error)
        finally:
            self.shutdown_request(request)
            self._free.release()


class _Handler(BaseHTTPRequestHandler):
    """One request: its head is read whole, within its limits, before it is looked at."""

    server: _Server
    server_version = "motorwatch"
    sys_version = ""

    def handle(self) -> None:
        head = read_head(self.connection, time.monotonic)
        self.rfile.close()
        self.rfile = io.BufferedReader(io.BytesIO(head))
        self.connection.settimeout(ANSWER_WITHIN_S)
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline.endswith(b"\n") or not self.parse_request():
            return
        if self.command != "GET":
            self._answer(Answer(405, JSON, b'{"error":"only GET"}'), {"Allow": "GET"})
            return
        self._answer(self.server.reply(self.path, self.headers.get("Accept", "")), {})

    def _answer(self, said: Answer, headers: dict[str, str]) -> None:
        self.send_response(said.status)
        fixed = {
            "Content-Type": said.content_type,
            "Content-Length": str(len(said.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in (fixed | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else said.body)

    def log_message(self, form: str, *args: object) -> None:
        log.debug("health: " + form, *args)


def read_head(client: socket.socket, now_s: Callable[[], float]) -> bytes:
    """Return the head of a request; what is too long or too slow is nothing."""
    head, until_s = b"", now_s() + HEAD_WITHIN_S
    with contextlib.suppress(OSError):
        while (left_s := until_s - now_s()) > 0 and len(head) <= MAX_HEAD:
            client.settimeout(left_s)
            more = client.recv(4096)
            if not more:
                break
            head += more
            if b"\r\n\r\n" in head or b"\n\n" in head:
                return head
    return b""
