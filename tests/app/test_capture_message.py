"""Raw captures survive the wire bit for bit; anything else is refused by name."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.capture_message import decode_capture, encode_capture, why_of
from sensors.capture import Capture, Channel, Gap, SampleBlock, Sense, Unit
from sensors.errors import BadMessage


def capture(values: np.ndarray) -> Capture:
    channel = Channel("vib", Sense.VIBRATION, Unit.MPS2, axis="x", position="DE")
    block = SampleBlock(channel, 5, 25_600.0, values.astype(np.float32), 0.25, (Gap(1, 2),))
    return Capture("m1", 5, 1_000_000_005, (block,), 1480.0, 0.7, "unknown", 9)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(width=32), max_size=50))
def test_a_capture_comes_back_as_it_was(values: list[float]) -> None:
    sent = capture(np.array(values, np.float32))
    got, boot_id = decode_capture(encode_capture(sent, "boot-1"))
    assert boot_id == "boot-1"
    np.testing.assert_array_equal(got.blocks[0].values, sent.blocks[0].values)
    assert got.blocks[0].channel == sent.blocks[0].channel
    assert got.blocks[0].gaps == sent.blocks[0].gaps
    assert (got.seq, got.speed_rpm, got.load, got.clock) == (9, 1480.0, 0.7, "unknown")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_garbage_is_refused(payload: bytes) -> None:
    with pytest.raises(BadMessage):
        decode_capture(payload)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 400), st.integers(0, 255))
def test_damage_is_refused_or_harmless(at: int, value: int) -> None:
    payload = bytearray(encode_capture(capture(np.arange(20.0)), "boot-1"))
    payload[at % len(payload)] = value
    with contextlib.suppress(BadMessage):
        decode_capture(bytes(payload))


def test_it_names_the_requests_that_it_answers_and_bears_nothing_where_there_are_none() -> None:
    one = capture(np.arange(4.0))
    asked = encode_capture(one, "boot-1", "escalation", ("c-1", "c-2"))
    assert (why_of(asked).reason, why_of(asked).command_ids) == ("escalation", ("c-1", "c-2"))
    assert decode_capture(asked)[0].seq == one.seq
    assert b"command_ids" not in encode_capture(one, "boot-1", "escalation")


@pytest.mark.parametrize("names", [("",), ("a b",), ("\n",), ("x" * 129,), ("c",) * 51])
def test_a_forged_list_of_requests_is_refused(names: tuple[str, ...]) -> None:
    forged = encode_capture(capture(np.arange(4.0)), "boot-1", "request", names)
    for read in (why_of, decode_capture):
        with pytest.raises(BadMessage):
            read(forged)


def test_a_partial_sample_is_refused() -> None:
    payload = encode_capture(capture(np.arange(4.0)), "boot-1")
    with pytest.raises(BadMessage):
        decode_capture(payload[:-3])
