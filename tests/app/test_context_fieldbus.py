"""Real servers on loopback: Modbus TCP, OPC UA with and without security, and a dead one."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.context.config import parse_context
from app.context.streams import ContextStreams
from app.context.tags import Tags
from sensors.capture import Capture
from sensors.errors import UnsafeKey

pytest.importorskip("pymodbus", reason="needs the extra fieldbus: pymodbus")
pytest.importorskip("asyncua", reason="needs the extra fieldbus: asyncua")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not come about within a minute"
        time.sleep(0.02)


@contextmanager
def running(config: str) -> Iterator[ContextStreams]:
    streams = ContextStreams(parse_context(config))
    streams.start()
    try:
        yield streams
    finally:
        streams.stop()


def value(tags: Tags, number: int) -> float | None:
    tag = list(tags.status())[number].tag
    found = tags.at(tag, time.time_ns())
    return None if found is None else found.value


@contextmanager
def loop_in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def window() -> Capture:
    now_ns = time.time_ns()
    return Capture("pump-1", now_ns - 1_000_000_000, now_ns, ())


# --- Modbus ---------------------------------------------------------------------------------------


@contextmanager
def modbus_server(port: int, registers: dict[int, list[int]]) -> Iterator[None]:
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    data = [
        SimData(address, values=words, datatype=DataType.REGISTERS)
        for address, words in registers.items()
    ]

    async def start() -> ModbusTcpServer:
        server = ModbusTcpServer([SimDevice(1, data)], address=("127.0.0.1", port))
        await server.serve_forever(background=True)
        return server

    with loop_in_thread() as loop:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(30)


def words(form: str, number: float, order: str = "big") -> list[int]:
    packed = struct.pack(">" + form, number)
    out = [int.from_bytes(packed[i : i + 2], "big") for i in range(0, len(packed), 2)]
    return out if order == "big" else out[::-1]


MODBUS = """
[modbus.plc1]
host = "127.0.0.1"
port = {port}
poll_s = 0.05
timeout_s = 1

[[tags]]
motor = "pump-1"
quantity = "load"
scale = 0.01
at = {{ kind = "modbus", source = "plc1", address = 100, type = "float32", word_order = "little" }}

[[tags]]
motor = "pump-1"
quantity = "speed_rpm"
at = {{ kind = "modbus", source = "plc1", address = 200, type = "uint16", table = "input" }}

[[tags]]
motor = "pump-1"
quantity = "ambient_degc"
scale = 0.1
at = {{ kind = "modbus", source = "plc1", address = 300, type = "int16" }}

[[tags]]
motor = "pump-1"
quantity = "process"
name = "flow"
unit = "m3/h"
at = {{ kind = "modbus", source = "plc1", address = 400, type = "float64" }}

[[tags]]
motor = "pump-1"
quantity = "process"
name = "not there"
unit = "1"
at = {{ kind = "modbus", source = "plc1", address = 900 }}
"""
REGISTERS = {
    100: words("f", 72.5, "little"),
    200: words("H", 1482),
    300: words("h", -55),
    400: words("d", 12.25),
}


def test_registers_of_every_kind_are_read_and_joined() -> None:
    port = free_port()
    with modbus_server(port, REGISTERS), running(MODBUS.format(port=port)) as streams:
        until(lambda: value(streams.tags, 3) is not None)
        joined = streams.join(window())
        assert joined.capture.load == pytest.approx(0.725)
        assert joined.capture.speed_rpm == 1482.0
        assert joined.capture.blocks[0].values.tolist() == [pytest.approx(-5.5)]
        assert joined.process == {"flow": (12.25, "m3/h")}
        assert joined.missing == ("not there",)
        until(lambda: bool(streams.tags.status()[4].refused))
        assert set(streams.tags.status()[4].refused) == {"unreadable"}


def test_what_a_mad_plc_says_is_refused_and_counted() -> None:
    port = free_port()
    mad = {
        100: words("f", float("nan"), "little"),
        200: words("H", 65535),
        300: words("h", 32767),
        400: words("d", float("inf")),
    }
    with modbus_server(port, mad), running(MODBUS.format(port=port)) as streams:
        until(lambda: bool(streams.tags.status()[3].refused))
        causes = [set(status.refused) for status in streams.tags.status()[:4]]
        assert causes == [{"not_a_number"}, set(), {"out_of_range"}, {"out_of_range"}]
        assert streams.join(window()).capture.load is None


def test_a_plc_that_goes_and_comes_is_found_again_and_nobody_waits() -> None:
    port = free_port()
    config = MODBUS.format(port=port)
    with running(config) as streams:
        source = streams.sources["modbus.plc1"]
        until(lambda: source.failures > 0)
        assert "load" in streams.join(window()).missing
        with modbus_server(port, REGISTERS):
            until(lambda: value(streams.tags, 0) is not None)
            assert source.connected
        until(lambda: not source.connected)
        with modbus_server(port, REGISTERS):
            until(lambda: source.connected)


def test_a_server_that_accepts_and_never_answers_holds_up_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with running(MODBUS.format(port=port)) as streams:
            until(lambda: streams.sources["modbus.plc1"].failures > 0)
            assert streams.join(window()).missing
    assert not streams.sources["modbus.plc1"].connected


# --- OPC UA ---------------------------------------------------------------------------------------

OPCUA = """
[opcua.scada]
url = "opc.tcp://127.0.0.1:{port}"
poll_s = 0.05
{security}

