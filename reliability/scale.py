"""How long and how often: the full measure, and the short one of the tests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes of all measures.

    Attributes
    ----------
    cycles : int
        kill -9 and recovery.
    seed : int
        Of victims and moments.
    acks : int
        Acknowledgements whose sync is looked for.
    outage_h : float
        Virtual hours without a link.
    load_s : float
        Seconds of each load.
    motors : int
        Of one device process, at real time.
    devices : int
        Processes of so many motors each that make a plant.
    keepalive_s : int
        Of the connection that becomes half-open; a device's own is 15 s.
    memory_s : float
        Seconds over which memory must stay flat, at ten times real time: an hour of signals.
    payloads : int
        Hostile ones.
    """

    cycles: int = 200
    seed: int = 1
    acks: int = 1000
    outage_h: float = 24.0
    load_s: float = 30.0
    motors: int = 20
    devices: int = 10
    keepalive_s: int = 15
    memory_s: float = 360.0
    payloads: int = 1_000_000


SHORT = Scale(
    cycles=8,
    acks=60,
    outage_h=24.0,
    load_s=4.0,
    motors=3,
    devices=2,
    keepalive_s=2,
    memory_s=5.0,
    payloads=5_000,
)
"""For the tests: every path, in seconds."""
