"""The text of a Mosquitto 2 configuration: one listener, mutual TLS, nobody without certificate."""

from dataclasses import dataclass

from app.broker import limits
from app.broker.files import BrokerFiles
from app.pki.names import check_host
from sensors.errors import BadConfig

PORT = 8883
"""IANA: secure-mqtt."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the broker listens: a port, and an address or None for all of them."""

    port: int = PORT
    bind: str | None = None


def configuration(files: BrokerFiles, listener: Listener) -> str:
    """Return the text of `mosquitto.conf`, where `files` are as the broker sees them.

    Raises
    ------
    BadConfig
        A port or address that is none, or a folder whose name the broker would misread.
    """
    if not 0 < listener.port < 65_536:
        raise BadConfig(f"port {listener.port} is not within 1 to 65535")
    where = f" {check_host(listener.bind)}" if listener.bind else ""
    path = str(files.folder)
    if not path.isprintable() or path != path.strip() or not files.folder.is_absolute():
        raise BadConfig(f"{path!r}: the broker needs a plain path from the root; choose another")
    return f"""\
# Written by `motorwatch broker config`; changed there, not here.
per_listener_settings false

# The only way in: TLS with a certificate of the plant's authority, whose common name is the user.
listener {listener.port}{where}
protocol mqtt
tls_version tlsv1.2
cafile {files.authority}
certfile {files.certificate}
keyfile {files.key}
crlfile {files.revocations}
require_certificate true
use_identity_as_username true

allow_anonymous false
acl_file {files.access}
# Nobody ends another's connection by taking its client id: the certificate's name is the id.
use_username_as_clientid true

# What one client may cost.
max_packet_size {limits.PACKET_BYTES}
max_connections {limits.CONNECTIONS}
max_inflight_messages {limits.INFLIGHT}
max_queued_messages {limits.QUEUED}
max_queued_bytes {limits.QUEUED_BYTES}
max_keepalive {limits.KEEPALIVE_S}
persistent_client_expiration {limits.FORGET_AFTER}

# Retained states and desired models outlive a restart. After a power cut up to this many seconds
# of the broker's memory are gone: no measurement rests on it, since senders keep what the platform
# has not acknowledged.
persistence true
persistence_location {files.data}/
autosave_interval {limits.AUTOSAVE_S}

set_tcp_nodelay true
log_dest stderr
log_timestamp_format %Y-%m-%dT%H:%M:%S
log_type error
log_type warning
log_type notice
log_type information
connection_messages true
"""
