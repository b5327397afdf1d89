"""The record of operators' acts: every change to it is noticed."""

import hashlib
import json
import threading
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli.main import app
from app.store import Store, open_store
from app.store.audit_log import FIRST, record_act, stored_acts, verify_acts
from app.store.connection import writing


def fill(store: Store, count: int = 5) -> None:
    for i in range(count):
        record_act(store, "anna", "acknowledge", f"alarm {i}", "seen 'it'\n", 1000 + i)


def test_acts_are_chained_and_listed(store: Store) -> None:
    assert verify_acts(store).head == FIRST
    fill(store)
    acts = list(stored_acts(store))
    assert [act.act_id for act in acts] == [1, 2, 3, 4, 5]
    assert [act.previous for act in acts] == [FIRST, *[act.digest for act in acts[:-1]]]
    assert (acts[2].operator, acts[2].subject, acts[2].at_ns) == ("anna", "alarm 2", 1002)
    found = verify_acts(store)
    assert (found.count, found.head, found.broken_at) == (5, acts[-1].digest, None)
    assert [act.act_id for act in stored_acts(store, 3)] == [4, 5]


@pytest.mark.parametrize(
    ("change", "broken_at"),
    [
        ("UPDATE acts SET operator = 'bert' WHERE act_id = 3", 3),
        ("UPDATE acts SET at_ns = at_ns + 1 WHERE act_id = 1", 1),
        ("UPDATE acts SET detail = '' WHERE act_id = 5", 5),
        ("UPDATE acts SET digest = previous WHERE act_id = 2", 2),
        ("DELETE FROM acts WHERE act_id = 1", 1),
        ("DELETE FROM acts WHERE act_id = 3", 3),
        ("UPDATE acts SET act_id = 9 WHERE act_id = 5", 5),
    ],
)
def test_every_change_is_found(store: Store, change: str, broken_at: int) -> None:
    fill(store)
    with writing(store.engine) as connection:
        connection.execute(text(change))
    assert verify_acts(store).broken_at == broken_at
    assert verify_acts(store).count == broken_at - 1


def test_a_forged_act_with_a_digest_of_its_own_breaks_the_next(store: Store) -> None:
    fill(store)
    real = list(stored_acts(store))[1]
    said = [real.act_id, real.at_ns, "bert", real.act, real.subject, real.detail, real.previous]
    digest = hashlib.sha256(msgspec.json.encode(said)).hexdigest()
    with writing(store.engine) as connection:
        change = text("UPDATE acts SET operator = 'bert', digest = :digest WHERE act_id = 2")
        connection.execute(change, {"digest": digest})
    assert verify_acts(store).broken_at == 3


def test_writers_side_by_side_make_one_chain(store: Store, url: str) -> None:
    def act(name: str) -> None:
        with open_store(url) as own:
            for i in range(10):
                record_act(own, name, "shelve", str(i), "", i)

    actors = [threading.Thread(target=act, args=[f"operator-{i}"]) for i in range(3)]
    for each in actors:
        each.start()
    for each in actors:
        each.join()
    assert (verify_acts(store).count, verify_acts(store).broken_at) == (30, None)


def test_the_command_lists_and_verifies(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with open_store(url) as store:
        fill(store)
    run = CliRunner().invoke
    listed = run(app, ["audit", "list", "--store", url, "--json"]).stdout.splitlines()
    digests = [json.loads(line)["digest"] for line in listed]
    assert "anna acknowledge alarm 4" in run(app, ["audit", "list", "--store", url]).stdout
    verify = ["audit", "verify", "--store", url]
    assert digests[-1] in run(app, verify).stdout
    assert run(app, [*verify, "--noted", digests[-1]]).exit_code == 0
    with open_store(url) as store, writing(store.engine) as connection:
        connection.execute(text("DELETE FROM acts WHERE act_id = 5"))
    assert run(app, verify).exit_code == 0, "a shorter chain holds"
    assert "acts were removed" in str(run(app, [*verify, "--noted", digests[-1]]).exception)
    with open_store(url) as store, writing(store.engine) as connection:
        connection.execute(text("UPDATE acts SET act = 'clear' WHERE act_id = 2"))
    assert "broken at number 2" in str(run(app, verify).exception)