[[tags]]
motor = "pump-1"
quantity = "load"
at = {{ kind = "opcua", source = "scada", node = "ns=2;s=load" }}

[[tags]]
motor = "pump-1"
quantity = "speed_rpm"
at = {{ kind = "opcua", source = "scada", node = "ns=2;s=bad" }}

[[tags]]
motor = "pump-1"
quantity = "process"
name = "words"
unit = "1"
at = {{ kind = "opcua", source = "scada", node = "ns=2;s=text" }}

[[tags]]
motor = "pump-1"
quantity = "process"
name = "nothing"
unit = "1"
at = {{ kind = "opcua", source = "scada", node = "ns=2;s=none" }}
"""


@contextmanager
def opcua_server(port: int, keys: Path | None = None) -> Iterator[None]:
    from asyncua import Server, ua
    from asyncua.crypto.permission_rules import SimpleRoleRuleset

    async def start() -> Server:
        server = Server()
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
        if keys is None:
            server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        else:
            await server.set_application_uri("urn:plant:server")
            server.set_security_policy(
                [ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt], SimpleRoleRuleset()
            )
            await server.load_certificate(keys / "server.der")
            await server.load_private_key(keys / "server.pem")
        for space in ("urn:plant:server", "urn:plant:tags"):
            await server.register_namespace(space)
        folder = server.nodes.objects
        await folder.add_variable(ua.NodeId("load", 2), "load", 0.75)
        await folder.add_variable(ua.NodeId("text", 2), "text", "open")
        bad = await folder.add_variable(ua.NodeId("bad", 2), "bad", 1480.0)
        await server.start()
        status = ua.StatusCode(ua.StatusCodes.BadSensorFailure)
        await bad.write_value(ua.DataValue(ua.Variant(1480.0), status))
        return server

    with loop_in_thread() as loop:
        server = asyncio.run_coroutine_threadsafe(start(), loop).result(60)
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(60)


def test_nodes_are_read_and_those_of_bad_quality_are_not_believed() -> None:
    port = free_port()
    with opcua_server(port), running(OPCUA.format(port=port, security="")) as streams:
        until(lambda: value(streams.tags, 0) is not None)
        joined = streams.join(window())
        assert (joined.capture.load, joined.capture.speed_rpm) == (0.75, None)
        assert joined.missing == ("speed_rpm", "words", "nothing")
        causes = [set(status.refused) for status in streams.tags.status()]
        assert causes == [set(), {"unreadable"}, {"not_a_number"}, {"unreadable"}]


def test_an_opcua_server_that_comes_late_or_again_is_found() -> None:
    port = free_port()
    with running(OPCUA.format(port=port, security="")) as streams:
        source = streams.sources["opcua.scada"]
        until(lambda: source.failures > 0)
        for _ in range(2):
            with opcua_server(port):
                until(lambda: source.connected)
            until(lambda: not source.connected)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with certificate and key of server and client."""
    x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    now = datetime.now(UTC)
    for who in ("server", "client", "stranger"):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, who)])
        names = [x509.UniformResourceIdentifier(f"urn:plant:{who}")]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, hashes.SHA256())
        )
        der = certificate.public_bytes(serialization.Encoding.DER)
        (tmp_path / f"{who}.der").write_bytes(der)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (tmp_path / f"{who}.pem").write_bytes(pem)
        (tmp_path / f"{who}.pem").chmod(0o600)
    return tmp_path


SECURITY = """policy = "Basic256Sha256"
certificate_file = "{keys}/client.der"
key_file = "{keys}/client.pem"
server_certificate_file = "{keys}/{trusted}.der"
"""


def test_a_server_is_read_over_a_signed_and_encrypted_channel(keys: Path) -> None:
    port = free_port()
    security = SECURITY.format(keys=keys, trusted="server")
    with (
        opcua_server(port, keys),
        running(OPCUA.format(port=port, security=security)) as streams,
    ):
        until(lambda: value(streams.tags, 0) == 0.75)


def test_a_server_with_another_certificate_is_not_read(keys: Path) -> None:
    port = free_port()
    security = SECURITY.format(keys=keys, trusted="stranger")
    with (
        opcua_server(port, keys),
        running(OPCUA.format(port=port, security=security)) as streams,
    ):
        until(lambda: streams.sources["opcua.scada"].failures > 0)
        assert value(streams.tags, 0) is None


def test_a_key_that_others_may_read_is_refused(keys: Path) -> None:
    (keys / "client.pem").chmod(0o644)
    security = SECURITY.format(keys=keys, trusted="server")
    with pytest.raises(UnsafeKey, match="chmod 600"):
        ContextStreams(parse_context(OPCUA.format(port=4840, security=security)))
