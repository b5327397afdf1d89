"""The head against scikit-learn, what it cannot tell, what it keeps, what it has never seen."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from models.stage2.familiar import fit_familiar
from models.stage2.head import RIDGE, Head, retrain_head, train_head
from models.stage2.head_inputs import HELD
from sensors.errors import BadConfig, BadSamples, OneClass, SpecMismatch

CLASSES = ("bearing_cage", "healthy", "unbalance")
WIDTH, FEATURES = 5, 3


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return embeddings, physics features with holes, and labels of three overlapping classes."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(len(CLASSES), size=count)
    centres = np.random.default_rng(99).standard_normal((len(CLASSES), WIDTH + FEATURES))
    inputs = centres[codes] + rng.standard_normal((count, WIDTH + FEATURES))
    inputs[:, WIDTH:] *= 10.0
    embeddings, physics = inputs[:, :WIDTH], inputs[:, WIDTH:].copy()
    physics[rng.random(physics.shape) < 0.2] = np.nan
    return embeddings, physics, [CLASSES[code] for code in codes]


@pytest.fixture(scope="module")
def head() -> Head:
    return train_head(*drawn(400), false_unknown=0.02)


def inputs_of(embeddings: np.ndarray, physics: np.ndarray) -> np.ndarray:
    return np.concatenate([embeddings, physics], axis=1)


def test_probabilities_sum_to_one_and_name_most_of_what_is_new(head: Head) -> None:
    embeddings, physics, labels = drawn(500, seed=1)
    chances = head.probabilities(inputs_of(embeddings, physics))
    assert head.classes == CLASSES and chances.shape == (500, 3)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    named = np.array(head.classes)[chances.argmax(axis=1)]
    assert np.mean(named == labels) > 0.8


def test_it_is_scikit_learns_regression_on_the_same_scaled_inputs(head: Head) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model", reason="needs scikit-learn")
    embeddings, physics, labels = drawn(400)
    inputs = inputs_of(embeddings, physics)
    scaled = np.clip(np.nan_to_num((inputs - head.centre) / head.scale), -HELD, HELD)
    rival = linear_model.LogisticRegression(C=1 / RIDGE, tol=1e-10, max_iter=5000)
    rival.fit(scaled, labels)
    assert tuple(rival.classes_) == head.classes
    np.testing.assert_allclose(head.coefficients, rival.coef_, atol=1e-4)
    np.testing.assert_allclose(
        head.probabilities(inputs), rival.predict_proba(scaled), rtol=0, atol=1e-4
    )


def test_scaling_is_robust_to_a_wild_row() -> None:
    embeddings, physics, labels = drawn(400)
    wild = physics.copy()
    wild[0] = 1e9
    plain = train_head(embeddings, physics, labels, false_unknown=0.02)
    other = train_head(embeddings, wild, labels, false_unknown=0.02)
    np.testing.assert_allclose(other.scale, plain.scale, rtol=0.05)
    # Less than two standard errors; by mean and deviation its column would say nothing any more.
    moved = np.abs(other.coefficients - plain.coefficients)
    assert (moved < 2 * plain.standard_errors[:, :-1]).all()


def test_standard_errors_shrink_with_the_root_of_the_rows() -> None:
    few, many = (train_head(*drawn(n, seed=3), false_unknown=0.02) for n in (400, 6400))
    assert few.standard_errors.shape == (3, WIDTH + FEATURES + 1)
    ratio = np.median(few.standard_errors / many.standard_errors)
    assert ratio == pytest.approx(4.0, rel=0.3)


def test_what_cannot_be_told_has_no_chance_and_the_others_share_it(head: Head) -> None:
    inputs = inputs_of(*drawn(50, seed=2)[:2])
    told = np.tile([False, True, True], (50, 1))
    chances, whole = head.probabilities(inputs, told), head.probabilities(inputs)
    assert not chances[:, 0].any()
    np.testing.assert_allclose(chances[:, 1:], whole[:, 1:] / whole[:, 1:].sum(1, keepdims=True))


def test_a_masked_feature_counts_as_typical(head: Head) -> None:
    masked, typical = np.zeros((2, WIDTH + FEATURES))
    masked[WIDTH:] = np.nan
    typical[WIDTH:] = head.centre[WIDTH:]
    np.testing.assert_allclose(head.probabilities(masked), head.probabilities(typical))


def test_a_feature_that_nobody_ever_measured_says_nothing() -> None:
    embeddings, physics, labels = drawn(200)
    physics[:, 1] = np.nan
    made = train_head(embeddings, physics, labels, false_unknown=0.02)
    np.testing.assert_allclose(made.coefficients[:, WIDTH + 1], 0.0, atol=1e-9)
    shown = inputs_of(embeddings, np.nan_to_num(physics, nan=55.0))[:3]
    assert np.isfinite(made.probabilities(shown)).all()


def test_inputs_of_another_length_are_refused(head: Head) -> None:
    for call in (head.probabilities, head.unknown):
        with pytest.raises(SpecMismatch, match=r"7 inputs for a head of 8"):
            call(np.zeros((2, 7)))


@pytest.mark.parametrize("train", ["train", "retrain"])
def test_rows_that_cannot_be_learnt_from_are_named(train: str, head: Head) -> None:
    embeddings, physics, labels = drawn(40)

    def fitted(e: np.ndarray, p: np.ndarray, named: list[str]) -> Head:
        if train == "train":
            return train_head(e, p, named, false_unknown=0.02)
        return retrain_head(head, e, p, named, forgetting=0.5)

    with pytest.raises(OneClass, match="'healthy'"):
        fitted(embeddings, physics, ["healthy"] * 40)
    for e, p, named in (
        (embeddings, physics, labels[:-1]),
        (embeddings, physics[:-1], labels),
        (embeddings[:0], physics[:0], []),
        (np.where(np.arange(WIDTH) == 2, np.nan, embeddings), physics, labels),
    ):
        with pytest.raises(BadSamples, match="head"):
            fitted(e, p, named)


def test_retraining_names_strange_labels_wrong_inputs_and_forgetting(head: Head) -> None:
    embeddings, physics, labels = drawn(40)
    with pytest.raises(BadSamples, match=r"cannot learn gremlins.*knows bearing_cage"):
        retrain_head(head, embeddings, physics, [*labels[:-1], "gremlins"], forgetting=0.5)
    with pytest.raises(SpecMismatch, match="10 inputs"):
        retrain_head(head, embeddings, np.zeros((40, 5)), labels, forgetting=0.5)
    for wrong in (-0.1, 1.5, np.nan):
        with pytest.raises(BadConfig, match="forgetting"):
            retrain_head(head, embeddings, physics, labels, forgetting=wrong)


def test_without_new_evidence_nothing_is_forgotten(head: Head) -> None:
    embeddings, physics, labels = drawn(60, seed=5)
    kept = retrain_head(head, embeddings, physics, labels, forgetting=1.0, weights=[1e-9] * 60)
    assert kept.classes == head.classes and kept.familiar is head.familiar
    np.testing.assert_allclose(kept.coefficients, head.coefficients, atol=1e-5)
    np.testing.assert_allclose(kept.intercepts, head.intercepts, atol=1e-5)


def test_a_class_without_new_labels_is_kept_as_it_was(head: Head) -> None:
    embeddings, physics, labels = drawn(300, seed=11)
    seen = np.array([name != "unbalance" for name in labels])
    here = [name for name in labels if name != "unbalance"]
    own = retrain_head(head, embeddings[seen], physics[seen], here, forgetting=0.3)
    assert own.classes == head.classes
    np.testing.assert_allclose(own.coefficients.sum(axis=0), 0.0, atol=1e-9)
    np.testing.assert_array_equal(own.standard_errors[2], head.standard_errors[2])
    # An unbalanced machine is named as before, though none was shown.
    fresh = inputs_of(*drawn(2000, seed=12)[:2])
    before, after = head.probabilities(fresh)[:, 2], own.probabilities(fresh)[:, 2]
    assert np.corrcoef(before, after)[0, 1] > 0.98
    assert np.mean((before > 0.5) != (after > 0.5)) < 0.03


def test_what_is_retrained_is_the_optimum_of_all_classes_together(head: Head) -> None:
    """The slow way: labels tell between their classes, the prior is of every class."""
    optimize = pytest.importorskip("scipy.optimize")
    embeddings, physics, labels = drawn(80, seed=13)
    seen = np.array([name != "healthy" for name in labels])
    here = [name for name in labels if name != "healthy"]
    own = retrain_head(head, embeddings[seen], physics[seen], here, forgetting=0.5)
    design = np.c_[head.scaled(inputs_of(embeddings[seen], physics[seen])), np.ones(seen.sum())]
    mean = np.c_[head.coefficients, head.intercepts]
    precision = 0.5 / head.standard_errors**2
    codes = np.array([("bearing_cage", "unbalance").index(name) for name in here])

    def objective(flat: np.ndarray) -> float:
        theta = flat.reshape(mean.shape)
        logits = design @ theta[[0, 2]].T
        chosen = logits[np.arange(len(codes)), codes]
        likelihood = np.sum(np.logaddexp(*logits.T) - chosen)
        return float(likelihood + np.sum(precision * (theta - mean) ** 2) / 2)

    slow = optimize.minimize(objective, mean.ravel(), method="BFGS", options={"gtol": 1e-7}).x
    slow = slow.reshape(mean.shape) - slow.reshape(mean.shape).mean(axis=0)
    np.testing.assert_allclose(np.c_[own.coefficients, own.intercepts], slow, atol=2e-3)


def test_retraining_follows_the_evidence_the_more_it_forgets(head: Head) -> None:
    """A plant whose healthy motors look as unbalance did elsewhere."""
    embeddings, physics, labels = drawn(120, seed=6)
    swap = {"healthy": "unbalance", "unbalance": "healthy"}
    here = [swap.get(name, name) for name in labels]
    inputs = inputs_of(embeddings, physics)
    right = []
    for forgetting in (1.0, 0.1, 0.001):
        own = retrain_head(head, embeddings, physics, here, forgetting=forgetting)
        named = np.array(own.classes)[own.probabilities(inputs).argmax(axis=1)]
        right.append(float(np.mean(named == here)))
    assert right[0] < right[1] < right[2] and right[2] > 0.75


# --- unknown --------------------------------------------------------------------------------------


def test_the_false_rate_is_kept_on_gaussian_rows_that_were_left_out() -> None:
    rng = np.random.default_rng(7)
    mixing = rng.standard_normal((6, 6))
    centres = 4 * rng.standard_normal((3, 6))

    def rows(count: int) -> tuple[np.ndarray, np.ndarray]:
        codes = rng.integers(3, size=count)
        return centres[codes] + rng.standard_normal((count, 6)) @ mixing, codes

    rate = 0.02
    familiar = fit_familiar(*rows(5000), false_rate=rate)
    far = int(familiar.is_far(rows(5000)[0]).sum())
    # The limit itself is a quantile of 5000: its own error is as large as the count's.
    low, high = binom.ppf([0.0005, 0.9995], 2500, rate) * 2
    assert low <= far <= high


def test_views_of_one_machine_are_left_out_together() -> None:
    """Forty machines seen fifty times each: what is new is a machine, and not a view."""
    rng = np.random.default_rng(8)

    def machines(count: int) -> tuple[np.ndarray, list[str]]:
        own = 3 * rng.standard_normal((count, 4))
        rows = np.repeat(own, 50, axis=0) + 0.1 * rng.standard_normal((count * 50, 4))
        return rows, [f"machine {k // 50}" for k in range(count * 50)]

    rows, units = machines(40)
    codes = np.zeros(len(rows), dtype=np.intp)
    blind = fit_familiar(rows, codes, false_rate=0.05)
    fair = fit_familiar(rows, codes, false_rate=0.05, units=units)
    assert fair.limit > blind.limit
    fresh, _ = machines(400)
    assert fair.is_far(fresh).mean() < blind.is_far(fresh).mean()


def test_a_far_cluster_is_unknown_and_the_training_is_not(head: Head) -> None:
    embeddings, physics, _ = drawn(400)
    assert head.unknown(inputs_of(embeddings, physics)).mean() < 0.04
    elsewhere = inputs_of(embeddings + 30.0, physics)
    assert head.unknown(elsewhere).all()
    # Physics features have no part in it: they may be masked.
    assert head.unknown(inputs_of(embeddings + 30.0, np.full_like(physics, np.nan))).all()


def test_the_distance_is_mahalanobis_from_the_nearest_centre(head: Head) -> None:
    rows = drawn(20, seed=9)[0]
    familiar = head.familiar
    slow = [
        min(np.sqrt((row - c) @ familiar.precision @ (row - c)) for c in familiar.centres)
        for row in rows
    ]
    np.testing.assert_allclose(familiar.distance(rows), slow)
    np.testing.assert_array_equal(
        replace(familiar, limit=float(slow[0])).is_far(rows), np.array(slow) > slow[0]
    )


@pytest.mark.parametrize("rate", [0.0, 1.0, -1.0, np.nan])
def test_a_false_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(BadConfig, match="false_unknown"):
        train_head(*drawn(40), false_unknown=rate)
