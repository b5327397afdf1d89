import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, roc_auc_score

from models.metrics import (
    auroc,
    claim_auroc,
    confusion,
    macro_auroc,
    permute_labels,
    permuted_label_interval,
)
from sensors.errors import BadSamples, OneClass


@given(seed=st.integers(0, 10**6), size=st.integers(4, 80), levels=st.integers(1, 10))
@settings(max_examples=40, deadline=None)
def test_auroc_with_ties_equals_sklearn(seed, size, levels):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, size).astype(float)
    truth = np.arange(size) % 3 == 0
    assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_macro_auroc_equals_sklearn(seed):
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c"]
    labels = np.array(names * 12)
    scores = rng.dirichlet(np.ones(3), 36)
    expected = roc_auc_score(labels, scores, multi_class="ovr", average="macro", labels=names)
    assert macro_auroc(scores, labels, names) == pytest.approx(expected, abs=1e-12)


def test_auroc_refuses_one_class_and_nan():
    with pytest.raises(OneClass):
        auroc([1.0, 2.0], [True, True])
    with pytest.raises(BadSamples):
        auroc([1.0, np.nan], [True, False])


def test_confusion_equals_sklearn_and_knows_its_classes():
    rng = np.random.default_rng(2)
    names = ["a", "b", "c"]
    truth, said = rng.choice(names, 50).tolist(), rng.choice(names, 50).tolist()
    assert np.array_equal(
        confusion(truth, said, names), confusion_matrix(truth, said, labels=names)
    )
    with pytest.raises(BadSamples, match="'z'"):
        confusion(["a"], ["z"], names)


def test_claim_has_an_interval_over_units():
    rng = np.random.default_rng(4)
    units = np.repeat([f"u{k}" for k in range(12)], 30)
    labels = np.repeat(["healthy", "faulty"] * 6, 30)
    unit_level = np.repeat(rng.normal(size=12), 30)
    scores = unit_level + 1.5 * (labels == "faulty") + 0.1 * rng.normal(size=360)
    claim = claim_auroc(scores, labels, units.tolist(), ("healthy", "faulty"), seed=1, repeats=200)
    assert claim.value == pytest.approx(roc_auc_score(labels == "faulty", scores))
    assert claim.interval is not None
    assert claim.interval.covers(claim.value)
    assert claim.interval.high - claim.interval.low > 0.1
    assert claim.units == 12


def test_too_few_units_make_no_claim():
    units, labels = ["a", "b", "c", "d"], np.array(["healthy", "healthy", "faulty", "faulty"])
    claim = claim_auroc([0.0, 0.1, 1.0, 2.0], labels, units, ("healthy", "faulty"), seed=0)
    assert claim.value is None
    assert claim.interval is None
    assert claim.reason is not None


def test_absent_class_makes_no_claim():
    units = [f"u{k}" for k in range(6)]
    labels = np.array(["healthy"] * 6)
    claim = claim_auroc(np.zeros(6), labels, units, ("healthy", "faulty"), seed=0)
    assert claim.reason == "class 'faulty' has 0 units"


def test_permutation_moves_whole_units_and_keeps_counts():
    units = np.repeat([f"u{k}" for k in range(8)], 5).tolist()
    labels = np.repeat(["healthy"] * 4 + ["faulty"] * 4, 5)
    mixed = permute_labels(labels, units, np.random.default_rng(1))
    by_unit = mixed.reshape(8, 5)
    assert (by_unit == by_unit[:, :1]).all()
    assert sorted(mixed) == sorted(labels)
    assert not np.array_equal(mixed, labels)


def test_permutation_swaps_early_and_late_within_a_unit():
    labels, units = np.array(["early", "early", "late"] * 40), np.repeat(range(40), 3).astype(str)
    mixed = permute_labels(labels, units.tolist(), np.random.default_rng(0)).reshape(40, 3)
    swapped = (mixed == ["late", "late", "early"]).all(axis=1)
    kept = (mixed == ["early", "early", "late"]).all(axis=1)
    assert (swapped | kept).all()
    assert 10 < swapped.sum() < 30


def test_permuted_labels_cover_one_half_and_true_labels_do_not():
    rng = np.random.default_rng(8)
    units = np.repeat([f"u{k}" for k in range(20)], 10)
    labels = np.repeat(["healthy", "faulty"] * 10, 10)
    feature = rng.normal(size=200) + 2.0 * (labels == "faulty")

    def evaluate(given):
        half = np.isin(units, [f"u{k}" for k in range(10)])
        rise = (
            feature[half & (given == "faulty")].mean() - feature[half & (given == "healthy")].mean()
        )
        return auroc(np.sign(rise) * feature[~half], given[~half] == "faulty")

    interval = permuted_label_interval(evaluate, labels, units.tolist(), seed=5, repeats=40)
    assert interval.covers(0.5)
    assert evaluate(labels) > interval.high
