"""Ranges of sequence numbers against plain sets of numbers."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_messages import report
from sqlalchemy import Connection, select
from typer.testing import CliRunner

from app.cli.main import app
from app.receipts import Dropped, Held
from app.store import Store, open_store
from app.store.connection import make_engine, writing
from app.store.gaps import boot_gaps, subtract
from app.store.log_schema import seq_ranges
from app.store.ranges import LAST, add_ranges, runs_of
from app.store.upgrade import upgrade

NUMBERS = st.sets(st.integers(0, 40), max_size=25)


def lost(*ranges: tuple[int, int], seq: int = 1, kind: Held = "report") -> Dropped:
    return Dropped(motor_id="pump-1", boot_id="boot-1", seq=seq, lost=kind, ranges=ranges)


def stored(connection: Connection) -> list[tuple[int, int]]:
    query = select(seq_ranges.c.first_seq, seq_ranges.c.last_seq).order_by(seq_ranges.c.first_seq)
    return [(first, last) for first, last in connection.execute(query)]


def islands(numbers: set[int]) -> list[tuple[int, int]]:
    starts = [n for n in sorted(numbers) if n - 1 not in numbers]
    ends = [n for n in sorted(numbers) if n + 1 not in numbers]
    return list(zip(starts, ends, strict=True))


@settings(deadline=None, max_examples=150)
@given(batches=st.lists(NUMBERS, max_size=6))
def test_ranges_are_the_union_of_all_batches(
    tmp_path_factory: pytest.TempPathFactory, batches: list[set[int]]
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path_factory.getbasetemp()}/ranges.db")
    upgrade(engine)
    known: set[int] = set()
    with writing(engine) as connection:
        connection.execute(seq_ranges.delete())
        for batch in batches:
            add_ranges(connection, "stored", runs_of(("m", "b", n) for n in batch))
            known |= batch
            assert stored(connection) == islands(known)
    engine.dispose()


@settings(deadline=None, max_examples=300)
@given(whole=NUMBERS, taken=NUMBERS)
def test_subtract_is_the_difference_of_sets(whole: set[int], taken: set[int]) -> None:
    assert subtract(islands(whole), islands(taken)) == islands(whole - taken)


def test_backfill_closes_gaps_and_boots_do_not_mix(store: Store) -> None:
    store.add([report(seq) for seq in (0, 1, 5, 6, 9)] + [report(3, boot_id="boot-2")])
    first, second = boot_gaps(store)
    assert (first.stored, first.last_seq, first.unexplained) == (5, 9, ((2, 4), (7, 8)))
    assert (second.boot_id, second.unexplained, second.missing) == ("boot-2", ((0, 2),), 3)
    store.add([report(seq) for seq in (8, 3)])
    assert boot_gaps(store)[0].unexplained == ((2, 2), (4, 4), (7, 7))
    store.add([report(seq) for seq in (2, 4, 7)])
    assert boot_gaps(store)[0].unexplained == ()
    assert boot_gaps(store, "nobody") == []


def test_declared_losses_stand_apart_and_what_comes_after_all_is_not_lost(store: Store) -> None:
    store.add([report(seq) for seq in (0, 9)])
    said = [
        lost((2, 3), (5, 5), seq=1),
        lost((4, 4), (12, 14), seq=2),
        lost((1, 1), kind="diagnosis"),
    ]
    assert store.add(said) == 3
    assert store.add(said) == 0
    (boot,) = boot_gaps(store)
    assert (boot.declared, boot.unexplained) == (((2, 5), (12, 14)), ((1, 1), (6, 8), (10, 11)))
    assert (boot.last_seq, boot.missing) == (14, 13)
    store.add([report(4)])
    assert boot_gaps(store)[0].declared == ((2, 3), (5, 5), (12, 14))


def test_the_highest_numbers_fit(store: Store) -> None:
    store.add([report(seq, t0_ns=0, t1_ns=1) for seq in (LAST, LAST - 1)])
    store.add([lost((0, LAST))])
    (boot,) = boot_gaps(store)
    assert (boot.stored, boot.declared, boot.unexplained) == (2, ((0, LAST - 2),), ())


def test_the_table_stays_small_however_long_a_boot_runs(store: Store) -> None:
    for start in range(0, 3000, 100):
        store.add([report(seq, values=()) for seq in range(start, start + 100)])
    with store.engine.connect() as connection:
        assert stored(connection) == [(0, 2999)]


def test_the_command_shows_gaps(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with open_store(url) as store:
        store.add([report(seq) for seq in (0, 2, 7)])
        store.add([lost((3, 6))])
    shown = CliRunner().invoke(app, ["events", "gaps", "--store", url, "--json"])
    line = json.loads(shown.stdout)
    assert (line["declared"], line["unexplained"]) == ([[3, 6]], [[1, 1]])
    cells = CliRunner().invoke(app, ["events", "gaps", "--store", url]).stdout.splitlines()[-2]
    assert [part.strip() for part in cells.split("│")[1:7]] == [
        "pump-1",
        "boot-1",
        "3",
        "4",
        "1",
        "1",
    ]
