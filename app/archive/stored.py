"""What the log says of a raw capture that is kept: which one, and whose request it answers."""

from typing import Literal

import msgspec

from app.archive.index import Entry
from app.archive.sealed import Digest, Reason
from app.capture_message import CommandIds
from app.fields import Count, Instant, MotorId, Token
from app.store.arrival import Arrival, LogOnly

KIND = "capture"


class CaptureStored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A capture is on disk and listed; names as in `app.archive.sealed.Header`.

    Attributes
    ----------
    command_ids
        Of the operators' requests that it answers.
    """

    motor_id: MotorId
    boot_id: Token
    seq: Count
    digest: Digest
    reason: Reason
    t0_ns: Instant
    t1_ns: Instant
    command_ids: CommandIds = ()
    version: Literal[1] = 1


def stored_event(
    site: str, entry: Entry, command_ids: tuple[str, ...], received_ns: int
) -> Arrival:
    """Return the event of the log that says so."""
    said = CaptureStored(
        motor_id=entry.motor_id,
        boot_id=entry.boot_id,
        seq=entry.seq,
        digest=entry.digest,
        reason=entry.reason,
        t0_ns=entry.t0_ns,
        t1_ns=entry.t1_ns,
        command_ids=command_ids,
    )
    message = LogOnly(
        kind=KIND,
        motor_id=entry.motor_id,
        boot_id=entry.boot_id,
        seq=entry.seq,
        payload=msgspec.json.encode(said),
    )
    return Arrival(site, received_ns, message)
