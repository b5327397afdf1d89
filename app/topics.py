"""Where messages go: ``motorwatch/v1/{site}/{motor}/{kind}``, made and taken apart here alone."""

from typing import Literal, NamedTuple, get_args

from sensors.errors import BadMessage

PREFIX = "motorwatch/v1"
NOTICES = "motorwatch/notices"
"""Where a platform tells of alarms unless the plant names another topic; below it too."""
MAX_NAME = 120
Kind = Literal[
    "report",
    "capture",
    "capture/chunk",
    "capture/ack",
    "archive/chunk",
    "archive/ack",
    "diagnosis",
    "alarm",
    "alarm/event",
    "interlock",
    "dropped",
    "state",
    "process",
    "ack",
    "cmd",
    "model/desired",
    "model/state",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Address(NamedTuple):
    """What a topic says: which site, which motor, which kind of message."""

    site: str
    motor_id: str
    kind: Kind


def topic(site: str, motor_id: str, kind: Kind) -> str:
    """Return the topic of one kind of message about one motor.

    Raises
    ------
    BadMessage
        A name that cannot stand in a topic.
    """
    for name in (site, motor_id):
        _check_name(name)
    return f"{PREFIX}/{site}/{motor_id}/{kind}"


def pattern(kind: Kind, site: str = "+") -> str:
    """Return the subscription to one kind of message about every motor of a site, or of all."""
    return f"{PREFIX}/{site}/+/{kind}"


def parse_topic(text: str) -> Address:
    """Take a topic apart.

    Raises
    ------
    BadMessage
        Not a topic of this system and version.
    """
    parts = text.split("/", 4)
    if len(parts) != 5 or "/".join(parts[:2]) != PREFIX:
        raise BadMessage(
            f"topic {text[:200]!r} is not of the form {PREFIX}/SITE/MOTOR/KIND; "
            "check the publisher's version and prefix"
        )
    site, motor_id, last = parts[2:]
    kind = next((known for known in KINDS if known == last), None)
    if kind is None:
        raise BadMessage(f"topic {text[:200]!r}: the kind must be one of {', '.join(KINDS)}")
    for name in (site, motor_id):
        _check_name(name)
    return Address(site, motor_id, kind)


def _check_name(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME or any(char in name for char in "/+#\0\n"):
        raise BadMessage(
            f"{name[:200]!r} cannot stand in a topic: a site or motor needs 1 to {MAX_NAME} "
            "characters without / + # or line breaks"
        )
