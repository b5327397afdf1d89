"""Notices go where the rules say, once they can, never as a storm, over real HTTP and SMTP."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from app.bus.in_process import InProcessBus
from app.cli.main import app
from app.host import is_loopback
from app.notify.config import Mail, Mqtt, NotifyConfig, Rule, Webhook, load_notify
from app.notify.notice import Notice, subject_of, text_of
from app.notify.outbox import LONGEST_RETRY_S, TOGETHER, channel_states, post, pump
from app.notify.sender import make_sender
from app.store import Store, open_store
from sensors.errors import BadConfig, NoticeFailed

S = 10**9
HOUR = 3600 * S


def notice(number: int = 1, **changes: Any) -> Notice:
    fields: dict[str, Any] = {
        "event": "raised",
        "motor_id": "pump-1",
        "priority": "high",
        "title": f"outer race {number}",
        "text": "BPFO stands 21 dB over the floor",
        "at_ns": number,
    }
    return Notice(**(fields | changes))


class Double:
    """A channel that keeps what it is given, and fails when told to."""

    def __init__(self) -> None:
        self.sent: list[list[int]] = []
        self.fails = False

    def send(self, notices: Sequence[Notice]) -> None:
        if self.fails:
            raise NoticeFailed("no answer")
        self.sent.append([each.at_ns for each in notices])


ONE = NotifyConfig(
    channels=(Mqtt(name="bus", every_s=60.0),), rules=(Rule(channels=("bus",)),), max_age_hours=2.0
)


# Rules.


def test_rules_say_which_channels() -> None:
    config = NotifyConfig(
        channels=tuple(Mqtt(name=name) for name in "abc"),
        rules=(
            Rule(channels=("a", "b"), priorities=("high", "critical")),
            Rule(channels=("b", "c"), events=("cleared",)),
        ),
    )
    assert config.channels_for(notice()) == ("a", "b")
    assert config.channels_for(notice(event="cleared")) == ("a", "b", "c")
    assert config.channels_for(notice(priority="low", event="cleared")) == ("b", "c")
    assert config.channels_for(notice(priority="low")) == ()


EXAMPLE = """
max_age_hours = 24.0
[[channels]]
name = "duty"
kind = "webhook"
url = "https://plant.example/hook"
[[channels]]
name = "office"
kind = "mail"
host = "mail.plant.example"
sender = "motorwatch@plant.example"
to = ["maintenance@plant.example"]
every_s = 600.0
[[rules]]
channels = ["duty"]
priorities = ["high", "critical"]
"""


def test_a_configuration_is_read(tmp_path: Path) -> None:
    path = tmp_path / "notify.toml"
    path.write_text(EXAMPLE)
    config = load_notify(path)
    assert [type(each) for each in config.channels] == [Webhook, Mail]
    assert config.rules[0].priorities == ("high", "critical")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"duty"]', '"nobody"]', "not there.*nobody"),
        ('name = "office"', 'name = "duty"', "same name"),
        ('"webhook"', '"pigeon"', "pigeon"),
        ("https://", "ftp://", "url"),
        ('to = ["m', 'to = ["m\\n', r"to\[0\]|to\[\.\.\.\]"),
        ("every_s = 600.0", 'user = "x"', "belong together"),
        ("every_s = 600.0", "speed = 1", "speed"),
    ],
)
def test_a_bad_configuration_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "notify.toml"
    assert old in EXAMPLE
    path.write_text(EXAMPLE.replace(old, new, 1))
    with pytest.raises(BadConfig, match=rf"notify\.toml.*{said}"):
        load_notify(path)


@pytest.mark.parametrize(
    "where", ["motorwatch", "motorwatch/v1/plant/press-3/cmd", "motorwatch/noticesboard", "$SYS/x"]
)
def test_a_topic_that_no_rule_can_open_is_refused(tmp_path: Path, where: str) -> None:
    path = tmp_path / "notify.toml"
    head = '[[channels]]\nname = "bus"\nkind = "mqtt"\n'
    path.write_text(f'{head}topic = "{where}"\n')
    with pytest.raises(BadConfig, match=r"notify\.toml.*channel 'bus': topic .*rules\.acl"):
        load_notify(path)
    for good in ("motorwatch/notices", "motorwatch/notices/duty", "plant/notices"):
        path.write_text(f'{head}topic = "{good}"\n')
        assert load_notify(path).channels[0].topic == good  # type: ignore[union-attr]


# The outbox.


def test_the_first_goes_at_once_and_a_storm_goes_as_one(store: Store) -> None:
    double = Double()
    for number in range(1, 400):
        post(store, notice(number), ONE, number)
        pump(store, ONE, {"bus": double}, number)
    assert double.sent == [[1]]
    pump(store, ONE, {"bus": double}, 60 * S)
    assert double.sent == [[1]]
    pump(store, ONE, {"bus": double}, 61 * S)
    assert double.sent == [[1], list(range(2, 400))]
    assert channel_states(store)[0].sent == 399


def test_posting_twice_is_once(store: Store) -> None:
    double = Double()
    assert post(store, notice(1), ONE, 1) == ("bus",)
    post(store, notice(1), ONE, 2)
    pump(store, ONE, {"bus": double}, 3)
    post(store, notice(1), ONE, 4)
    pump(store, ONE, {"bus": double}, 200 * S)
    assert double.sent == [[1]]


def test_what_no_rule_wants_is_not_kept(store: Store) -> None:
    config = NotifyConfig(channels=(Mqtt(name="bus"),))
    assert post(store, notice(1), config, 1) == ()
    assert channel_states(store) == []


def test_a_failed_channel_waits_longer_each_time_and_holds_up_no_other(store: Store) -> None:
    config = NotifyConfig(
        channels=(Mqtt(name="a", every_s=1.0), Mqtt(name="b", every_s=1.0)),
        rules=(Rule(channels=("a", "b")),),
    )
    ill, well = Double(), Double()
    ill.fails = True
    senders = {"a": ill, "b": well}
    post(store, notice(1), config, 0)
    tried = []
    for second in range(200):
        if pump(store, config, senders, second * S):
            tried.append(second)
    assert tried == [0, 10, 30, 70, 150]
    assert well.sent == [[1]]
    state = channel_states(store)[0]
    assert (state.waiting, state.error, state.oldest_ns) == (1, "no answer", 0)
    post(store, notice(2), config, 201 * S)
    assert pump(store, config, senders, 202 * S) == {}, "a new notice does not hurry an ill channel"
    ill.fails = False
    pump(store, config, senders, (150 + 160) * S)
    assert ill.sent == [[1, 2]]


def test_waiting_has_a_longest_time(store: Store) -> None:
    config = msgspec.structs.replace(ONE, max_age_hours=1000.0)
    double = Double()
    double.fails = True
    post(store, notice(1), config, 0)
    now, tried = 0, []
    while len(tried) < 14:
        if pump(store, config, {"bus": double}, now):
            tried.append(now)
        now += 60 * S
    assert tried[-1] - tried[-2] == LONGEST_RETRY_S * S


def test_what_is_too_old_is_given_up_and_shown(store: Store) -> None:
    double = Double()
    double.fails = True
    post(store, notice(1), ONE, 0)
    pump(store, ONE, {"bus": double}, 0)
    double.fails = False
    pump(store, ONE, {"bus": double}, 3 * HOUR)
    state = channel_states(store)[0]
    assert (state.waiting, state.sent, state.expired, state.error) == (0, 0, 1, "no answer")
    assert double.sent == []
    pump(store, ONE, {"bus": double}, 3 * HOUR + 31 * 24 * HOUR)
    assert channel_states(store) == []


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    double = Double()
    with open_store(url) as store:
        for number in (1, 2):
            post(store, notice(number), ONE, 0)
            pump(store, ONE, {"bus": double}, number)
    with open_store(url) as store:
        pump(store, ONE, {"bus": double}, 10 * S)
        assert double.sent == [[1]], "the pause holds over a restart"
        pump(store, ONE, {"bus": double}, 70 * S)
    assert double.sent == [[1], [2]]


def test_a_clock_set_back_silences_nobody(store: Store) -> None:
    double = Double()
    post(store, notice(1), ONE, 100 * HOUR)
    pump(store, ONE, {"bus": double}, 100 * HOUR)
    post(store, notice(2), ONE, HOUR)
    pump(store, ONE, {"bus": double}, HOUR)
    assert double.sent == [[1], [2]]


def test_one_message_is_bounded(store: Store) -> None:
    double = Double()
    for number in range(TOGETHER + 20):
        post(store, notice(number), ONE, number)
    pump(store, ONE, {"bus": double}, 10_000)
    assert len(double.sent[0]) == TOGETHER
    text = text_of([notice(number) for number in range(60)])
    assert text.count("outer race") == 50 and text.endswith("and 10 more")


def test_a_subject_is_one_line() -> None:
    assert subject_of([notice(title="a\r\nBcc: x@y.z")]) == "[high] pump-1: a Bcc: x@y.z"
    several = [notice(1), notice(2, motor_id="fan-1")]
    assert subject_of(several).startswith("2 notices about 2 motors, first: [high] pump-1: outer")


def test_notices_go_onto_the_bus() -> None:
    bus = InProcessBus()
    heard: list[tuple[str, Notice]] = []
    bus.subscribe(
        "#", lambda where, body: heard.append((where, msgspec.json.decode(body, type=Notice)))
    )
    make_sender(Mqtt(name="bus", topic="plant/notices"), bus, lambda: 0).send([notice(1)])
    assert heard == [("plant/notices", notice(1))]


# HTTP.


class Hook(BaseHTTPRequestHandler):
    """Keeps requests; answers with the code that its server says."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.code)  # type: ignore[attr-defined]
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - the library's name

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.seen, server.code = [], 204
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def secret(path: Path, text: str) -> str:
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


