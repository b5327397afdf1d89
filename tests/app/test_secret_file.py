"""Whoever needs a secret reads it in one way, and none that others may read or that is not one."""

import os
import stat
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


def test_what_is_no_regular_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe, 0o600)
    folder.mkdir(mode=0o700)
    for path in (pipe, folder, Path(os.devnull)):
        with pytest.raises(BadConfig, match="folder, pipe or device"):
            read_secret(path)


def test_only_this_users_and_roots_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    path.write_text(KEY)
    path.chmod(0o600)
    real = os.fstat

    def owned_by(uid: int) -> Callable[[int], os.stat_result]:
        def facts(handle: int) -> os.stat_result:
            found = list(real(handle))
            found[stat.ST_UID] = uid
            return os.stat_result(found)

        return facts

    for uid, fine in ((os.geteuid(), True), (0, True), (os.geteuid() + 12345, False)):
        with monkeypatch.context() as patch:
            patch.setattr("app.secret_file.os.fstat", owned_by(uid))
            if fine:
                assert read_secret(path) == KEY
                continue
            with pytest.raises(BadConfig, match=f"belongs to user {uid}.*chown {os.geteuid()} "):
                read_secret(path)
