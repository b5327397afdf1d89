"""A million hostile payloads: a named refusal or a sound message, nothing else."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from app.messages import decode, encode, kind_of
from app.topics import parse_topic
from app.transfer.capture_ack import decode_ack, encode_ack
from app.transfer.chunk import decode_chunk, encode_chunk
from reliability.hostile_payloads import MOTOR, hostile_payloads
from reliability.row import Row
from reliability.scale import Scale
from reliability.usage import resident_mb
from sensors.errors import BadMessage

LONGEST_REFUSAL = 2000
"""Characters: a refusal must not repeat a hostile payload into a log."""
MOST_GROWTH_MB = 20.0


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What became of hostile payloads.

    Attributes
    ----------
    outcomes : Counter
        ``refused``, ``taken``; of these ``unsound``: not of their topic, or not the same when sent
        on; and ``wordy``: refused in too many words.
    growth_mb : float
        Of the process's resident memory, after the first tenth.
    """

    outcomes: Counter[str]
    growth_mb: float


def fuzz(scale: Scale) -> Iterator[Row]:
    """Let everything that parses messages read hostile ones."""
    done = fuzzed(scale.payloads, scale.seed)
    bad = done.outcomes["unsound"] + done.outcomes["wordy"]
    yield Row(
        measure="fuzz",
        done="random, damaged and odd payloads of every kind of message",
        often=f"{scale.payloads} payloads (seed {scale.seed})",
        required="each refused by name, or a sound message of its topic; no crash",
        found=f"{done.outcomes['refused']} refused, {done.outcomes['taken']} sound, {bad} neither",
        met=bad == 0 and done.outcomes["refused"] + done.outcomes["taken"] == scale.payloads,
    )
    yield Row(
        measure="fuzz",
        done="memory of the process that reads them",
        often="after the first tenth",
        required=f"flat: at most {MOST_GROWTH_MB:.0f} MB",
        found=f"{done.growth_mb:+.1f} MB",
        met=done.growth_mb <= MOST_GROWTH_MB,
    )


def fuzzed(payloads: int, seed: int) -> Fuzzed:
    """Read so many hostile payloads; anything raised but `BadMessage` goes on to the caller."""
    outcomes: Counter[str] = Counter()
    started_mb = 0.0
    for turn, (where, payload) in enumerate(hostile_payloads(payloads, seed)):
        if turn == payloads // 10:
            started_mb = resident_mb(os.getpid())
        try:
            sound = is_sound(where, payload)
        except BadMessage as error:
            outcomes["refused"] += 1
            outcomes["wordy"] += len(str(error)) > LONGEST_REFUSAL
            continue
        outcomes["taken"] += 1
        outcomes["unsound"] += not sound
    return Fuzzed(outcomes, resident_mb(os.getpid()) - started_mb)


def is_sound(where: str, payload: bytes) -> bool:
    """Read a payload as its receiver would; say whether what was read belongs there and can go on.

    Raises
    ------
    BadMessage
        It is refused.
    """
    kind = parse_topic(where).kind
    if kind in ("capture/chunk", "archive/chunk"):
        chunk = decode_chunk(payload)
        return encode_chunk(chunk) == payload
    if kind in ("capture/ack", "archive/ack"):
        ack = decode_ack(payload)
        return decode_ack(encode_ack(ack)) == ack
    message = decode(where, payload)
    again = decode(where, encode(message))
    return kind_of(message) == kind and message.motor_id == MOTOR and again == message
