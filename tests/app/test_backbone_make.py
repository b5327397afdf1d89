"""From examples to a release: splits, rows of the head, figures, files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stage2_head import made_head

from app.backbone.drawn import PREFIX, drawn_case
from app.backbone.examples import (
    CONDITIONS,
    Examples,
    digest_of,
    load_examples,
    save_examples,
    stacked,
)
from app.backbone.head_rows import (
    EVIDENT,
    HeadRows,
    drawn_rows,
    evident,
    joined,
    rows_of,
    without_senses,
)
from app.backbone.measure import calibration_error, macro_f1, measured
from models.stage2.needs import lane_rows
from models.stage2.net import ConvLayer, ConvNet
from models.stage2.physics import NAMES
from models.stage2.spectra import FAULT_LANES, LANES, SUPPLY_LANES, SpectraSpec
from sensors.errors import BadConfig

BINS = SpectraSpec().bins


def examples_of(numbers: range, seed: int = 0) -> Examples:
    """Return examples with the truth of drawn cases and spectra of pure chance."""
    random, n = np.random.default_rng(seed), len(numbers)
    truth = np.zeros((n, len(CONDITIONS)), dtype=bool)
    for row, number in zip(truth, numbers, strict=True):
        for condition in drawn_case(number).truth:
            row[CONDITIONS.index(condition.value)] = True
    names = np.array([f"{PREFIX}{number}" for number in numbers])
    return Examples(
        SpectraSpec().spec_id,
        random.random((n, len(LANES), BINS)).astype(np.float16),
        np.zeros((n, len(LANES)), dtype=bool),
        random.standard_normal((n, len(NAMES))).astype(np.float32),
        truth,
        names,
        np.full(n, "simulated"),
        names,
    )


@pytest.fixture(scope="module")
def some() -> Examples:
    return examples_of(range(120))


def first_bins(spectra: np.ndarray) -> np.ndarray:
    """In place of the backbone."""
    return spectra[:, :, 0].astype(np.float32)


# --- split ----------------------------------------------------------------------------------------


def test_no_case_is_on_both_sides_of_the_split(some: Examples) -> None:
    pytest.importorskip("torch", reason="needs the extra backbone")
    from app.backbone.make import TEST_SHARE, split_cases

    taught, tested = split_cases(some)
    assert not set(taught.units) & set(tested.units)
    assert set(taught.units) | set(tested.units) == set(some.units)
    assert len(tested.units) / len(some.units) == pytest.approx(TEST_SHARE, abs=0.03)
    assert split_cases(some)[1].units.tolist() == tested.units.tolist()
    # Rows stay together.
    at = some.units.tolist().index(tested.units[2])
    np.testing.assert_array_equal(tested.spectra[2], some.spectra[at])
    np.testing.assert_array_equal(tested.truth[2], some.truth[at])


def test_a_release_is_made_small_but_whole(tmp_path: Path) -> None:
    """Chance spectra teach nothing; the form is what is looked at."""
    for name in ("torch", "ai_edge_quantizer", "ai_edge_litert"):
        pytest.importorskip(name, reason="needs the extra backbone")
    from app.backbone.make import Plan, make_release
    from models.stage2.release import load_stage2, save_stage2

    told: list[str] = []
    given = examples_of(range(160))
    one, trained = make_release(given, Plan(epochs=1, seed=3), told.append)
    same, _ = make_release(given, Plan(epochs=1, seed=3), lambda line: None)
    assert one.release_id == same.release_id, "the same command gives the same release"
    save_stage2(one, tmp_path / "made.json")
    assert load_stage2(tmp_path / "made.json").release_id == one.release_id
    assert len(trained.losses) == 1 and any("epoch 1 of 1" in line for line in told)
    card = one.card
    assert card.cases == 160 and card.epochs == 1 and card.seed == 3
    assert digest_of(given) in str(card.head_data)
    assert set(card.metrics) >= {"macro_auroc", "macro_f1", "unknown_share", "int8_decision_flips"}
    shorter, longer = (
        len(one.backbone),
        4 * sum(layer.weight.size for layer in trained.net.convolutions)
        + 4 * trained.net.dense_weight.size,
    )
    assert shorter < longer / 2, "int8 is a quarter of float"


def test_every_dimension_of_the_embedding_gets_the_same_range() -> None:
    for name in ("torch", "ai_edge_litert"):
        pytest.importorskip(name, reason="needs the extra backbone")
    from app.backbone.make import evened

    random = np.random.default_rng(4)
    layer = ConvLayer(
        weight=random.normal(size=(3, 5, len(LANES))).astype(np.float32),
        bias=np.zeros(3, np.float32),
        stride=4,
    )
    net = ConvNet(
        lanes=len(LANES),
        bins=BINS,
        convolutions=(layer,),
        dense_weight=random.normal(size=(6, 3 * BINS // 4)).astype(np.float32)
        * np.float32(10.0) ** np.arange(-3, 3)[:, None],
        dense_bias=random.normal(size=6).astype(np.float32),
    )
    spectra = random.random((20, len(LANES), BINS)).astype(np.float32)
    before, after = net.embed(spectra), evened(net, spectra).embed(spectra)
    np.testing.assert_allclose(np.abs(after).max(axis=0), 1.0, rtol=1e-4)
    np.testing.assert_allclose(after * np.abs(before).max(axis=0), before, rtol=1e-3, atol=1e-4)


# --- files ----------------------------------------------------------------------------------------


def test_examples_are_read_as_they_were_written(some: Examples, tmp_path: Path) -> None:
    path = tmp_path / "examples.npz"
    save_examples(some, path)
    again = load_examples(path)
    for name in Examples.__slots__:
        np.testing.assert_array_equal(getattr(again, name), getattr(some, name))
    assert digest_of(again) == digest_of(some)


def test_a_digest_knows_every_part(some: Examples) -> None:
    truth, spectra = some.truth.copy(), some.spectra.copy()
    truth[0, 0] ^= True
    spectra[-1, -1, -1] += np.float16(0.1)
    others = (replace(some, truth=truth), replace(some, spectra=spectra), some.take(np.arange(9)))
    assert len({digest_of(one) for one in (some, *others)}) == 4


@pytest.mark.parametrize("damage", ["missing", "text", "cut", "array", "lacking", "old", "pickle"])
def test_a_file_that_holds_no_examples_is_refused(
    damage: str, some: Examples, tmp_path: Path
) -> None:
    path = tmp_path / "examples.npz"
    if damage != "missing":
        save_examples(some.take(np.arange(3)), path)
    if damage == "text":
        path.write_text("no archive")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-500])
    elif damage == "array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif damage == "lacking":
        np.savez(path, spec_id=some.spec_id)
    elif damage == "old":
        save_examples(replace(some.take(np.arange(3)), spec_id="0" * 16), path)
    elif damage == "pickle":
        fields = {name: getattr(some, name) for name in Examples.__slots__}
        np.savez(path, **fields | {"units": np.array([{}, ()], dtype=object)})
    with pytest.raises(BadConfig, match=r"examples\.npz"):
        load_examples(path)


def test_no_examples_at_all_are_named() -> None:
    with pytest.raises(BadConfig, match="no examples"):
        stacked([], units=[], rigs=[], titles=[])


# --- rows of the head -----------------------------------------------------------------------------


def test_rows_show_one_thing_in_lanes_that_can_carry_it(some: Examples) -> None:
    masked = some.lanes_masked.copy()
    masked[::2, lane_rows(FAULT_LANES)] = True
    rows = rows_of(replace(some, lanes_masked=masked), first_bins)
    truth = {
        f"simulated: {unit}": {CONDITIONS[k] for k in np.flatnonzero(row)}
        for unit, row in zip(some.units, some.truth, strict=True)
    }
    assert 0 < len(rows.labels) < len(some.units)
    for unit, label, gone in zip(rows.units, rows.labels, rows.lanes_masked, strict=True):
        assert truth[unit] == ({label} if label != "healthy" else set())
        if label.startswith("bearing"):
            assert not gone[lane_rows(FAULT_LANES)].all()
    kept = {unit for unit, names in truth.items() if len(names) < 2}
    assert set(rows.units) < kept


def test_a_view_without_any_lane_teaches_nothing(some: Examples) -> None:
    masked = some.lanes_masked.copy()
    healthy = np.flatnonzero(~some.truth.any(axis=1))
    assert healthy.size > 1
    masked[healthy[0]] = True
    rows = rows_of(replace(some, lanes_masked=masked), first_bins)
    names = [f"simulated: {some.units[k]}" for k in healthy]
    assert names[0] not in rows.units and set(names[1:]) <= set(rows.units)


def test_faint_faults_are_no_examples(some: Examples) -> None:
    seen = evident(some)
    for number, clear in enumerate(seen):
        faults = drawn_case(number).scenario.faults
        assert clear == all((fault.severity or 0) >= EVIDENT for fault in faults)
    assert 0.3 < seen.mean() < 0.95


def test_senses_taken_away_take_their_physics_with_them(some: Examples) -> None:
    fewer = without_senses(some, np.random.default_rng(0))
    gone = fewer.lanes_masked
    assert gone.any() and not fewer.spectra[gone].any()
    no_lines = gone[:, lane_rows(FAULT_LANES)].all(axis=1)
    no_power = gone[:, lane_rows(SUPPLY_LANES)].all(axis=1)
    assert no_lines.any() and no_power.any() and not no_lines.all()
    assert np.isnan(fewer.physics[no_lines, NAMES.index("bpfo_over_bar_db")]).all()
    assert np.isfinite(fewer.physics[~no_lines, NAMES.index("bpfo_over_bar_db")]).all()
    assert np.isnan(fewer.physics[no_power, NAMES.index("current_unbalance_db")]).all()
    assert not some.lanes_masked.any() and np.isfinite(some.physics).all(), "nothing is changed"
    np.testing.assert_array_equal(fewer.truth, some.truth)


def test_views_are_of_the_same_machines(some: Examples) -> None:
    rows = drawn_rows(some, first_bins, views=2, seed=1)
    whole = drawn_rows(some, first_bins, views=0, seed=1)
    assert len(whole.labels) < len(rows.labels) <= 3 * len(whole.labels)
    assert set(rows.units) == set(whole.units)
    again = drawn_rows(some, first_bins, views=2, seed=1)
    np.testing.assert_array_equal(rows.embeddings, again.embeddings)


def test_no_rows_are_no_error(some: Examples) -> None:
    from app.stage2 import SHIPPED_STAGE2
    from models.accelerator.tflite_model import parse_model
    from models.stage2.release import load_stage2

    pytest.importorskip("ai_edge_litert", reason="needs the extra stage2")
    from app.backbone.embedder import int8_embedder

    model = parse_model(load_stage2(SHIPPED_STAGE2).backbone)
    none = int8_embedder(model)(np.zeros((0, len(LANES), BINS), dtype=np.float32))
    assert none.shape == (0, model.output.size)


# --- figures --------------------------------------------------------------------------------------


def by_hand(values: list[float], labels: list[str]) -> HeadRows:
    """Rows whose first input decides: over 4 is an outer race."""
    n = len(values)
    embeddings = np.zeros((n, 4), dtype=np.float32)
    embeddings[:, 0] = values
    return HeadRows(
        embeddings,
        np.zeros((n, 2), dtype=np.float32),
        np.zeros((n, len(LANES)), dtype=bool),
        tuple(labels),
        tuple(f"u{k}" for k in range(n)),
        ("rig",) * n,
    )


def test_figures_on_rows_made_by_hand() -> None:
    head = made_head(4, 2, limit=3.0)
    race, sound = "bearing_outer_race", "healthy"
    rows = by_hand([8.0, 8.0, 0.0, 0.0, 8.0, 99.0], [race, race, sound, sound, sound, race])
    floats = by_hand([8.0, 0.0, 0.0, 0.0, 8.0, 99.0], list(rows.labels))
    figures = measured(replace(head, classes=(race, "broken_rotor_bar", sound)), rows, floats)
    assert figures["rows"] == 6
    assert figures["accuracy"] == pytest.approx(5 / 6)
    assert figures["macro_f1"] == pytest.approx((6 / 7 + 4 / 5) / 2)
    assert figures["unknown_share"] == pytest.approx(1 / 6)
    assert figures["int8_decision_flips"] == pytest.approx(1 / 6)
    assert figures["int8_largest_change"] == pytest.approx(1.0, abs=1e-3)
    # All are as good as certain: the error is the share that is wrong.
    assert figures["calibration_error"] == pytest.approx(1 / 6, abs=1e-3)


def test_macro_f1_equals_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn")
    random = np.random.default_rng(1)
    labels, named = (random.choice(["a", "b", "c"], size=200) for _ in range(2))
    assert macro_f1(labels, named) == pytest.approx(
        metrics.f1_score(labels, named, average="macro")
    )
    assert macro_f1(np.array(["a", "a"]), np.array(["a", "z"])) == pytest.approx(2 / 3)


def test_the_calibration_error_by_hand() -> None:
    chances = np.array([[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.35, 0.65]])
    labels = np.array(["x", "y", "x", "y"])
    # Said 0.95, half right; said 0.65, all right.
    error = 0.5 * abs(0.95 - 0.5) + 0.5 * abs(0.65 - 1.0)
    assert calibration_error(chances, labels, ("x", "y")) == pytest.approx(error)
    assert calibration_error(np.eye(2), np.array(["x", "y"]), ("x", "y")) == 0.0


def test_joined_rows_and_taken_rows_keep_their_order() -> None:
    one, two = by_hand([1.0, 2.0], ["healthy", "unbalance"]), by_hand([3.0], ["healthy"])
    both = joined(one, two)
    assert both.embeddings[:, 0].tolist() == [1.0, 2.0, 3.0]
    taken = both.take(np.array([2, 1]))
    assert taken.labels == ("healthy", "unbalance") and taken.embeddings[0, 0] == 3.0
    assert both.inputs().shape == (3, 6)
