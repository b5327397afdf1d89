import msgspec
import numpy as np
import pytest
from support.feature_vectors import make_vector
from support.stage1 import NAMES, RISE, make_life, make_release

from models.anomaly import logistic_score, surprise, triage
from models.baseline import learn_baseline
from models.limits import limit_value
from sensors.errors import BadConfig, SpecMismatch

NONE = np.zeros(3, dtype=bool)


@pytest.fixture(scope="module")
def release():
    return make_release()


@pytest.fixture(scope="module")
def baseline(release):
    vectors = make_life("m1", seed=77).vectors[:12]
    return learn_baseline(vectors, minimum=12, population=release.population)


def window(baseline, rise=(0.0, 0.0, 0.0), mask=None):
    return make_vector(baseline.center + np.array(rise), mask=mask)


def test_healthy_window_is_normal(release, baseline):
    said = triage(window(baseline), release, baseline)
    assert said.state == "normal"
    assert not said.raised
    assert said.reasons == ()
    assert said.low < said.probability < said.high
    assert said.probability < 0.5
    assert said.release_id == release.release_id


def test_each_of_the_three_raises_alone(release, baseline):
    deaf = {"value": 1e9}
    quiet = {
        name: msgspec.structs.replace(getattr(release, name), **deaf)
        for name in ("alert", "danger", "surprise")
    }
    far = window(baseline, (15.0, 15.0, 0.0))

    def state(**changes):
        given = quiet | {"limits": ()} | changes
        return triage(far, msgspec.structs.replace(release, **given), baseline)

    assert state().state == "normal"
    assert "logistic" in state(alert=release.alert).reasons[0]
    assert "unlike" in state(surprise=release.surprise).reasons[0]
    assert "level rise" in state(limits=(RISE,)).reasons[0]
    assert all(
        state(**{k: v}).state == "alert"
        for k, v in (("alert", release.alert), ("surprise", release.surprise), ("limits", (RISE,)))
    )


def test_distance_sees_a_fault_that_the_score_cannot(release, baseline):
    fall = triage(window(baseline, (-15.0, 15.0, 0.0)), release, baseline)
    assert any("unlike" in reason for reason in fall.reasons)


def test_danger_needs_a_high_score_or_limit(release, baseline):
    assert triage(window(baseline, (25.0, 25.0, 0.0)), release, baseline).state == "danger"


def test_fall_of_a_rising_feature_is_no_evidence(release, baseline):
    none = triage(window(baseline), release, baseline)
    fall = triage(window(baseline, (-3.0, -3.0, 0.0)), release, baseline)
    assert fall.logit == pytest.approx(none.logit, abs=1e-3)


def test_unread_feature_changes_nothing(release, baseline):
    plain, moved = (
        triage(window(baseline, (1.0, 1.0, other)), release, baseline) for other in (0.0, 2.0)
    )
    assert moved.logit == pytest.approx(plain.logit)
    assert moved.distance == pytest.approx(plain.distance)


def test_masked_feature_scores_zero_and_widens_the_interval(release, baseline):
    clear = triage(window(baseline), release, baseline)
    dim = triage(window(baseline, mask=[True, False, False]), release, baseline)
    assert dim.logit == pytest.approx(clear.logit, abs=0.05)
    assert dim.high - dim.low > clear.high - clear.low


def test_interval_is_that_of_the_fit(release):
    z = np.array([1.0, 2.0, -1.0])
    logit, error = logistic_score(release, z, NONE)
    x = np.array([1.0, 2.0, 0.0, 1.0])
    parameters = np.append(release.coefficients, release.intercept)
    assert logit == pytest.approx(x @ parameters)
    assert error == pytest.approx(np.sqrt(x @ np.linalg.inv(release.hessian) @ x))


def test_without_a_baseline_only_levels_speak(release):
    said = triage(make_vector([100.0, 100.0, 2.0]), release, None)
    assert (said.state, said.probability, said.distance) == ("learning", None, None)
    loud = triage(make_vector([0.0, 0.0, 5.0]), release, None)
    assert loud.state == "alert"
    assert "velocity 5.00 mm/s" in loud.reasons[0]
    assert triage(make_vector([0.0, 0.0, 9.0]), release, None).state == "danger"


def test_nothing_measured_is_unmonitored_not_normal(release, baseline):
    said = triage(make_vector([0.0] * 3, mask=[True] * 3), release, baseline)
    assert said.state == "unmonitored"
    assert said.probability is None


def test_other_spec_or_motor_is_refused(release, baseline):
    with pytest.raises(SpecMismatch, match="spec 'other'"):
        triage(make_vector([0.0] * 3, spec_id="other"), release, baseline)
    with pytest.raises(SpecMismatch):
        triage(make_vector([0.0] * 2), release, baseline)
    with pytest.raises(SpecMismatch, match="m9"):
        triage(make_vector([0.0] * 3, motor_id="m9"), release, baseline)


def test_triage_goes_through_json(release, baseline):
    said = triage(window(baseline, (9.0, 9.0, 0.0)), release, baseline)
    back = msgspec.json.decode(msgspec.json.encode(said), type=type(said))
    assert back == said


def test_surprise_of_an_impossible_chance_is_finite():
    assert surprise(0.0) == 300.0
    assert surprise(1e-3) == pytest.approx(3.0)


def test_limit_is_the_median_of_what_is_measured():
    limit = msgspec.structs.replace(RISE, features=NAMES)
    values = np.array([1.0, 5.0, 99.0])
    assert limit_value(limit, NAMES, values, NONE) == 5.0
    assert limit_value(limit, NAMES, values, np.array([False, False, True])) == 3.0
    assert limit_value(limit, NAMES, values, np.array([False, True, True])) is None
    with pytest.raises(BadConfig, match="'level_db'"):
        limit_value(RISE, ("x",), values[:1], NONE[:1])
    with pytest.raises(BadConfig):
        msgspec.structs.replace(RISE, alert=30.0)


@pytest.mark.parametrize(
    ("load", "speed_rpm", "told"),
    [(0.5, 1480.0, None), (0.68, 1480.0, None), (0.9, 1480.0, "load"), (0.6, 1400.0, "speed")],
)
def test_an_operating_point_never_seen_is_not_scored(release, load, speed_rpm, told):
    taught = [
        make_vector(
            [0.01 * i, 0.0, 0.0], index=i, load=0.5 + 0.1 * (i % 2), speed_rpm=1480.0 + i % 3
        )
        for i in range(24)
    ]
    learnt = learn_baseline(taught, minimum=12, population=release.population)
    far = make_vector([4.0, 4.0, 0.0], load=load, speed_rpm=speed_rpm)
    said = triage(far, release, learnt)
    if told is None:
        assert said.probability is not None
        return
    assert said.state == "unmonitored" and said.probability is None
    assert told in said.reasons[-1]
    loud = make_vector([60.0, 60.0, 0.0], load=load, speed_rpm=speed_rpm)
    assert triage(loud, release, learnt).raised, "limits speak at any operating point"
