import numpy as np
import pytest

from app.results.held_out_severity import held_out_table, hold_out_severities
from app.results.labels import family_of
from app.results.reference import FAR, learn_reference, measure, strongest
from dsp.features import FeatureSpec
from dsp.vector import FeatureVector
from sensors.capture import Sense
from sensors.errors import TooFewWindows

SPEC = FeatureSpec(senses=(Sense.POWER,))


def vectors(rng, count, shift=None, hidden=()):
    values = rng.normal(-20.0, 1.0, (count, len(SPEC.names))).astype(np.float32)
    for feature, by in (shift or {}).items():
        values[:, SPEC.names.index(feature)] += by
    mask = np.isin(SPEC.names, hidden)
    values[:, mask] = np.nan
    return [
        FeatureVector(SPEC.spec_id, "m", "h", k * 10**9, (k + 1) * 10**9, k, row, mask.copy())
        for k, row in enumerate(values)
    ]


def test_health_is_near_and_a_shift_is_far_and_named():
    rng = np.random.default_rng(1)
    reference = learn_reference(vectors(rng, 200), independent=200)
    health = measure(reference, vectors(rng, 200))
    assert health.far.mean() < 0.02
    assert np.median(health.distance) == pytest.approx(1.0, abs=0.15)
    shifted = measure(reference, vectors(rng, 50, {"cur_thd_db": 12.0}))
    assert shifted.far.all()
    assert (shifted.surprise > FAR).all()
    assert strongest(shifted, reference, SPEC, count=1).startswith("cur_thd_db +1")
    assert shifted.typical_rise(SPEC.names.index("cur_thd_db")) == pytest.approx(12.0, abs=0.5)


def test_a_masked_feature_has_no_rise():
    rng = np.random.default_rng(2)
    reference = learn_reference(vectors(rng, 50), independent=50)
    found = measure(reference, vectors(rng, 5, hidden=("cur_thd_db",)))
    assert found.typical_rise(SPEC.names.index("cur_thd_db")) is None
    assert not found.z[:, SPEC.names.index("cur_thd_db")].any()
    assert np.isfinite(found.distance).all()


def test_too_few_windows_make_no_reference():
    with pytest.raises(TooFewWindows):
        learn_reference(vectors(np.random.default_rng(3), 15), independent=15)


def test_a_severity_is_recognised_from_another_of_its_type():
    rows = np.array([[0, 0], [5, 0], [9, 0], [0, 6], [0, 11], [4, 4]], dtype=np.float64)
    labels = [
        "healthy",
        "unbalance",
        "unbalance",
        "bearing_inner_race",
        "bearing_inner_race",
        "misalignment",
    ]
    held = hold_out_severities([str(k) for k in range(6)], labels, rows)
    # One file of a type cannot be held out: nothing of its type is left to learn from.
    assert [one.title for one in held] == ["1", "2", "3", "4"]
    assert all(one.right and one.family_right for one in held)
    assert len(held_out_table(held).rows) == 4


def test_a_race_taken_for_the_other_is_still_a_bearing():
    assert family_of("bearing_inner_race") == family_of("bearing_outer_race") == "bearing"
    assert family_of("unbalance") == "unbalance"
