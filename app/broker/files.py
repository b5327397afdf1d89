"""The files of a broker, all in one folder that it alone may read."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """Where each file of a broker's folder is."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """What ``mosquitto -c`` is given."""
        return self.folder / "mosquitto.conf"

    @property
    def access(self) -> Path:
        """The access list."""
        return self.folder / "access.acl"

    @property
    def authority(self) -> Path:
        """Certificate of who vouches for clients."""
        return self.folder / "ca.crt"

    @property
    def revocations(self) -> Path:
        """Who is no longer vouched for."""
        return self.folder / "crl.pem"

    @property
    def certificate(self) -> Path:
        """The broker's own certificate."""
        return self.folder / "broker.crt"

    @property
    def key(self) -> Path:
        """The broker's own key."""
        return self.folder / "broker.key"

    @property
    def data(self) -> Path:
        """Where the broker keeps retained messages and sessions."""
        return self.folder / "data"