def webhook(server: Any, **more: Any) -> Webhook:
    return Webhook(name="duty", url=f"http://127.0.0.1:{server.server_port}/hook", **more)


def test_a_webhook_gets_signed_json(hook: Any, tmp_path: Path) -> None:
    channel = webhook(hook, secret_file=secret(tmp_path / "s", "grüße"))
    make_sender(channel, InProcessBus(), lambda: 1234 * S + 5).send([notice(1), notice(2)])
    ((headers, body),) = hook.seen
    said = json.loads(body)
    assert [each["at_ns"] for each in said["notices"]] == [1, 2]
    assert said["subject"].startswith("2 notices")
    assert headers["X-Motorwatch-Time"] == "1234"
    expected = hmac.new("grüße".encode(), b"1234." + body, hashlib.sha256).hexdigest()
    assert headers["X-Motorwatch-Signature"] == f"sha256={expected}"


@pytest.mark.parametrize("code", [302, 307, 400, 500])
def test_an_answer_that_is_not_yes_is_a_failure(hook: Any, code: int) -> None:
    hook.code = code
    with pytest.raises(NoticeFailed, match=f"answered {code}"):
        make_sender(webhook(hook), InProcessBus(), lambda: 0).send([notice()])
    assert len(hook.seen) == 1, "no redirect is followed"


