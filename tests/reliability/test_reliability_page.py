"""What a trace, a percentile and a page say, from material made by hand."""

import pytest

pytest.importorskip("paho", reason="needs the extra live")

from reliability.__main__ import MEASURES
from reliability.page import EXPLAINED, TITLES, page
from reliability.row import Row, percentile, skipped
from reliability.scale import SHORT
from reliability.sync_order import read_trace

WRITE = '7 pwrite64(9</s/plant.db-wal>, "\\0\\1mh-0000003x", 16, 32) = 16'
SYNC = "7 fdatasync(9</s/plant.db-wal>) = 0"
ACK = (
    r'8 sendto(5<TCP:[1->2]>, "x{\"motor_id\":\"motor-3\",\"boot_id\":\"traced\",'
    r'\"committed\":\"report\",\"ranges\":[[0,0]],\"version\":1}", 9, 0, NULL, 0) = 9'
)


@pytest.mark.parametrize(
    ("lines", "in_order"),
    [
        ([WRITE, SYNC, ACK], 1),
        ([WRITE, ACK, SYNC], 0),
        ([SYNC, WRITE, ACK], 0),
        ([ACK, WRITE, SYNC], 0),
        ([WRITE, SYNC.replace("plant.db-wal", "log"), ACK], 0),
        # The packet begins before the sync has returned.
        (
            [
                WRITE,
                "7 fdatasync(9</s/plant.db-wal> <unfinished ...>",
                ACK,
                "7 <... fdatasync resumed>) = 0",
            ],
            0,
        ),
        (
            [
                WRITE,
                "7 fdatasync(9</s/plant.db-wal> <unfinished ...>",
                "7 <... fdatasync resumed>) = 0",
                ACK,
            ],
            1,
        ),
    ],
)
def test_a_trace_is_in_order_only_if_the_sync_returned_before_the_packet(
    lines: list[str], in_order: int
) -> None:
    found = read_trace(lines)
    assert (found.acknowledged, found.in_order) == (1, in_order)


def test_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.95) == 4.0
    assert percentile([5.0], 0.01) == 5.0


def test_a_page_has_every_row_and_counts_what_was_met() -> None:
    rows = [
        Row(measure="chaos", done="killed", often="3", required="0", found="0", met=True),
        Row(measure="disk", done="filled", often="1", required="0", found="2", met=False),
        skipped("sync", "traced", "no strace"),
    ]
    text = page(rows, SHORT, 0.1)
    assert "**1 of 2 requirements were met**" in text
    assert "| filled | 1 | 0 | 2 | NO |" in text
    assert "not measured: no strace" in text
    assert f"{SHORT.cycles} cycles" in text


def test_every_measure_is_explained() -> None:
    assert set(MEASURES) == set(TITLES) == set(EXPLAINED)
