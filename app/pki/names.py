"""Names that may stand in certificates, file names and access lists, and nothing else may.

A certificate's common name is its owner's identity at the broker: ``device:press-3``.
"""

import ipaddress
import re
from typing import Literal, get_args

from app.topics import topic
from sensors.errors import BadConfig, BadMessage

Role = Literal["device", "gateway", "platform", "broker", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)

MAX_NAME = 48
"""With role and colon within the 64 characters of a common name (RFC 5280, ub-common-name)."""
NAME = re.compile(rf"[a-z0-9](?:[a-z0-9-]{{0,{MAX_NAME - 2}}}[a-z0-9])?")
HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def identity(role: Role, name: str) -> str:
    """Return the common name of a certificate, which is the user name at the broker."""
    return f"{role}:{name}"


def check_name(name: str) -> str:
    """Return a certificate's name.

    Raises
    ------
    BadConfig
        It could not safely be a file name and a line of an access list.
    """
    # Lower case alone: two names must differ on every file system, and to the eye.
    if not NAME.fullmatch(name):
        raise BadConfig(
            f"name {name[:200]!r}: a certificate's name is 1 to {MAX_NAME} of a-z 0-9 and -, "
            "beginning and ending with a letter or digit"
        )
    return name


def check_level(kind: str, name: str) -> str:
    """Return a site or motor, which is one level of a topic.

    Raises
    ------
    BadConfig
        It cannot stand in a topic or in a line of an access list.
    """
    try:
        topic(name, name, "state")
    except BadMessage as error:
        raise BadConfig(f"{kind}: {error}") from error
    # The broker trims lines of its access list, and a line break would begin another rule.
    if name != name.strip() or not name.isprintable() or name.startswith("$"):
        raise BadConfig(
            f"{kind} {name[:200]!r}: only printable characters, no blank at either end, "
            "and no $ at the beginning"
        )
    return name


def check_host(host: str) -> str:
    """Return a host's name or address, as clients will write it.

    Raises
    ------
    BadConfig
        Neither an IP address nor a plain host name; wildcards are not accepted.
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        labels = host.lower().split(".")
    if len(host) > 253 or not all(HOST_LABEL.fullmatch(label) for label in labels):
        raise BadConfig(
            f"host {host[:200]!r}: give a host name such as broker.plant.example, or an address"
        )
    if labels[-1].isdecimal():
        raise BadConfig(f"host {host[:200]!r}: looks like an address and is none")
    return ".".join(labels)
