"""What the log says of a raw capture that is kept: which one, and whose request it answers."""

from typing import Literal

import msgspec

from app.archive.archive import Archive
from app.archive.index import Entry, entry_of
from app.archive.sealed import Digest, Reason
from app.capture_message import CommandIds, why_of
from app.fields import Count, Instant, MotorId, Token
from app.store import Arrival, LogOnly, Store
from app.topics import Address
from sensors.errors import BadMessage, StoreError

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


def keep_capture(
    archive: Archive, store: Store, address: Address, payload: bytes, received_ns: int
) -> None:
    """Put a capture into the archive, and say so in the log; one that comes again is one event.

    Raises
    ------
    BadMessage
        It is none, not for the archive, or of another motor than its topic: who may speak for one
        motor puts nothing into the history of another.
    OutputError, StoreError
        It cannot be kept now.
    """
    why = why_of(payload)
    if why.reason == "schedule":
        raise BadMessage("a capture on schedule is not for the archive")
    if why.motor_id != address.motor_id:
        raise BadMessage(f"a capture of {why.motor_id[:120]!r} on a topic of {address.motor_id!r}")
    entry = entry_of(store, archive.put(payload, why.reason))
    if entry is None:
        raise StoreError(
            f"capture {address.motor_id}/{why.reason}: another process let it go for room before "
            "it was told; raise the archive's limit if that goes on"
        )
    store.commit([stored_event(address.site, entry, why.command_ids, received_ns)])
