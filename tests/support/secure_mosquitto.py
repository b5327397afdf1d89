"""A real Mosquitto behind mutual TLS, set up by the same code that sets up a plant's."""

import time
from pathlib import Path

from mosquitto_process import GENEROUS_S, HOST, Broker, give_away

from app.broker.configuration import Listener
from app.broker.write import write_broker
from app.pki.authority import init, issue, revoke
from app.pki.names import Role
from app.pki.order import Order
from app.tls import TlsConfig

SITE = "plant"
CAST: dict[str, tuple[Role, tuple[str, ...]]] = {
    "device-1": ("device", ("press-3", "Pumpe 4")),
    "device-2": ("device", ("fan-1",)),
    "gateway-1": ("gateway", ()),
    "platform-1": ("platform", ()),
    "anna": ("operator", ()),
}
"""Certificates that a secure broker knows from the start."""


def bundle_config(bundle: Path, name: str) -> TlsConfig:
    """TLS of the client whose bundle this is."""
    return TlsConfig(
        ca=str(bundle / "ca.crt"),
        certificate=str(bundle / f"{name}.crt"),
        key=str(bundle / f"{name}.key"),
        crl=str(bundle / "crl.pem"),
    )


class SecureBroker(Broker):
    """`tls(name)` is a client's configuration; the authority is in `authority`, site `SITE`."""

    site = SITE

    def __init__(self, folder: Path, authority: Path) -> None:
        super().__init__(folder, self._write)
        self.authority = authority
        init(authority, SITE)
        issue(authority, Order("broker", "broker", 30, hosts=(HOST, "localhost")))
        for name, (role, motors) in CAST.items():
            self.issue(name, role, motors)

    def issue(self, name: str, role: Role, motors: tuple[str, ...] = ()) -> TlsConfig:
        """A new certificate, which the broker knows after `update`."""
        return bundle_config(issue(self.authority, Order(name, role, 30, motors)), name)

    def tls(self, name: str) -> TlsConfig:
        """Of one whose certificate was issued."""
        return bundle_config(self.authority / "issued" / name, name)

    def revoke(self, name: str) -> None:
        """Take a certificate's rights away, and tell the broker."""
        revoke(self.authority, name)
        self.update()

    def update(self) -> None:
        """Write the broker's folder anew, and return when it has taken it."""
        self._write(self.port)
        before = self.log().count("Reloading config")
        self.reload()
        deadline = time.monotonic() + GENEROUS_S
        while self.log().count("Reloading config") == before:
            assert time.monotonic() < deadline, self.log()[-2000:]
            time.sleep(0.01)

    def _write(self, port: int) -> Path:
        give_away(self.folder)
        return write_broker(self.authority, self.folder, Listener(port, HOST)).configuration
