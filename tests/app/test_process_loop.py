import logging
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.process.job import Job
from app.process.loop import DEFECT, Loop
from app.process.loop_metrics import LoopMetrics
from app.process.meters import Meters
from app.process.notify import Notifier
from app.process.restarts import Failures, RestartPolicy, after_failure, is_hopeless, pause_s
from app.process.vitals import Beat
from sensors.errors import BadConfig, MissingDependency, StoreError

SOON = RestartPolicy(first_s=0.001, longest_s=0.01, most=4)


class Steps:
    """Work that does as it is told, step by step, and keeps count."""

    def __init__(self, *told: Callable[[], float | None] | float | None) -> None:
        self.told = list(told)
        self.begun = self.stepped = self.closed = 0

    def begin(self) -> "Steps":
        self.begun += 1
        return self

    def step(self) -> float | None:
        told = self.told[min(self.stepped, len(self.told) - 1)]
        self.stepped += 1
        return told() if callable(told) else told

    def close(self) -> None:
        self.closed += 1


def raising(error: Exception) -> Callable[[], float | None]:
    def step() -> float | None:
        raise error

    return step


@pytest.fixture
def meters() -> Meters:
    return Meters(role="device")


@pytest.fixture
def loop(meters: Meters) -> Loop:
    return Loop(beat=Beat(30.0), notifier=Notifier(), metrics=LoopMetrics(meters), policy=SOON)


