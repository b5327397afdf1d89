"""What somebody should be told, whoever found it out and however it is sent."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from app.alarms.event import Priority
from app.fields import Instant, MotorId, Text

MOST_SHOWN = 50


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that somebody should be told.

    Attributes
    ----------
    event
        What happened, in one word: ``raised``, ``cleared``, ``stale`` ...
    motor_id, priority
        About which motor, and how urgent.
    title, text
        For people: one line, and the rest.
    at_ns
        When it happened.
    """

    event: Annotated[str, Meta(min_length=1, max_length=64)]
    motor_id: MotorId
    priority: Priority
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Text
    at_ns: Instant

    @property
    def notice_id(self) -> str:
        """Digest of all of it: the same notice posted twice is one."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


def subject_of(notices: Sequence[Notice]) -> str:
    """Return one line for a notice, or for several sent as one."""
    first = notices[0]
    line = f"[{first.priority}] {first.motor_id}: {first.title}"
    if len(notices) > 1:
        motors = len({notice.motor_id for notice in notices})
        line = f"{len(notices)} notices about {motors} motors, first: {line}"
    # A title may come from a message: it must not end a header line of a mail.
    return " ".join(line.split())


def text_of(notices: Sequence[Notice]) -> str:
    """Return the text of a notice, or of several sent as one."""
    parts = [
        f"[{each.priority}] {each.motor_id}: {each.title}\n{each.text}".strip()
        for each in notices[:MOST_SHOWN]
    ]
    more = len(notices) - len(parts)
    return "\n\n".join(parts) + (f"\n\nand {more} more" if more else "")
