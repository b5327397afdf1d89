"""Stage 2 beside its rivals: nobody learns from what it is tested on, and scores are counts."""

import numpy as np
import pytest
from stage2_head import CLASSES, made_head

from app.backbone.head_rows import HeadRows
from app.results import stage2 as page
from app.results.stage2_rivals import RETRAINED, SHIPPED, Rival, even_weights, predictions, rivals
from app.results.stage2_scores import RULES, Scored, score
from app.results.stage2_stage1 import Stage1Said, stage1_table
from models.stage2.spectra import LANES
from sensors.errors import BadConfig

RACE, BAR, SOUND = CLASSES


def rows_of(labels: list[str], units: list[str], rigs: list[str], seed: int = 0) -> HeadRows:
    """Rows whose first inputs tell the class."""
    random, n = np.random.default_rng(seed), len(labels)
    embeddings = random.normal(0.0, 0.5, (n, 4)).astype(np.float32)
    embeddings[:, 0] += [8.0 if label == RACE else 0.0 for label in labels]
    embeddings[:, 1] += [4.0 if label == BAR else 0.0 for label in labels]
    physics = random.normal(size=(n, 2)).astype(np.float32)
    physics[::3, 0] = np.nan
    masked = np.zeros((n, len(LANES)), dtype=bool)
    return HeadRows(embeddings, physics, masked, tuple(labels), tuple(units), tuple(rigs))


@pytest.fixture(scope="module")
def rows() -> HeadRows:
    labels, units, rigs = [], [], []
    for rig in ("A", "B", "C"):
        for label in CLASSES:
            for _ in range(5):
                labels.append(label)
                units.append(f"{rig}: {label}")
                rigs.append(rig)
    return rows_of(labels, units, rigs)


@pytest.mark.parametrize("key", ["units", "rigs"])
def test_no_rival_sees_what_it_is_tested_on(key: str, rows: HeadRows) -> None:
    keys = getattr(rows, key)
    judged: list[set[str]] = []

    def spy(train: HeadRows, test: HeadRows, classes: tuple[str, ...]) -> np.ndarray:
        learnt, asked = set(getattr(train, key)), set(getattr(test, key))
        assert len(asked) == 1 and not learnt & asked
        assert learnt | asked == set(keys)
        assert not set(train.units) & set(test.units)
        assert len(train.labels) + len(test.labels) == len(rows.labels)
        judged.append(asked)
        # Which row an answer belongs to.
        return np.repeat(test.embeddings[:, :1].astype(float), len(classes), axis=1)

    chances = predictions(Rival("spy", spy), rows, keys, CLASSES)
    assert sorted(next(iter(one)) for one in judged) == sorted(set(keys))
    np.testing.assert_allclose(chances[:, 0], rows.embeddings[:, 0], rtol=1e-6)


def test_all_rivals_name_what_is_easy_and_give_probabilities(rows: HeadRows) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    contestants = rivals(made_head(4, 2))
    assert len(contestants) == 5 and len({one.name for one in contestants}) == 5
    for one in contestants:
        chances = predictions(one, rows, rows.rigs, CLASSES)
        np.testing.assert_allclose(chances.sum(axis=1), 1.0)
        named = np.array(CLASSES)[chances.argmax(axis=1)]
        right = named == np.array(rows.labels)
        if not one.name.startswith("head as shipped"):
            assert right.mean() > 0.95, one.name
        else:  # made by hand, it knows nothing of bars
            assert right[np.array(rows.labels) != BAR].mean() > 0.95


def test_the_shipped_head_learns_nothing_from_the_others(rows: HeadRows) -> None:
    shipped = rivals(made_head(4, 2))[0]
    by_unit = predictions(shipped, rows, rows.units, CLASSES)
    by_rig = predictions(shipped, rows, rows.rigs, CLASSES)
    np.testing.assert_array_equal(by_unit, by_rig)


def test_a_single_rig_cannot_be_left_out(rows: HeadRows) -> None:
    one = rows.take(np.flatnonzero(np.array(rows.rigs) == "A"))
    with pytest.raises(BadConfig, match="at least two"):
        predictions(rivals(made_head(4, 2))[0], one, one.rigs, CLASSES)


