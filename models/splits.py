"""Splits of a data set that keep a physical unit on one side only.

Rows are windows or recordings; `units` names the physical bearing or machine of each row. Every
split is checked by `check_disjoint`; the random one cannot pass it and labels itself leaking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sensors.errors import BadConfig

SplitKind = Literal["bearing", "load", "machine", "random"]
IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Split:
    """One division into training and test rows.

    Attributes
    ----------
    kind : str
        ``bearing``, ``load``, ``machine`` or ``random``.
    name : str
        What is held out, for tables.
    train, test : int arrays
        Row numbers.
    leaking : bool
        True where a unit may stand on both sides: a warning, never a result.
    """

    kind: SplitKind
    name: str
    train: IndexArray
    test: IndexArray
    leaking: bool = False


def check_disjoint(split: Split, units: Sequence[str]) -> Split:
    """Return `split` if no unit is on both of its sides.

    Raises
    ------
    BadConfig
        A unit is in training and in test.
    """
    named = np.asarray(units, dtype=object)
    shared = set(named[split.train]) & set(named[split.test])
    if shared and not split.leaking:
        raise BadConfig(
            f"split {split.kind} {split.name!r}: unit {min(map(str, shared))!r} is in training and "
            "in test; give every physical bearing or machine its own unit_id, or split by bearing"
        )
    return split


def leave_one_out(units: Sequence[str], *, kind: SplitKind = "bearing") -> Iterator[Split]:
    """Yield one split a unit: that unit is the test, all others the training.

    Raises
    ------
    BadConfig
        There are fewer than two units.
    """
    yield from _leave_key_out(units, units, kind)


def split_by_machine(units: Sequence[str], machines: Sequence[str]) -> Iterator[Split]:
    """Yield one split a machine, rig or group: train on the others, test on it."""
    yield from _leave_key_out(units, machines, "machine")


def split_by_load(units: Sequence[str], loads: Sequence[str]) -> Iterator[Split]:
    """Yield one split a unit and load: test that pair, train on other units at other loads.

    Holding out the load alone would leave the same bearing on both sides.
    """
    load, unit = np.asarray(loads, dtype=object), np.asarray(units, dtype=object)
    _need_two(load, "load")
    _need_two(unit, "unit")
    for held_load in _distinct(load):
        for held_unit in _distinct(unit[load == held_load]):
            train = np.flatnonzero((load != held_load) & (unit != held_unit))
            test = np.flatnonzero((load == held_load) & (unit == held_unit))
            name = f"{held_unit} at {held_load}"
            yield check_disjoint(Split("load", name, train, test), units)


def split_at_random(rows: int, *, folds: int, seed: int) -> Iterator[Split]:
    """Yield `folds` splits of shuffled rows, labelled leaking: they flatter, and show how much."""
    if not 2 <= folds <= rows:
        raise BadConfig(f"random split: {rows} rows cannot make {folds} folds; use 2 to {rows}")
    order = np.random.default_rng(seed).permutation(rows)
    for number, test in enumerate(np.array_split(order, folds)):
        train = np.setdiff1d(order, test)
        yield Split("random", f"fold {number + 1}", train, np.sort(test), leaking=True)


def _leave_key_out(units: Sequence[str], keys: Sequence[str], kind: SplitKind) -> Iterator[Split]:
    key = np.asarray(keys, dtype=object)
    _need_two(key, kind)
    for held in _distinct(key):
        test = key == held
        split = Split(kind, str(held), np.flatnonzero(~test), np.flatnonzero(test))
        yield check_disjoint(split, units)


def _distinct(values: npt.NDArray[np.object_]) -> list[str]:
    return sorted({str(value) for value in values})


def _need_two(values: npt.NDArray[np.object_], what: str) -> None:
    if len(_distinct(values)) < 2:
        raise BadConfig(f"split by {what}: needs at least two, got {_distinct(values)}")
