"""A client's TLS: unsafe or wrong files are refused before a byte is sent, wrong brokers after."""

import os
import ssl
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("cryptography")
from app.pki.authority import init, issue, revoke
from app.pki.names import Role
from app.pki.order import Order
from app.tls import TlsConfig, client_context
from sensors.errors import BadCertificate, MotorwatchError, UnsafeKey

DAY_NS = 86_400 * 10**9
HOST = "mq.plant.example"


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    folder = tmp_path / "ca"
    init(folder, "plant")
    return folder


def config(folder: Path, name: str, role: Role = "device", **more: object) -> TlsConfig:
    motors = ("m-" + name,) if role == "device" else ()
    hosts = (HOST, "10.0.0.7") if role == "broker" else ()
    bundle = issue(folder, Order(name, role, 30, motors=motors, hosts=hosts), **more)  # type: ignore[arg-type]
    return TlsConfig(
        ca=str(bundle / "ca.crt"),
        certificate=str(bundle / f"{name}.crt"),
        key=str(bundle / f"{name}.key"),
        crl=str(bundle / "crl.pem"),
    )


def handshake(client: ssl.SSLContext, broker: TlsConfig, host: str = HOST) -> str:
    """Version agreed upon; raises what the client raises."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(broker.certificate, broker.key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(down, up, server_hostname=host)
    there = context.wrap_bio(up, down, server_side=True)
    for _ in range(10):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    here.do_handshake()
    return str(here.version())


def replaced(known: TlsConfig, **changed: str) -> TlsConfig:
    return msgspec.structs.replace(known, **changed)


# --- brokers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [HOST, "10.0.0.7"])
def test_the_right_broker(ca: Path, host: str) -> None:
    context = client_context(config(ca, "node"))
    assert handshake(context, config(ca, "mq", "broker"), host) == "TLSv1.3"
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("host", ["other.plant.example", "plant.example", "10.0.0.8", "mq"])
def test_a_broker_of_another_name(ca: Path, host: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(client_context(config(ca, "node")), config(ca, "mq", "broker"), host)


def test_a_broker_of_another_authority(ca: Path, tmp_path: Path) -> None:
    init(tmp_path / "forged", "plant")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(client_context(config(ca, "node")), config(tmp_path / "forged", "mq", "broker"))


def test_a_device_that_plays_broker(ca: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
        handshake(client_context(config(ca, "node")), config(ca, "evil"))


def test_an_expired_broker(ca: Path) -> None:
    then = time.time_ns() - 31 * DAY_NS
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        handshake(
            client_context(config(ca, "node")), config(ca, "mq", "broker", now_ns=lambda: then)
        )


def test_a_revoked_broker(ca: Path) -> None:
    node, broker = config(ca, "node"), config(ca, "mq", "broker")
    revoke(ca, "mq")
    with pytest.raises(ssl.SSLCertVerificationError, match="revoked"):
        handshake(client_context(node), broker)
    assert handshake(client_context(msgspec.structs.replace(node, crl=None)), broker)


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o777])
def test_a_key_that_others_may_use(ca: Path, mode: int) -> None:
    known = config(ca, "node")
    Path(known.key).chmod(mode)
    with pytest.raises(UnsafeKey, match=f"chmod 600 .*{Path(known.key).name}"):
        client_context(known)


@pytest.mark.parametrize("name", ["ca", "certificate", "crl"])
def test_files_that_others_may_exchange(ca: Path, name: str) -> None:
    known = config(ca, "node")
    Path(getattr(known, name)).chmod(0o666)
    with pytest.raises(UnsafeKey, match="may exchange"):
        client_context(known)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a file away")
@pytest.mark.parametrize("name", ["key", "ca", "certificate", "crl"])
def test_files_of_another_user(ca: Path, name: str) -> None:
    known = config(ca, "node")
    os.chown(getattr(known, name), 12345, 12345)
    with pytest.raises(UnsafeKey, match="chown"):
        client_context(known)


def test_expired_and_not_yet_valid_are_told_apart(ca: Path) -> None:
    known = config(ca, "node")
    with pytest.raises(BadCertificate, match=r"device:node expired on .*--renew"):
        client_context(known, now_ns=lambda: time.time_ns() + 31 * DAY_NS)
    with pytest.raises(BadCertificate, match="set the clock"):
        client_context(known, now_ns=lambda: 0)


def test_files_that_do_not_belong_together(ca: Path, tmp_path: Path) -> None:
    init(tmp_path / "other", "plant")
    one, two = config(ca, "one"), config(ca, "two")
    stranger = config(tmp_path / "other", "one")
    with pytest.raises(BadCertificate, match="same bundle"):
        client_context(replaced(one, key=two.key))
    with pytest.raises(BadCertificate, match="not issued by"):
        client_context(replaced(one, ca=stranger.ca))
    with pytest.raises(BadCertificate, match="alone may issue"):
        client_context(replaced(one, ca=two.certificate))
    with pytest.raises(BadCertificate, match="no list of revocations"):
        client_context(replaced(one, crl=one.ca))


@pytest.mark.parametrize("name", ["ca", "certificate", "key", "crl"])
@pytest.mark.parametrize("content", [None, b"", b"garbage", b"\xff" * 5000, b"-----BEGIN X-----"])
def test_missing_and_damaged_files(ca: Path, name: str, content: bytes | None) -> None:
    known = config(ca, "node")
    path = Path(getattr(known, name))
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(MotorwatchError, match=path.name):
        client_context(known)


def test_an_encrypted_key_never_asks_on_the_terminal(ca: Path) -> None:
    known = config(ca, "node")
    subprocess.run(
        [
            "openssl",
            "pkey",
            "-in",
            known.key,
            "-aes256",
            "-passout",
            "pass:x",
            "-out",
            f"{known.key}.e",
        ],
        check=True,
        capture_output=True,
    )
    encrypted = Path(f"{known.key}.e")
    encrypted.chmod(0o600)
    with pytest.raises(BadCertificate, match="encrypted"):
        client_context(replaced(known, key=str(encrypted)))


def test_two_authorities_while_one_replaces_the_other(ca: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    init(new, "plant")
    known = config(ca, "node")
    both = Path(known.ca).read_bytes() + (new / "ca.crt").read_bytes()
    Path(known.ca).write_bytes(both)
    Path(known.crl or "").write_bytes(
        (ca / "crl.pem").read_bytes() + (new / "crl.pem").read_bytes()
    )
    assert handshake(client_context(known), config(new, "mq", "broker"))
    assert handshake(client_context(known), config(ca, "mq", "broker"))


def test_the_configuration_takes_no_unknown_keys() -> None:
    with pytest.raises(msgspec.ValidationError, match="insecure"):
        msgspec.convert({"ca": "a", "certificate": "b", "key": "c", "insecure": True}, TlsConfig)
