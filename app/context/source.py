"""Servers that a plant's tags are read from."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sensors.errors import BadConfig

Host = Annotated[str, Meta(min_length=1, max_length=253)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[float, Meta(ge=0.05, le=86_400.0)]


class MqttSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plant's own broker; with `ca_file` over TLS."""

    host: Host
    port: Port = 1883
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    username: str | None = None
    password_file: str | None = None

    def __post_init__(self) -> None:
        if self.ca_file is None and (self.cert_file or self.password_file):
            raise BadConfig("mqtt: certificate or password without ca_file would go unprotected")


class ModbusSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Modbus TCP server. The protocol has no protection: keep it on a network of its own."""

    host: Host
    port: Port = 502
    device_id: Annotated[int, Meta(ge=0, le=255)] = 1
    poll_s: Seconds = 1.0
    timeout_s: Seconds = 3.0


class OpcuaSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OPC UA server; ``policy = "none"`` has neither signature nor encryption."""

    url: Annotated[str, Meta(pattern=r"\Aopc\.tcp://[!-~]+\Z", max_length=500)]
    policy: Literal["none", "Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = "none"
    mode: Literal["Sign", "SignAndEncrypt"] = "SignAndEncrypt"
    certificate_file: str | None = None
    key_file: str | None = None
    server_certificate_file: str | None = None
    username: str | None = None
    password_file: str | None = None
    poll_s: Seconds = 1.0
    timeout_s: Seconds = 4.0

    def __post_init__(self) -> None:
        files = (self.certificate_file, self.key_file, self.server_certificate_file)
        if self.policy != "none" and not all(files):
            raise BadConfig(
                f"opcua {self.url}: policy {self.policy} needs certificate_file, key_file and "
                "server_certificate_file (the server's own, so that no other can pose as it)"
            )
        if self.policy == "none" and self.password_file:
            raise BadConfig(f"opcua {self.url}: a password needs a policy, not to be sent openly")
