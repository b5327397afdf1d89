"""Chunks and acknowledgements on the wire: what is damaged or impossible is refused by name."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transfer.capture_ack import (
    MAX_BYTES,
    MOST_RANGES,
    CaptureAck,
    decode_ack,
    encode_ack,
    to_mask,
    to_ranges,
)
from app.transfer.chunk import (
    MOST_CHUNK_BYTES,
    MOST_CHUNKS,
    Chunk,
    count_chunks,
    decode_chunk,
    encode_chunk,
    span,
    transfer_id,
)
from sensors.errors import BadMessage


def cut(content: bytes, chunk_bytes: int) -> list[Chunk]:
    count, size = count_chunks(len(content), chunk_bytes), len(content)
    whose = transfer_id(content)
    spans = [span(i, count, size) for i in range(count)]
    return [Chunk(whose, i, count, size, content[a:b]) for i, (a, b) in enumerate(spans)]


@settings(deadline=None, max_examples=80)
@given(st.binary(min_size=1, max_size=500), st.integers(1, 60))
def test_chunks_are_bounded_and_make_up_the_content(content: bytes, chunk_bytes: int) -> None:
    chunks = [decode_chunk(encode_chunk(chunk)) for chunk in cut(content, chunk_bytes)]
    assert b"".join(chunk.data for chunk in chunks) == content
    assert all(0 < len(chunk.data) <= chunk_bytes for chunk in chunks)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_byte_is_noticed(at: int, by: int) -> None:
    payload = bytearray(encode_chunk(cut(bytes(range(200)), 50)[2]))
    payload[at % len(payload)] ^= by
    with pytest.raises(BadMessage):
        decode_chunk(bytes(payload))


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_garbage_is_no_chunk(payload: bytes) -> None:
    with pytest.raises(BadMessage):
        decode_chunk(payload)


@pytest.mark.parametrize(
    ("index", "count", "size"),
    [
        (0, 0, 10),
        (1, 1, 10),
        (0, 11, 10),
        (0, MOST_CHUNKS + 1, 10_000),
        (0, 1, 2**64 - 1),
        (2**32 - 1, 2**32 - 1, 2**64 - 1),
    ],
)
def test_impossible_headers_are_refused_by_their_numbers(index: int, count: int, size: int) -> None:
    header = struct.pack(">4s32sIIQ16s", b"MWC1", b"a" * 32, index, count, size, b"d" * 16)
    with pytest.raises(BadMessage, match="impossible"):
        decode_chunk(header + b"x" * 10)


def test_a_chunk_too_long_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(BadMessage, match="bytes"):
        decode_chunk(bytes(MOST_CHUNK_BYTES + 100))


def test_a_chunk_of_another_length_than_its_place_has_is_refused() -> None:
    chunk = cut(bytes(100), 50)[0]
    short = Chunk(chunk.transfer_id, chunk.index, chunk.count, chunk.size, chunk.data[:-1])
    with pytest.raises(BadMessage, match="must hold 50 bytes, not 49"):
        decode_chunk(encode_chunk(short))


@settings(deadline=None, max_examples=200)
@given(st.sets(st.integers(0, 120)))
def test_ranges_tell_which_chunks_are_held(held: set[int]) -> None:
    mask = sum(1 << i for i in held)
    ranges = to_ranges(mask)
    told = {i for first, beyond in ranges for i in range(first, beyond)}
    assert told == held
    assert to_mask(ranges, 121) == mask
    assert all(a[1] < b[0] for a, b in pairwise(ranges))


def test_the_longest_acknowledgement_fits_and_says_the_first_ranges() -> None:
    scattered = sum(1 << i for i in range(0, MOST_CHUNKS, 2))
    ranges = to_ranges(scattered)
    assert ranges == tuple((2 * i, 2 * i + 1) for i in range(MOST_RANGES))
    late = to_ranges(scattered & ~((1 << 800) - 1))
    ack = CaptureAck(motor_id="é" * 120, transfer_id="f" * 64, verdict="receiving", held=late)
    assert len(encode_ack(ack)) <= MAX_BYTES
    assert decode_ack(encode_ack(ack)) == ack


def test_ranges_beyond_the_transfer_count_for_nothing() -> None:
    assert to_mask(((3, MOST_CHUNKS), (2, 1)), 5) == 0b11000


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"\xff" * 10,
        b"[" * 5000,
        b'{"motor_id":"m","transfer_id":"x","verdict":"complete"}',
        b'{"motor_id":"m","transfer_id":"'
        + b"a" * 64
        + b'","verdict":"receiving","held":[[0,9999]]}',
        b'{"motor_id":"m","transfer_id":"' + b"a" * 64 + b'","verdict":"complete","held":[[-1,2]]}',
    ],
)
def test_what_is_no_acknowledgement_is_refused(payload: bytes) -> None:
    with pytest.raises(BadMessage):
        decode_ack(payload)
