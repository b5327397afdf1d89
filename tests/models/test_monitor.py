from support.feature_vectors import make_vector
from support.stage1 import make_life, make_release

from models.monitor import Watch, judge_window, judge_windows

RELEASE = make_release()


def test_watch_resumes_where_it_stopped():
    vectors = make_life("m1", seed=90).vectors
    whole = [j.triage for j in judge_windows(vectors, RELEASE)]
    for cut in (5, 13, 200):
        watch = Watch()
        for vector in vectors[:cut]:
            watch, _ = judge_window(watch, vector, RELEASE)
        rest = [j.triage for j in judge_windows(vectors[cut:], RELEASE, watch)]
        assert rest == whole[cut:]


def test_windows_without_any_feature_teach_nothing():
    blind = [make_vector([0.0] * 3, index=i, mask=[True] * 3) for i in range(40)]
    watch = Watch()
    for vector in blind:
        watch, said = judge_window(watch, vector, RELEASE)
        assert said.triage.state == "learning"
    assert watch.learning == ()


def test_learning_windows_are_let_go_once_learnt():
    watch = Watch()
    for vector in make_life("m1", seed=91).vectors[:20]:
        watch, _ = judge_window(watch, vector, RELEASE)
    assert watch.baseline is not None
    assert watch.baseline.windows == 13
    assert watch.learning == ()
