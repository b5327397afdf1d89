"""What each sense is worth to stage 2 on real bearings, and each part of the sense they have."""

from collections.abc import Sequence

import numpy as np

from app.backbone.examples import Examples
from app.backbone.head_rows import Embed, HeadRows, hidden, rows_of
from app.results.result import Cell, ResultTable
from app.results.stage2_scores import score
from models.stage2.head import Head
from models.stage2.needs import lane_rows
from models.stage2.release import HEALTHY
from models.stage2.spectra import FAULT_LANES, SHAFT_LANES, SOUND_LANES, SUPPLY_LANES

SENSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("vibration", SHAFT_LANES + FAULT_LANES),
    ("sound", SOUND_LANES),
    ("current", SUPPLY_LANES),
)
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("without the lanes in shaft orders", SHAFT_LANES),
    ("without the lanes of the bearing's lines", FAULT_LANES),
)


def senses_of(examples: Examples) -> dict[str, tuple[str, ...]]:
    """Return which senses the windows of each rig have."""
    found: dict[str, tuple[str, ...]] = {}
    for rig in dict.fromkeys(examples.rigs.tolist()):
        masked = examples.lanes_masked[examples.rigs == rig]
        found[rig] = tuple(name for name, lanes in SENSES if not masked[:, lane_rows(lanes)].all())
    return found


def ablation_table(
    examples: Examples, embed: Embed, head: Head, truth: dict[str, str], classes: tuple[str, ...]
) -> ResultTable:
    """Take away one sense after the other, where there are several, and parts where there is one.

    Parameters
    ----------
    examples : Examples
        Real windows.
    embed, head
        Of the shipped release.
    truth : dict of str to str
        Label of every bearing: what is no longer judged counts as not named.
    classes : tuple of str
        Of the truth.
    """
    there = {sense for senses in senses_of(examples).values() for sense in senses}
    cases: list[tuple[str, tuple[str, ...]]] = [("as recorded", ())]
    if len(there) > 1:
        cases += [(f"without {name}", lanes) for name, lanes in SENSES if name in there]
    cases += PARTS
    rows = [_row(name, _without(examples, lanes), embed, head, truth, classes)
            for name, lanes in cases]  # fmt: skip
    bare = rows_of(examples, embed)
    blank = HeadRows(bare.embeddings, np.full_like(bare.physics, np.nan), bare.lanes_masked,
                     bare.labels, bare.units, bare.rigs)  # fmt: skip
    rows.append(_scored("without physics features", blank, head, truth, classes))
    return ResultTable(
        title="What each sense and each part of it is worth to the shipped head",
        columns=("what is seen", "bearings judged", "right", "wrong", "of these healthy"),
        rows=tuple(rows),
    )


def _without(examples: Examples, lanes: Sequence[str]) -> Examples:
    gone = examples.lanes_masked.copy()
    if lanes:
        gone[:, lane_rows(lanes)] = True
    return hidden(examples, gone)


def _row(
    name: str,
    examples: Examples,
    embed: Embed,
    head: Head,
    truth: dict[str, str],
    classes: tuple[str, ...],
) -> tuple[Cell, ...]:
    seen = examples.take(np.flatnonzero(~examples.lanes_masked.all(axis=1)))
    if not len(seen.units):
        return (name, 0, 0, 0, 0)
    return _scored(name, rows_of(seen, embed), head, truth, classes)


def _scored(
    name: str, rows: HeadRows, head: Head, truth: dict[str, str], classes: tuple[str, ...]
) -> tuple[Cell, ...]:
    """Count bearings; one whose fault nothing can tell any more is judged by nobody."""
    if not rows.labels:
        return (name, 0, 0, 0, 0)
    columns = [head.classes.index(one) for one in classes if one in head.classes]
    known = tuple(head.classes[k] for k in columns)
    chances = rows.probabilities(head)[:, columns]
    got = score(name, "nothing learnt", chances, rows, known)
    right = sum(truth[unit] == said for unit, said in got.named.items())
    wrong = [unit for unit, said in got.named.items() if said not in (truth[unit], HEALTHY)]
    return (name, got.units, right, len(wrong), sum(truth[unit] == HEALTHY for unit in wrong))
