"""Whether a host is this machine: only then may notices travel unprotected."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether a name or address is this machine's own, without asking any name server."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
