"""Which reports of a boot are missing, and which of those the sender itself declared lost.

A boot counts its reports from 0. A gap closes when its reports come after all: what is stored is
never missing, whatever was declared.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec
from sqlalchemy import select

from app.receipts import SeqRange
from app.store.connection import reading
from app.store.log_schema import seq_ranges
from app.store.store import Store


class BootGaps(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the reports of one boot of one motor's device.

    Attributes
    ----------
    motor_id, boot_id
        Whose.
    stored
        How many reports came, those since deleted by retention too.
    last_seq
        The highest number that came or was declared lost.
    declared
        Ranges that did not come and that the sender says it dropped.
    unexplained
        Ranges that did not come and of which nothing is known.
    """

    motor_id: str
    boot_id: str
    stored: int
    last_seq: int
    declared: tuple[SeqRange, ...]
    unexplained: tuple[SeqRange, ...]

    @property
    def missing(self) -> int:
        """How many reports did not come."""
        return count(self.declared) + count(self.unexplained)


def boot_gaps(store: Store, motor_id: str | None = None) -> list[BootGaps]:
    """Return what is known of each boot, of one motor or of all.

    Raises
    ------
    StoreError
        The database refuses.
    """
    query = select(seq_ranges)
    if motor_id is not None:
        query = query.where(seq_ranges.c.motor_id == motor_id)
    keys = [seq_ranges.c[name] for name in ("motor_id", "boot_id", "first_seq")]
    with reading(store.engine) as connection:
        rows = connection.execute(query.order_by(*keys)).all()
    found = []
    for (motor, boot), group in groupby(rows, itemgetter(0, 1)):
        ranges: dict[str, list[SeqRange]] = {"stored": [], "declared": []}
        for row in group:
            ranges[row.kind].append((row.first_seq, row.last_seq))
        found.append(_boot(motor, boot, ranges["stored"], ranges["declared"]))
    return found


def _boot(
    motor_id: str, boot_id: str, stored: Sequence[SeqRange], declared: Sequence[SeqRange]
) -> BootGaps:
    last = max(end for _, end in [*stored, *declared])
    missing = subtract([(0, last)], stored)
    unexplained = subtract(missing, declared)
    return BootGaps(
        motor_id=motor_id,
        boot_id=boot_id,
        stored=count(stored),
        last_seq=last,
        declared=tuple(subtract(missing, unexplained)),
        unexplained=tuple(unexplained),
    )


def subtract(ranges: Iterable[SeqRange], taken: Sequence[SeqRange]) -> list[SeqRange]:
    """Return what of ascending, disjoint ranges is in none of other such ranges."""
    left: list[SeqRange] = []
    at = 0
    for start, last in ranges:
        first = start
        while at < len(taken) and taken[at][1] < first:
            at += 1
        inside = at
        while inside < len(taken) and taken[inside][0] <= last:
            if taken[inside][0] > first:
                left.append((first, taken[inside][0] - 1))
            first = taken[inside][1] + 1
            inside += 1
        if first <= last:
            left.append((first, last))
    return left


def count(ranges: Iterable[SeqRange]) -> int:
    """Return how many numbers ranges hold."""
    return sum(last - first + 1 for first, last in ranges)
