"""Whoever needs a secret reads it in one way, and none that others may read or that is not one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.archive.keys import load_keys
from app.bus.in_process import InProcessBus
from app.context import mqtt, opcua
from app.context.source import MqttSource, OpcuaSource
from app.notify.config import Mail, Webhook
from app.notify.sender import make_sender
from app.secret_file import read_secret
from sensors.errors import BadConfig


def by_webhook(path: Path) -> object:
    channel = Webhook(name="d", url="https://plant.example/", secret_file=str(path))
    return make_sender(channel, InProcessBus(), lambda: 0)


def by_mail(path: Path) -> object:
    channel = Mail(
        name="m",
        host="mail.example",
        sender="a@plant.example",
        to=("b@plant.example",),
        user="a",
        password_file=str(path),
    )
    return make_sender(channel, InProcessBus(), lambda: 0)


def by_context_mqtt(path: Path) -> object:
    pytest.importorskip("paho")
    ca = "/etc/ssl/certs/ca-certificates.crt"
    if not Path(ca).exists():
        pytest.skip("needs a bundle of authorities")
    source = MqttSource(host="x", ca_file=ca, username="u", password_file=str(path))
    return mqtt._client(source)


def by_context_opcua(path: Path) -> object:
    key = path.with_name("key")
    key.touch(mode=0o600)
    source = OpcuaSource(
        url="opc.tcp://plant.example:4840",
        policy="Basic256Sha256",
        certificate_file="c",
        key_file=str(key),
        server_certificate_file="s",
        username="u",
        password_file=str(path),
    )
    return opcua._password(source)


def by_archive(path: Path) -> object:
    return load_keys([path])


CALLERS = [by_webhook, by_mail, by_context_mqtt, by_context_opcua, by_archive]
KEY = "ab" * 32
"""A line that serves every one of them."""


@pytest.mark.parametrize("call", CALLERS)
def test_every_caller_takes_a_private_line_and_nothing_else(
    tmp_path: Path, call: Callable[[Path], object]
) -> None:
    path = tmp_path / "secret"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    assert call(path) is not None
    for mode in (0o604, 0o640, 0o602):
        path.chmod(mode)
        with pytest.raises(BadConfig, match=rf"mode {mode:03o}\); run: chmod 600"):
            call(path)
    path.chmod(0o600)
    for content in (
        b"",
        b"\n",
        b"\r\n",
        KEY.encode() + b"\nmore\n",
        b"\xff\xfe",
        b"x" * 5000,
        b"a\0b",
    ):
        path.write_bytes(content)
        with pytest.raises(BadConfig, match="needs one line of text"):
            call(path)
    with pytest.raises(BadConfig, match="cannot be read"):
        call(tmp_path / "none")


def test_the_line_break_is_no_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    for content in (b"grob ", b"grob \n", b"grob \r\n", b"grob \n\n"):
        path.write_bytes(content)
        path.chmod(0o600)
        assert read_secret(path) == "grob "
