"""Which topics a subscription means, by the rules of MQTT 5 section 4.7.

https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html
"""

from sensors.errors import BusError


def check_topic(topic: str) -> None:
    """Raise BusError unless a message may be published on `topic`."""
    if not topic or any(char in topic for char in "+#\0"):
        raise BusError(
            f"topic {topic!r}: a message needs a topic without + # or NUL; "
            "wildcards belong to subscriptions"
        )


def check_pattern(pattern: str) -> None:
    """Raise BusError unless `pattern` is a well-formed subscription."""
    levels = pattern.split("/")
    whole = all(level in ("+", "#") or not set("+#\0") & set(level) for level in levels)
    if not pattern or not whole or "#" in levels[:-1]:
        raise BusError(
            f"pattern {pattern!r}: + and # must fill a whole level, and # be the last one"
        )


def matches(pattern: str, topic: str) -> bool:
    """Tell whether a well-formed pattern means a topic.

    ``a/#`` means ``a`` itself too; a leading wildcard never means topics that begin with ``$``.
    """
    wanted, levels = pattern.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(
        want in ("+", level) for want, level in zip(wanted, levels, strict=True)
    )
