"""The broker's section, and the values that every role's file has.

::

    [broker]
    host = "127.0.0.1"     # beyond this machine only with [broker.tls]
    port = 1883            # 8883 is usual with TLS
    # name = "device-1"    # of this process, as on its certificate; its role if left out

    # [broker.tls]         # mutual TLS: both sides show a certificate
    # ca = "press-node/ca.crt"         # authority that signed the broker's certificate
    # certificate = "press-node/press-node.crt"   # this process's own
    # key = "press-node/press-node.key"   # of it; readable by this process's user alone
    # crl = "press-node/crl.pem"       # revoked certificates; without it none is
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from app.host import is_loopback
from app.tls import TlsConfig

FilePath = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"\A[^\x00]+\Z")]
Site = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\A[^/+#\x00\n]+\Z")]
Seconds = Annotated[float, Meta(ge=1.0, le=86_400.0)]
Period = Annotated[float, Meta(ge=0.05, le=3600.0)]
StopWithin = Annotated[float, Meta(ge=1.0, le=300.0)]
Megabytes = Annotated[int, Meta(ge=1, le=4096)]


class Broker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the broker is; the module's docstring says what each line means."""

    host: Annotated[str, Meta(min_length=1, max_length=253, pattern=r"\A[^\s/@]+\Z")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    name: Site | None = None
    tls: TlsConfig | None = None

    def __post_init__(self) -> None:
        """Refuse a broker beyond this machine that is spoken to in the clear."""
        if self.tls is None and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host!r} is not this machine, so [broker.tls] must name ca, "
                "certificate and key"
            )