def test_a_dead_or_silent_server_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        channel = Webhook(name="duty", url=url, timeout_s=0.2)
        with pytest.raises(NoticeFailed, match="timed out"):
            make_sender(channel, InProcessBus(), lambda: 0).send([notice()])
    with pytest.raises(NoticeFailed, match="refused"):
        make_sender(channel, InProcessBus(), lambda: 0).send([notice()])


def test_a_server_that_speaks_no_http_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble() -> None:
            with server.accept()[0] as link:
                link.recv(100_000)
                link.sendall(b"\x00garbage\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(NoticeFailed):
            make_sender(Webhook(name="d", url=url), InProcessBus(), lambda: 0).send([notice()])
        thread.join()


def test_only_this_machine_is_posted_to_in_the_clear(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="write https://"):
        make_sender(Webhook(name="d", url="http://plant.example/"), InProcessBus(), lambda: 0)
    open_to_all = tmp_path / "s"
    open_to_all.write_text("x")
    open_to_all.chmod(0o644)
    channel = Webhook(name="d", url="https://plant.example/", secret_file=str(open_to_all))
    with pytest.raises(BadConfig, match="others can read it"):
        make_sender(channel, InProcessBus(), lambda: 0)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("[::1", False),
        ("127.8.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("127.0.0.1.example", False),
        ("", False),
    ],
)
def test_loopback(host: str, own: bool) -> None:
    assert is_loopback(host) == own


# Mail.