def value(meters: Meters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(f"motorwatch_{name}", labels)


def test_jobs_take_turns_until_all_are_done(loop: Loop, meters: Meters) -> None:
    order: list[str] = []

    def say(name: str) -> Callable[[], float | None]:
        return lambda: order.append(name) or 0.0

    a, b = Steps(*[say("a")] * 3, None), Steps(*[say("b")] * 3, None)
    assert loop.run([Job("a", a.begin), Job("b", b.begin)]) == 0
    assert order == ["a", "b"] * 3
    assert (a.closed, b.closed) == (1, 1)
    assert value(meters, "step_seconds_count", job="a") == 4.0


def test_an_error_of_one_leaves_the_others_and_begins_it_anew(loop: Loop, meters: Meters) -> None:
    bad = Steps(0.0, raising(ZeroDivisionError()), 0.0, None)
    good = Steps(*[0.001] * 50, None)
    assert loop.run([Job("bad", bad.begin), Job("good", good.begin)]) == 0
    assert (bad.begun, bad.closed, bad.stepped) == (2, 2, 4)
    assert good.stepped == 51
    assert value(meters, "job_failures_total", job="bad") == 1.0


@pytest.mark.parametrize(
    ("error", "code"), [(ZeroDivisionError(), DEFECT), (StoreError("full"), StoreError.exit_code)]
)
def test_an_error_again_and_again_ends_the_process(loop: Loop, error: Exception, code: int) -> None:
    bad, good = Steps(raising(error)), Steps(0.001)
    assert loop.run([Job("bad", bad.begin), Job("good", good.begin)]) == code
    assert bad.begun == SOON.most
    assert good.closed == 1


def test_a_defect_is_logged_with_its_trace_and_an_expected_error_without(
    loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    one = Steps(raising(ZeroDivisionError("oh")), raising(StoreError("full")), None)
    loop.run([Job("m", one.begin, motor_id="pump")])
    failed = [r for r in caplog.records if "failed" in r.getMessage()]
    assert [r.exc_info is not None for r in failed] == [True, False]
    assert all(r.__dict__["motor_id"] == "pump" for r in failed)
    assert "StoreError: full" in failed[1].getMessage()


@pytest.mark.parametrize("error", [BadConfig("wrong"), MissingDependency("pip install")])
def test_what_no_repetition_mends_ends_it_before_it_begins(loop: Loop, error: Exception) -> None:
    first = Steps(0.0)
    with pytest.raises(type(error)):
        loop.run([Job("a", first.begin), Job("b", lambda: raising(error)())])  # type: ignore[arg-type,return-value]
    assert (first.stepped, first.closed) == (0, 1)


def test_a_store_that_is_away_at_first_is_tried_again(loop: Loop) -> None:
    tries = [raising(StoreError("away")), lambda: 0.0]
    work = Steps(None)

    def start() -> Steps:
        tries.pop(0)()
        return work.begin()

    assert loop.run([Job("store", start)]) == 0
    assert work.begun == 1


def test_what_does_not_close_keeps_no_other_open(loop: Loop) -> None:
    good = Steps(0.0)
    bad = Steps(lambda: loop.stop("enough") or 0.0)
    bad.close = raising(OSError("stuck"))  # type: ignore[method-assign,assignment]
    assert loop.run([Job("good", good.begin), Job("bad", bad.begin)]) == DEFECT
    assert good.closed == 1


def test_they_close_backwards(loop: Loop) -> None:
    order: list[str] = []
    jobs = []
    for name in "abc":
        work = Steps(lambda: loop.stop("enough") or 0.0)
        work.close = lambda name=name: order.append(name)  # type: ignore[method-assign,misc]
        jobs.append(Job(name, work.begin))
    loop.run(jobs)
    assert order == ["c", "b", "a"]


def test_a_wake_from_a_thread_makes_a_job_due_at_once(loop: Loop) -> None:
    woken = threading.Event()

    def last() -> None:
        woken.set()

    work = Steps(3600.0, lambda: last() or None)
    threading.Thread(
        target=lambda: [loop.wake("m") for _ in range(3) if not woken.wait(0.2)]
    ).start()
    loop.run([Job("m", work.begin)])
    assert woken.is_set()


def test_no_wake_is_lost(loop: Loop) -> None:
    """Work waits an hour unless woken; a thread hands it 2,000 things, waking it each time."""
    things: list[int] = []
    taken: list[int] = []

    def take() -> float | None:
        while things:
            taken.append(things.pop(0))
        return None if len(taken) == 2000 else 3600.0

    def give() -> None:
        for number in range(2000):
            things.append(number)
            loop.wake("m")

    threading.Thread(target=give).start()
    loop.run([Job("m", Steps(take).begin)])
    assert taken == list(range(2000))


def test_a_wake_does_not_shorten_the_pause_after_a_failure(meters: Meters) -> None:
    slow = RestartPolicy(first_s=3600.0)
    loop = Loop(beat=Beat(30), notifier=Notifier(), metrics=LoopMetrics(meters), policy=slow)
    bad = Steps(raising(ZeroDivisionError()))
    good = Steps(*[lambda: loop.wake("bad") or 0.0] * 20, None)

    def stop() -> None:
        loop.stop("seen enough")

    good.close = stop  # type: ignore[method-assign]
    assert loop.run([Job("bad", bad.begin), Job("good", good.begin)]) == 0
    assert bad.stepped == 1


def test_a_step_beyond_its_deadline_is_said(
    loop: Loop, meters: Meters, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        loop.run([Job("slow", Steps(0.0, None).begin, deadline_s=-1.0)])
    assert value(meters, "step_overruns_total", job="slow") == 2.0
    assert "slow took 0.00 s" in caplog.text


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 100.0), max_size=40))
def test_pauses_grow_and_are_bounded(gaps: list[float]) -> None:
    policy, now_s, failures = RestartPolicy(), 0.0, Failures()
    for gap in gaps:
        before = pause_s(failures, policy) if failures.in_a_row else 0.0
        now_s += before + gap
        failures = after_failure(failures, now_s, policy)
        assert before <= pause_s(failures, policy) <= policy.longest_s
    assert failures.in_a_row == len(gaps)
    assert is_hopeless(failures, policy) == (len(gaps) >= policy.most)


def test_old_failures_are_forgotten() -> None:
    policy = RestartPolicy()
    failures = after_failure(Failures(6, 100.0), 100.0 + 32.0 + policy.forget_s + 1.0, policy)
    assert failures.in_a_row == 1
