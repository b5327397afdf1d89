import numpy as np
import pytest
from support.feature_vectors import STEP_NS
from support.stage1 import NAMES, PROVENANCE, RECIPE, make_life, make_lives

import models.run_to_failure as protocol
from models.life import Life, summarise, verdict_of
from models.metrics import claim_auroc
from models.monitor import judge_windows
from models.run_to_failure import early_late_scores, leave_one_life_out, training_set
from models.training import block_weights
from sensors.errors import BadConfig, OneClass, TooFewWindows


@pytest.fixture(scope="module")
def left_out():
    return leave_one_life_out(make_lives(), NAMES, RECIPE, PROVENANCE)


def test_rises_are_alarmed_and_health_is_not(left_out):
    summary = summarise([one.outcome for one in left_out])
    assert (summary.lives, summary.alarmed, summary.early_alarms) == (6, 6, 0)
    early = 0.3 * 300 * 50 / 3600
    learning = 13 * 50 / 3600
    assert summary.early_h == pytest.approx(6 * (early - learning), rel=0.02)
    assert summary.bound_per_month == pytest.approx(2.996 * 730 / summary.early_h, rel=1e-3)


def test_lead_counts_from_the_alarm_to_the_end(left_out):
    for one in left_out:
        assert one.outcome.alarm_ns is not None
        lead_s = (one.life.end_ns - one.outcome.alarm_ns) / 1e9
        assert one.outcome.lead_s == lead_s
        assert 0.03 * 300 * 50 < lead_s < 0.1 * 300 * 50
        assert one.outcome.verdict == "prediction"


def test_each_release_knows_nothing_of_the_life_it_judges(left_out):
    one = left_out[2]
    others = [life for life in make_lives() if life.unit_id != one.life.unit_id]
    samples = training_set(others, NAMES, RECIPE)
    assert one.life.unit_id not in set(samples.units)
    again = protocol.train_release(samples, RECIPE, PROVENANCE)
    assert again.release_id == one.release.release_id


def test_a_life_that_never_rises_is_missed(left_out):
    flat = make_life("flat", seed=50, rise_db=0.0)
    judgements = list(judge_windows(flat.vectors, left_out[0].release))
    outcome = protocol.judge_life(flat, judgements)
    assert (outcome.verdict, outcome.lead_s, outcome.alarms) == ("missed", None, 0)


def test_an_alarm_in_early_life_is_false_and_counted(left_out):
    rising = make_life("up", seed=51)
    turned = Life("up", rising.vectors, -9 * rising.end_ns, rising.end_ns * 31)
    outcome = protocol.judge_life(turned, list(judge_windows(rising.vectors, left_out[0].release)))
    assert outcome.early_alarms == 1
    assert outcome.verdict == "missed"
    assert outcome.open_in_health


def test_learning_windows_raise_nothing_and_are_counted(left_out):
    judgements = left_out[0].judgements
    learning = [j for j in judgements if j.triage.state == "learning"]
    assert len(learning) == 13  # 600 s at 50 s a window
    assert left_out[0].outcome.learning_h == pytest.approx(13 * 50 / 3600)
    assert judgements[13].triage.logit is not None


def test_scores_of_left_out_lives_carry_an_auroc(left_out):
    scores, labels, units = early_late_scores(left_out)
    claim = claim_auroc(scores, np.array(labels), units, ("early", "late"), seed=0, repeats=50)
    assert claim.value is not None
    assert claim.value > 0.95
    assert claim.units == 6


def test_middle_of_life_is_unscored():
    life = make_life("b9", seed=9)
    samples = training_set([life, *make_lives(2)], NAMES, RECIPE)
    times = samples.t0_ns[samples.units == "b9"]
    late = samples.positive[samples.units == "b9"]
    assert (times[~late] <= life.early_end_ns).all()
    assert (times[late] >= life.late_start_ns).all()
    assert late.sum() == 15


def test_running_in_is_measured_into_the_population_scale():
    samples = training_set(make_lives(), NAMES, RECIPE)
    assert 0.8 < samples.population[0] < 2.5  # 0.4 dB of noise, 2 dB of running in


def test_weights_count_blocks_not_windows_and_balance_classes():
    samples = training_set(make_lives(), NAMES, RECIPE)
    weights = block_weights(samples, 600.0)
    assert weights[samples.positive].sum() == pytest.approx(weights[~samples.positive].sum())
    blocks = {
        (u, p, t // (600 * 10**9))
        for u, p, t in zip(samples.units, samples.positive, samples.t0_ns, strict=True)
    }
    assert weights.sum() == pytest.approx(len(blocks))


def test_verdicts_need_ten_minutes():
    assert [verdict_of(s) for s in (None, 0.0, 599.0, 600.0)] == [
        "missed",
        "detection",
        "detection",
        "prediction",
    ]


def test_refusals_are_named():
    with pytest.raises(TooFewWindows, match="three"):
        leave_one_life_out(make_lives(2), NAMES, RECIPE, PROVENANCE)
    short = Life("s", make_life("s", seed=1).vectors[:5], 0, 5 * STEP_NS)
    with pytest.raises(TooFewWindows, match="'s'"):
        training_set([short], NAMES, RECIPE)
    samples = training_set(make_lives(3), NAMES, RECIPE)
    strange = protocol.Recipe(rising=("nothing",))
    with pytest.raises(BadConfig, match="nothing"):
        protocol.train_release(samples, strange, PROVENANCE)
    one_class = training_set(make_lives(3), NAMES, RECIPE)
    one_class.positive[:] = False
    with pytest.raises(OneClass, match="faulty"):
        protocol.train_release(one_class, RECIPE, PROVENANCE)
