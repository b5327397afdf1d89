"""Which sequence numbers are stored or declared lost: disjoint ranges, kept up with every commit.

A table of ranges instead of a query over the reports: it stays small however long a motor runs,
and still knows what retention has deleted. Each statement takes a whole batch.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Literal

from sqlalchemy import Connection, text

from app.receipts import SeqRange
from app.store.rows import Row

RangeKind = Literal["stored", "declared"]
Numbered = tuple[str, str, int]
"""motor_id, boot_id, seq."""

LAST = 2**63 - 1
"""No column holds more."""

_OWN = "motor_id = :motor_id AND boot_id = :boot_id AND kind = :kind"
# The range that begins at or before the new one; only it can contain or touch it from below.
_BEFORE = f"(SELECT MAX(b.first_seq) FROM seq_ranges b WHERE {_OWN} AND b.first_seq <= :first_seq)"
_EXTEND = text(
    f"UPDATE seq_ranges SET last_seq = :last_seq WHERE {_OWN} AND first_seq = {_BEFORE} "
    "AND last_seq >= :before_seq AND last_seq < :last_seq"
)
_INSERT = text(
    "INSERT INTO seq_ranges (motor_id, boot_id, kind, first_seq, last_seq) "
    "SELECT CAST(:motor_id AS VARCHAR(120)), CAST(:boot_id AS VARCHAR(128)), "
    "CAST(:kind AS VARCHAR(16)), CAST(:first_seq AS BIGINT), CAST(:last_seq AS BIGINT) "
    f"WHERE NOT EXISTS (SELECT 1 FROM seq_ranges WHERE {_OWN} AND first_seq = {_BEFORE} "
    "AND last_seq >= :last_seq)"
)
_ABSORB = text(
    "UPDATE seq_ranges SET last_seq = (SELECT MAX(n.last_seq) FROM seq_ranges n WHERE "
    "n.motor_id = :motor_id AND n.boot_id = :boot_id AND n.kind = :kind "
    "AND n.first_seq >= seq_ranges.first_seq AND n.first_seq <= :next_seq) "
    f"WHERE {_OWN} AND first_seq = {_BEFORE} AND EXISTS (SELECT 1 FROM seq_ranges n WHERE "
    "n.motor_id = :motor_id AND n.boot_id = :boot_id AND n.kind = :kind "
    "AND n.first_seq > :first_seq AND n.first_seq <= :next_seq)"
)
_DROP_ABSORBED = text(
    f"DELETE FROM seq_ranges WHERE {_OWN} AND first_seq > :first_seq AND first_seq <= :next_seq"
)


def runs_of(numbered: Iterable[Numbered]) -> list[tuple[str, str, SeqRange]]:
    """Return the runs of consecutive numbers of each motor and boot."""
    runs: list[tuple[str, str, SeqRange]] = []
    for (motor_id, boot_id), group in groupby(sorted(numbered), itemgetter(0, 1)):
        numbers = [seq for _, _, seq in group]
        breaks = [i for i in range(1, len(numbers)) if numbers[i] > numbers[i - 1] + 1]
        starts, ends = [0, *breaks], [*breaks, len(numbers)]
        runs += [
            (motor_id, boot_id, (numbers[start], numbers[end - 1]))
            for start, end in zip(starts, ends, strict=True)
        ]
    return runs


def add_ranges(
    connection: Connection, kind: RangeKind, runs: Sequence[tuple[str, str, SeqRange]]
) -> None:
    """Add ranges that do not overlap each other to those that are known, whatever these hold."""
    if not runs:
        return
    # From the highest down: a range that two new ones join takes the upper one in first.
    rows = [_row(kind, *run) for run in sorted(runs, reverse=True)]
    for statement in (_EXTEND, _INSERT, _ABSORB, _DROP_ABSORBED):
        connection.execute(statement, rows)


def _row(kind: RangeKind, motor_id: str, boot_id: str, numbers: SeqRange) -> Row:
    first, last = numbers
    return {
        "motor_id": motor_id,
        "boot_id": boot_id,
        "kind": kind,
        "first_seq": first,
        "last_seq": last,
        "before_seq": first - 1,
        "next_seq": min(last + 1, LAST),
    }
