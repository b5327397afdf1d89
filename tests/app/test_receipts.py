"""Ranges of numbers: they rise, and give back exactly the numbers they were made of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.messages import decode, encode
from app.receipts import Ack, Dropped, to_ranges
from sensors.errors import BadMessage


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(0, 60)))
def test_ranges_are_the_numbers_in_as_few_runs_as_there_are(numbers: set[int]) -> None:
    ranges = to_ranges([*numbers, *numbers])
    back = [seq for first, last in ranges for seq in range(first, last + 1)]
    assert back == sorted(numbers)
    starts = [seq for seq in numbers if seq - 1 not in numbers]
    assert len(ranges) == len(starts)


@pytest.mark.parametrize("ranges", [((3, 1),), ((1, 4), (4, 6)), ((5, 6), (1, 2))])
def test_ranges_that_do_not_rise_are_refused(ranges: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(BadMessage, match="rise"):
        Ack(motor_id="m", boot_id="b", committed="report", ranges=ranges)
    with pytest.raises(BadMessage, match="rise"):
        Dropped(motor_id="m", boot_id="b", seq=0, lost="report", ranges=ranges)


def test_there_is_no_receipt_for_nothing() -> None:
    with pytest.raises(BadMessage):
        encode(Ack(motor_id="m", boot_id="b", committed="report", ranges=()))


def test_a_forged_receipt_is_refused_with_a_name() -> None:
    payload = b'{"motor_id":"m","boot_id":"b","committed":"report","ranges":[[9,1]],"version":1}'
    with pytest.raises(BadMessage, match="rise"):
        decode("motorwatch/v1/hall/m/ack", payload)
