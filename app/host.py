"""Hosts as people write them: whether one is this machine, and how a socket takes it."""

import ipaddress


def bare_host(host: str) -> str:
    """Return a host without the brackets that an IPv6 address bears in a URL."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def is_loopback(host: str) -> bool:
    """Tell whether a name or address is this machine's own, without asking any name server."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare_host(host)).is_loopback
    except ValueError:
        return False
