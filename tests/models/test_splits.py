import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.splits import (
    Split,
    check_disjoint,
    leave_one_out,
    split_at_random,
    split_by_load,
    split_by_machine,
)
from sensors.errors import BadConfig

UNITS = ["a", "a", "b", "b", "c", "c"]


@given(units=st.lists(st.sampled_from("abcdef"), min_size=2, max_size=40))
@settings(max_examples=40, deadline=None)
def test_leaving_one_out_uses_every_row_once_and_mixes_no_unit(units):
    if len(set(units)) < 2:
        with pytest.raises(BadConfig):
            list(leave_one_out(units))
        return
    named = np.array(units)
    tested = []
    for split in leave_one_out(units):
        assert not set(named[split.train]) & set(named[split.test])
        assert split.train.size + split.test.size == len(units)
        tested.extend(split.test.tolist())
    assert sorted(tested) == list(range(len(units)))


def test_guard_raises_when_a_unit_is_on_both_sides():
    split = Split("bearing", "x", np.array([0, 2]), np.array([1, 3]))
    with pytest.raises(BadConfig, match="'a'"):
        check_disjoint(split, UNITS)


def test_one_bearing_in_two_machines_is_refused():
    with pytest.raises(BadConfig, match="machine"):
        list(split_by_machine(UNITS, ["r1", "r2", "r1", "r1", "r2", "r2"]))


def test_machine_split_holds_out_each_rig():
    splits = list(split_by_machine(UNITS, ["r1", "r1", "r1", "r1", "r2", "r2"]))
    assert [split.name for split in splits] == ["r1", "r2"]
    assert splits[1].test.tolist() == [4, 5]


def test_load_split_separates_bearing_and_load():
    loads = ["0", "1"] * 3
    for split in split_by_load(UNITS, loads):
        assert not {UNITS[i] for i in split.train} & {UNITS[i] for i in split.test}
        assert not {loads[i] for i in split.train} & {loads[i] for i in split.test}
    assert len(list(split_by_load(UNITS, loads))) == 6


def test_load_split_needs_two_loads():
    with pytest.raises(BadConfig, match="load"):
        list(split_by_load(UNITS, ["0"] * 6))


def test_random_split_labels_itself_leaking_and_is_seeded():
    splits = list(split_at_random(20, folds=4, seed=1))
    assert all(split.leaking for split in splits)
    assert sorted(np.concatenate([s.test for s in splits]).tolist()) == list(range(20))
    again = list(split_at_random(20, folds=4, seed=1))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(splits, again, strict=True))
    assert check_disjoint(splits[0], ["same"] * 20) is splits[0]
    with pytest.raises(BadConfig):
        list(split_at_random(3, folds=4, seed=1))
