"""What the platform hands to the store: a message, with where and when it arrived."""

from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from app.fields import Count, MotorId, Token
from app.messages import Recorded


class LogOnly(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message that has no table of its own: the log keeps its payload.

    Attributes
    ----------
    kind
        The last level of its topic.
    motor_id, boot_id, seq, step
        Its identity within its kind; `step` tells messages about the same thing apart.
    payload
        Its JSON, as it came.
    """

    kind: Annotated[str, Meta(min_length=1, max_length=32)]
    motor_id: MotorId
    boot_id: Token
    seq: Count
    payload: bytes
    step: Annotated[int, Meta(ge=0, le=32_767)] = 0


class Arrival(NamedTuple):
    """A message, the site of its topic, and the wall clock when it came."""

    site: str
    received_ns: int
    message: Recorded | LogOnly
