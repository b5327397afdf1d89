"""The ring joins windows that follow each other and starts anew where they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.capture import Capture, Channel, Gap, SampleBlock, Sense, Unit
from sensors.ring import CaptureRing

CHANNEL = Channel("vib", Sense.VIBRATION, Unit.MPS2)
RATE_HZ = 1000.0


def window(number: int, *, seconds: float = 1.0, start_s: float | None = None) -> Capture:
    start_s = number * seconds if start_s is None else start_s
    n = round(seconds * RATE_HZ)
    values = (np.arange(n) + number * n).astype(np.float32)
    t0_ns = round(start_s * 1e9)
    gaps = (Gap(3, 2),) if number == 1 else ()
    block = SampleBlock(CHANNEL, t0_ns, RATE_HZ, values, 0.5 if number == 2 else 0.0, gaps)
    end_ns = t0_ns + round(seconds * 1e9)
    return Capture("m", t0_ns, end_ns, (block,), speed_rpm=1000.0 + number, seq=number)


def test_the_newest_windows_are_joined_in_order() -> None:
    ring = CaptureRing(3.0)
    for number in range(5):
        ring.push(window(number))
    joined = ring.joined()
    assert ring.duration_s == 3.0
    np.testing.assert_array_equal(joined.blocks[0].values, np.arange(2000, 5000))
    assert (joined.t0_ns, joined.t1_ns, joined.seq) == (2_000_000_000, 5_000_000_000, 4)
    assert joined.speed_rpm == 1003.0
    assert joined.blocks[0].clipped == pytest.approx(0.5 / 3)


def test_gaps_keep_their_place() -> None:
    ring = CaptureRing(3.0)
    for number in range(3):
        ring.push(window(number))
    assert ring.joined().blocks[0].gaps == (Gap(1003, 2),)


def test_a_jump_in_time_starts_anew() -> None:
    ring = CaptureRing(10.0)
    ring.push(window(0))
    ring.push(window(1, start_s=50.0))
    assert ring.duration_s == 1.0
    assert ring.joined().seq == 1


def test_another_set_of_channels_starts_anew() -> None:
    ring = CaptureRing(10.0)
    ring.push(window(0))
    second = window(1)
    ring.push(Capture("m", second.t0_ns, second.t1_ns, (), seq=1))
    assert ring.joined().blocks == ()


@settings(deadline=None, max_examples=30)
@given(span=st.integers(1, 12), count=st.integers(1, 30))
def test_it_never_holds_more_than_its_span(span: int, count: int) -> None:
    ring = CaptureRing(float(span))
    for number in range(count):
        ring.push(window(number))
        assert ring.duration_s <= span
    assert ring.joined().blocks[0].values[-1] == count * RATE_HZ - 1
