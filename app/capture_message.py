"""A raw capture as bytes: the header as MessagePack, samples as they are in memory.

Seconds of every channel go up on escalation and on schedule. JSON would take ten times the size.
"""

from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta

from app.fields import Token
from sensors.capture import Capture, Channel, Clock, Gap, SampleBlock
from sensors.errors import BadMessage, SignalError

MAX_BYTES = 64 * 1024 * 1024
Reason = Literal["escalation", "request", "healthy", "schedule"]
"""Why a raw capture goes up, the most urgent first; those on schedule are judged, never kept."""
MOST_ANSWERED = 50
"""Requests that one capture answers by name; those beyond are answered without theirs."""
CommandIds = Annotated[tuple[Token, ...], Meta(max_length=MOST_ANSWERED)]


class _Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    channel: Channel
    t0_ns: int
    rate_hz: float
    samples: memoryview
    clipped: float
    gaps: tuple[Gap, ...]


class CaptureMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A capture on its way to the gateway, with the `boot_id` of the device that took it.

    `command_ids` are those of the requests that it answers, whatever the reason that it goes up.
    """

    boot_id: Token
    motor_id: str
    t0_ns: int
    t1_ns: int
    seq: int
    clock: Clock
    speed_rpm: float | None
    load: float | None
    blocks: tuple[_Block, ...]
    reason: Reason = "schedule"
    command_ids: CommandIds = ()


class Why(msgspec.Struct, frozen=True):
    """Whose capture went up, why, and which requests it answers."""

    motor_id: str
    reason: Reason = "schedule"
    command_ids: CommandIds = ()


_WHY = msgspec.msgpack.Decoder(Why)
_DECODER = msgspec.msgpack.Decoder(CaptureMessage)


def encode_capture(
    capture: Capture,
    boot_id: str,
    reason: Reason = "schedule",
    command_ids: tuple[str, ...] = (),
) -> bytes:
    """Return the bytes of a capture.

    Raises
    ------
    BadMessage
        It is too large for one message.
    """
    blocks = tuple(
        _Block(
            block.channel,
            block.t0_ns,
            block.rate_hz,
            np.ascontiguousarray(block.values, "<f4").data.cast("B"),
            block.clipped,
            block.gaps,
        )
        for block in capture.blocks
    )
    payload = msgspec.msgpack.encode(
        CaptureMessage(
            boot_id,
            capture.motor_id,
            capture.t0_ns,
            capture.t1_ns,
            capture.seq,
            capture.clock,
            capture.speed_rpm,
            capture.load,
            blocks,
            reason,
            command_ids,
        )
    )
    if len(payload) > MAX_BYTES:
        raise BadMessage(
            f"capture of {len(payload) / 1e6:.0f} MB is over {MAX_BYTES / 1e6:.0f} MB; "
            "send a shorter one"
        )
    return payload


def decode_capture(payload: bytes) -> tuple[Capture, str]:
    """Return a capture and the boot_id it came with.

    Raises
    ------
    BadMessage
        The bytes are not a capture.
    """
    if len(payload) > MAX_BYTES:
        raise BadMessage(f"capture message of {len(payload)} bytes is over {MAX_BYTES}")
    try:
        message = _DECODER.decode(payload)
        blocks = tuple(_block(block) for block in message.blocks)
    except (msgspec.DecodeError, SignalError, ValueError) as error:
        raise BadMessage(f"capture message cannot be read: {error}") from error
    capture = Capture(
        message.motor_id,
        message.t0_ns,
        message.t1_ns,
        blocks,
        message.speed_rpm,
        message.load,
        message.clock,
        message.seq,
    )
    return capture, message.boot_id


def reason_of(payload: bytes) -> Reason:
    """Return why a capture went up; raises as `decode_capture`."""
    return why_of(payload).reason


def why_of(payload: bytes) -> Why:
    """Return whose capture went up, why, and for whom; raises as `decode_capture`."""
    try:
        return _WHY.decode(payload)
    except msgspec.DecodeError as error:
        raise BadMessage(f"capture message cannot be read: {error}") from error


def _block(block: _Block) -> SampleBlock:
    values = np.frombuffer(block.samples, "<f4")
    return SampleBlock(block.channel, block.t0_ns, block.rate_hz, values, block.clipped, block.gaps)
