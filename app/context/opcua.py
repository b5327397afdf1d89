"""Tags from nodes of an OPC UA server.

Nodes are polled rather than subscribed to: a subscription is silent while a value stays the same,
and silence could not be told from a server that hangs.
"""

import concurrent.futures
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from app.context.config import OpcuaPlace, Tag
from app.context.polling import Unreadable
from app.context.source import OpcuaSource
from app.pki.key_file import check_key_file
from app.secret_file import read_secret
from sensors.errors import MissingDependency

if TYPE_CHECKING:
    from asyncua.sync import Client


class OpcuaServer:
    """A `Server` that reads nodes.

    Raises
    ------
    MissingDependency
        asyncua is not installed.
    BadConfig, BadCertificate, UnsafeKey
        A password or key cannot be read, or others may read it.
    """

    def __init__(self, source: OpcuaSource, tags: tuple[Tag, ...]) -> None:
        self._source = source
        self._tags = tags
        self._client: Client | None = None
        self._password = _password(source)
        _check_installed()

    def open(self) -> None:
        """Connect; raises ConnectionError."""
        from asyncua.sync import Client
        from asyncua.ua.uaerrors import UaError

        source = self._source
        timeout_s = 5 * source.timeout_s
        self._client = Client(source.url, source.timeout_s, sync_wrapper_timeout=timeout_s)
        try:
            self._secure(self._client)
            self._client.connect()
        except (UaError, OSError, TimeoutError, ValueError) as error:
            raise ConnectionError(f"{source.url}: {error!r}") from error

    def read(self) -> Iterable[tuple[Tag, object]]:
        """Return every tag with its raw value; raises ConnectionError."""
        from asyncua.ua.uaerrors import UaError

        assert self._client is not None
        try:
            nodes = [self._client.get_node(_node(tag)) for tag in self._tags]
            answers = self._client.read_attributes(nodes)
        except (UaError, OSError, TimeoutError, concurrent.futures.CancelledError) as error:
            raise ConnectionError(f"{self._source.url}: {error!r}") from error
        return [
            (tag, answer.Value.Value if _is_good(answer) else Unreadable())
            for tag, answer in zip(self._tags, answers, strict=True)
        ]

    def close(self) -> None:
        """Let go of the connection, and of its thread."""
        from asyncua.ua.uaerrors import UaError

        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.disconnect()
        except (UaError, OSError, TimeoutError, concurrent.futures.CancelledError):
            client.tloop.stop()

    def _secure(self, client: "Client") -> None:
        from asyncua import ua
        from asyncua.crypto import security_policies

        source = self._source
        if source.policy != "none":
            # Servers compare what a client calls itself with its certificate.
            client.application_uri = _application_uri(Path(str(source.certificate_file)))
            client.set_security(
                getattr(security_policies, f"SecurityPolicy{source.policy}"),
                str(source.certificate_file),
                str(source.key_file),
                server_certificate=str(source.server_certificate_file),
                mode=ua.MessageSecurityMode[source.mode],
            )
        if source.username is not None:
            client.set_user(source.username)
        if self._password is not None:
            client.set_password(self._password)


def _node(tag: Tag) -> str:
    assert isinstance(tag.at, OpcuaPlace)
    return tag.at.node


def _is_good(answer: object) -> bool:
    status = getattr(answer, "StatusCode", None)
    return (status is None or status.is_good()) and getattr(answer, "Value", None) is not None


def _password(source: OpcuaSource) -> str | None:
    if source.key_file is not None:
        check_key_file(Path(source.key_file))
    return None if source.password_file is None else read_secret(Path(source.password_file))


def _application_uri(certificate_file: Path) -> str:
    """Return the URI that a certificate, DER or PEM, names its application by."""
    from cryptography import x509

    raw = certificate_file.read_bytes()
    load = (
        x509.load_pem_x509_certificate if b"-----BEGIN" in raw else x509.load_der_x509_certificate
    )
    try:
        names = load(raw).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise ValueError(
            f"{certificate_file}: names no application (no alternative name)"
        ) from error
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if not uris:
        raise ValueError(f"{certificate_file}: names no application (no URI among its names)")
    return uris[0]


def _check_installed() -> None:
    try:
        import asyncua.sync  # noqa: F401 - asked for at the start, not in a thread later on
    except ImportError as error:
        raise MissingDependency(
            "OPC UA needs asyncua; pip install 'motorwatch[fieldbus]'"
        ) from error