def test_where_one_class_is_left_nobody_judges_and_the_page_says_so(rows: HeadRows) -> None:
    one_faulty = [k for k, unit in enumerate(rows.units) if unit in (f"A: {RACE}", f"B: {SOUND}")]
    few = rows.take(np.array(one_faulty))
    classes = (RACE, SOUND)
    found = [*page._scores(few, classes, made_head(4, 2)), scored(RULES, 2, 0)]
    shipped, retrained = (
        next(one for one in found if one.model == name) for name in (SHIPPED, RETRAINED)
    )
    assert (shipped.units, shipped.right) == (2, 2)
    assert (retrained.units, retrained.right, retrained.named) == (2, 0, {})
    assert retrained.auroc is retrained.macro_f1 is retrained.calibration is None
    said = page._unjudged(found, 2)
    assert any(RETRAINED in line and "single class" in line for line in said)
    assert not any(SHIPPED in line for line in said)
    assert "2 of 2 bearings" in page._outcome(found) and page._verdict(found)


def test_one_rig_and_one_bearing_are_said_and_no_error(rows: HeadRows) -> None:
    rig = rows.take(np.flatnonzero(np.array(rows.rigs) == "A"))
    found = [*page._scores(rig, CLASSES, made_head(4, 2)), scored(RULES, 1, 0)]
    assert {one.kept_apart for one in found[:-1]} == {"bearing"}
    assert any("one rig" in line for line in page._unjudged(found, 3))
    assert "of 3 bearings" in page._outcome(found)
    alone = rig.take(np.arange(5))
    found = [*page._scores(alone, CLASSES[:1], made_head(4, 2)), scored(RULES, 1, 0)]
    assert len(found) == 1 and "single bearing" in page._verdict(found) + page._outcome(found)


def test_stage_1_alone_is_counted_by_windows_and_units(rows: HeadRows) -> None:
    scores = np.array([0.0, 1.0, 2.0, 3.0, 9.0, 9.0, 1.5, 1.5])
    units = np.array(["h"] * 4 + ["a"] * 2 + ["b"] * 2)
    said = Stage1Said("A", scores, units != "h", units)
    assert said.auroc == pytest.approx((8 + 4) / 16) and said.told == (1, 2)
    table = stage1_table([said], ["none"], rows, np.full(len(rows.labels), 0.5))
    first, second = table.rows
    assert first == ("A", 2, 8, 0.75, "1 of 2", 0.5)
    assert second[:4] == ("none", None, None, None)


def test_every_bearing_weighs_the_same() -> None:
    rows = rows_of([RACE] * 5, ["a", "a", "a", "a", "b"], ["r"] * 5)
    weights = even_weights(rows)
    assert weights[:4].sum() == pytest.approx(weights[4]) and weights.mean() == pytest.approx(1.0)


def test_scores_are_counted_by_bearing() -> None:
    labels = [RACE] * 3 + [SOUND] * 3 + [BAR] * 3 + [SOUND] * 1
    units = ["a"] * 3 + ["b"] * 3 + ["c"] * 3 + ["d"]
    named = [RACE, RACE, SOUND, SOUND, BAR, BAR, SOUND, SOUND, RACE, SOUND]
    chances = np.full((10, 3), 0.05)
    chances[np.arange(10), [CLASSES.index(one) for one in named]] = 0.9
    got = score("head x", "rig", chances, rows_of(labels, units, ["r"] * 10), CLASSES)
    assert got.named == {"a": RACE, "b": BAR, "c": SOUND, "d": SOUND}
    # b is healthy and was named faulty; c is faulty and was missed, which is no wrong name.
    assert (got.units, got.right, got.wrong, got.false) == (4, 2, 1, 1)
    assert got.calibration == pytest.approx(abs(0.9 - 0.4))
    assert got.ours


def scored(model: str, right: int, wrong: int) -> Scored:
    return Scored(model, "rig", 0.5, 0.5, 0.1, 10, right, wrong, 0, {})


@pytest.mark.parametrize(
    ("head", "forest", "rules", "wins"),
    [
        ((9, 0), (8, 0), (7, 0), True),
        ((9, 0), (8, 0), (9, 0), False),
        ((9, 0), (9, 0), (7, 0), False),
        ((9, 4), (4, 0), (6, 0), False),
    ],
    ids=["beats all", "ties the rules", "ties a rival", "right and wrong"],
)
def test_the_page_says_whether_stage_2_beats_what_is_simpler(
    head: tuple[int, int], forest: tuple[int, int], rules: tuple[int, int], wins: bool
) -> None:
    all_of_them = [
        scored(SHIPPED, *head),
        scored(RETRAINED, 10, 0),
        scored("scikit-learn random forest", *forest),
        scored(RULES, *rules),
    ]
    said = page._verdict(all_of_them)
    assert said.startswith("Stage 2 as shipped beats") is wins
    assert wins or "the rules stay the verdict" in said