class Inbox:
    """What a mail server keeps."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, bool, list[str]]] = []
        self.refuse = False

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        if self.refuse:
            return "451 try later"
        text = envelope.content.decode()
        self.letters.append((text, session.ssl is not None, envelope.rcpt_tos))
        return "250 OK"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return self_signed(tmp_path / "server")


def self_signed(folder: Path) -> tuple[Path, Path]:
    folder.mkdir()
    x509 = pytest.importorskip("cryptography.x509", reason="needs the extra live")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def serve(inbox: Inbox, tls: ssl.SSLContext | None = None, **more: Any) -> Any:
    controller = pytest.importorskip("aiosmtpd.controller", reason="needs the extra dev")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = controller.Controller(inbox, hostname="127.0.0.1", port=port, tls_context=tls, **more)
    made.start()
    return made


def mail(server: Any, **more: Any) -> Mail:
    return Mail(
        name="office",
        host="127.0.0.1",
        port=server.port,
        sender="motorwatch@plant.example",
        to=("a@plant.example", "b@plant.example"),
        **more,
    )


def test_mail_goes_to_a_server_on_this_machine() -> None:
    inbox = Inbox()
    server = serve(inbox)
    try:
        sender = make_sender(mail(server), InProcessBus(), lambda: 0)
        sender.send([notice(title="Lagerschaden größer\nBcc: evil@x.y")])
        inbox.refuse = True
        with pytest.raises(NoticeFailed, match="try later"):
            sender.send([notice()])
    finally:
        server.stop()
    ((text, encrypted, to),) = inbox.letters
    assert not encrypted and to == ["a@plant.example", "b@plant.example"]
    head, _, body = text.partition("\r\n\r\n")
    assert "\nBcc:" not in head and "Message-ID: <" in head
    assert "BPFO stands 21 dB" in body
    with pytest.raises(NoticeFailed):
        sender.send([notice()])


def test_mail_is_encrypted_and_the_server_is_checked(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    inbox = Inbox()
    server = serve(inbox, context, require_starttls=True)
    try:
        channel = mail(server, ca_file=str(certificate[0]))
        make_sender(channel, InProcessBus(), lambda: 0).send([notice()])
        assert inbox.letters[0][1]
        stranger = mail(server, ca_file=str(self_signed(tmp_path / "other")[0]))
        with pytest.raises(NoticeFailed, match="CERTIFICATE_VERIFY_FAILED"):
            make_sender(stranger, InProcessBus(), lambda: 0).send([notice()])
        with pytest.raises(NoticeFailed, match=r"STARTTLS|530"):
            make_sender(mail(server), InProcessBus(), lambda: 0).send([notice()])
    finally:
        server.stop()
    assert len(inbox.letters) == 1


def test_a_server_without_starttls_gets_no_mail_and_no_password(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    inbox = Inbox()
    server = serve(inbox)
    try:
        password = secret(tmp_path / "p", "open sesame")
        channel = mail(server, ca_file=str(certificate[0]), user="u", password_file=password)
        with pytest.raises(NoticeFailed, match="STARTTLS"):
            make_sender(channel, InProcessBus(), lambda: 0).send([notice()])
    finally:
        server.stop()
    assert inbox.letters == []


# Together, and the commands.


def test_rules_outbox_and_servers_together(store: Store, hook: Any) -> None:
    channel = webhook(hook, every_s=60.0)
    config = NotifyConfig(channels=(channel,), rules=(Rule(channels=("duty",)),))
    senders = {"duty": make_sender(channel, InProcessBus(), lambda: 0)}
    hook.code = 503
    post(store, notice(1), config, 0)
    assert list(pump(store, config, senders, 0)) == ["duty"]
    hook.code = 200
    post(store, notice(2), config, S)
    assert pump(store, config, senders, 10 * S) == {}
    assert len(json.loads(hook.seen[-1][1])["notices"]) == 2
    assert channel_states(store)[0].sent == 2


def test_the_commands(tmp_path: Path, hook: Any) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    double = Double()
    double.fails = True
    with open_store(url) as store:
        post(store, notice(1), ONE, 0)
        pump(store, ONE, {"bus": double}, 0)
    status = ["notices", "status", "--store", url]
    assert json.loads(CliRunner().invoke(app, [*status, "--json"]).stdout)[0]["waiting"] == 1
    assert "no answer" in CliRunner().invoke(app, status).stdout
    config = tmp_path / "notify.toml"
    config.write_text(
        f'[[channels]]\nname = "duty"\nkind = "webhook"\nurl = "{webhook(hook).url}"\n'
        '[[channels]]\nname = "bus"\nkind = "mqtt"\n'
    )
    assert CliRunner().invoke(app, ["notices", "test", str(config)]).exit_code == 0
    assert len(hook.seen) == 1
    hook.code = 500
    failed = CliRunner().invoke(app, ["notices", "test", str(config)])
    assert isinstance(failed.exception, NoticeFailed)
