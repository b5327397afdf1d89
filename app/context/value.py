"""What a source said, held to being a number that the quantity can be."""

import math
from datetime import datetime
from typing import Literal

import msgspec

from app.context.config import Tag

Refusal = Literal["unreadable", "not_a_number", "out_of_range", "wrong_time", "retained"]
MAX_PAYLOAD_BYTES = 65_536


def number(raw: object, tag: Tag) -> float | Refusal:
    """Return the value of a tag in its quantity's unit, or why it is refused."""
    # True and False are whole numbers to Python, and no measurement.
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return "not_a_number"
    try:
        value = float(raw) * tag.scale + tag.offset
    except OverflowError:
        return "out_of_range"
    if math.isnan(value):
        return "not_a_number"
    low, high = tag.bounds
    return value if low <= value <= high else "out_of_range"


def parse_json(payload: bytes) -> object | None:
    """Return what a message holds; None where it is too long or no JSON."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        return None
    try:
        decoded: object = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return decoded


def follow(decoded: object, path: str) -> object | None:
    """Return what lies at a path such as ``a.b.0``; None where nothing does."""
    for step in path.split(".") if path else ():
        match decoded:
            case dict():
                decoded = decoded.get(step)
            case list() if step.isascii() and step.isdigit() and len(step) < 7:
                at = int(step)
                decoded = decoded[at] if at < len(decoded) else None
            case _:
                return None
    return decoded


def instant_ns(said: object) -> int | None:
    """Return a time in UTC nanoseconds from seconds since 1970 or ISO 8601 with its zone."""
    if isinstance(said, str) and len(said) < 60:
        try:
            moment = datetime.fromisoformat(said)
            said = moment.timestamp() if moment.tzinfo is not None else None
        except (ValueError, OverflowError):
            return None
    if isinstance(said, bool) or not isinstance(said, (int, float)):
        return None
    # Beyond the year 2200 it is milliseconds, or made up.
    return round(said * 1e9) if 0 <= said < 7.3e9 else None
