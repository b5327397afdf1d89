"""The one main loop of a process: jobs take turns, errors of one never stop the others.

Each turn runs the job that has been due longest, or waits; then the loop beats: `/healthz` and
systemd's watchdog see nothing else. A job that fails is closed, counted, logged and begun anew
after a pause; one that fails again and again ends the process, for systemd to begin it anew.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.process.job import Job, Work
from app.process.loop_metrics import LoopMetrics
from app.process.notify import Notifier
from app.process.restarts import Failures, RestartPolicy, after_failure, is_hopeless, pause_s
from app.process.vitals import Beat
from app.process.waker import Waker
from sensors.errors import MissingDependency, MotorwatchError, UsageError

log = logging.getLogger(__name__)

BEAT_EVERY_S = 1.0
DEFECT = 1
"""Exit code after repeated failures that were no `MotorwatchError`."""


@dataclass(slots=True)
class _Post:
    """A job's place in the loop."""

    job: Job
    work: Work | None = None
    due_s: float = 0.0
    woken: bool = False
    done: bool = False
    failures: Failures = field(default_factory=Failures)

    @property
    def extra(self) -> dict[str, str]:
        motor = {} if self.job.motor_id is None else {"motor_id": self.job.motor_id}
        return {"job": self.job.name} | motor


class Loop:
    """Runs jobs until it is stopped, all are done, or one is hopeless.

    Parameters
    ----------
    beat : Beat
        Beaten after every step and every wait.
    notifier : Notifier
        Hears that the process is ready, alive and stopping.
    metrics : LoopMetrics
        Counts.
    policy : RestartPolicy
        What becomes of jobs that fail.
    on_beat : callable
        Called about once a second.
    now_s : callable
        A clock that never goes back.
    """

    def __init__(
        self,
        *,
        beat: Beat,
        notifier: Notifier,
        metrics: LoopMetrics,
        policy: RestartPolicy | None = None,
        on_beat: Callable[[], None] = lambda: None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._beat, self._notifier, self._metrics = beat, notifier, metrics
        self._policy = policy or RestartPolicy()
        self._on_beat, self._now_s = on_beat, now_s
        self._waker = Waker()
        self._posts: dict[str, _Post] = {}
        self._stopped: str | None = None
        self._told_s = now_s()
        watchdog_s = notifier.watchdog_s or BEAT_EVERY_S * 3
        self._every_s = min(BEAT_EVERY_S, watchdog_s / 3)

    def wake(self, name: str) -> None:
        """Make a job due at once; any thread may call it."""
        post = self._posts.get(name)
        if post is not None:
            post.woken = True
            self._waker.wake()

    def stop(self, reason: str) -> None:
        """End the loop after the step at hand; any thread or handler of signals may call it."""
        self._stopped = reason
        self._waker.wake()

    def run(self, jobs: Sequence[Job]) -> int:
        """Run jobs to the end; return the exit code of the process.

        Raises
        ------
        UsageError, MissingDependency
            A job cannot even begin, which no repetition mends.
        """
        self._posts = {job.name: _Post(job) for job in jobs}
        assert len(self._posts) == len(jobs), "names of jobs must differ"
        code = 0
        try:
            self._begin()
            while code == 0 and self._stopped is None and self._at_work():
                code = self._turn()
        finally:
            log.info("stopping: %s", self._stopped or ("failed" if self._at_work() else "done"))
            self._notifier.stopping()
            clean = self._close_all()
            self._waker.close()
        return code or (0 if clean else DEFECT)

    def _begin(self) -> None:
        for post in self._posts.values():
            if self._stopped is None:
                try:
                    post.work = post.job.start()
                except (UsageError, MissingDependency):
                    raise
                except Exception as error:  # noqa: BLE001 - the main loop: one job never stops others
                    self._fail(post, error)
                self._come_round()
        self._notifier.ready()
        log.info("running: %d jobs", len(self._at_work()))

    def _at_work(self) -> list[_Post]:
        return [post for post in self._posts.values() if not post.done]

    def _turn(self) -> int:
        """Run the job that has been due longest, or wait for one; return an exit code or 0."""
        now_s, posts = self._now_s(), self._at_work()
        for post in posts:
            if post.woken and post.work is not None:
                # Lowered before the step: a wake while it runs leads to another step.
                post.woken, post.due_s = False, min(post.due_s, now_s)
        first = min(posts, key=lambda post: post.due_s)
        code = 0
        if first.due_s > now_s:
            self._waker.wait(min(first.due_s - now_s, self._every_s))
        else:
            code = self._step(first, now_s)
        self._come_round()
        return code

    def _step(self, post: _Post, began_s: float) -> int:
        try:
            if post.work is None:
                post.work = post.job.start()
                log.info("%s begun anew", post.job.name, extra=post.extra)
            pause = post.work.step()
        except Exception as error:  # noqa: BLE001 - the main loop: one job never stops the others
            return self._fail(post, error)
        ended_s = self._now_s()
        self._measure(post, ended_s - began_s)
        if pause is None:
            post.done = True
            self._close(post)
        else:
            post.due_s = ended_s + pause
        return 0

    def _measure(self, post: _Post, took_s: float) -> None:
        overrun = took_s > post.job.deadline_s
        self._metrics.stepped(post.job.name, took_s, overrun=overrun)
        if overrun:
            said = (post.job.name, took_s, post.job.deadline_s)
            log.warning("%s took %.2f s, more than its %.2f s", *said, extra=post.extra)

    def _fail(self, post: _Post, error: Exception) -> int:
        now_s = self._now_s()
        post.failures = after_failure(post.failures, now_s, self._policy)
        post.due_s = now_s + pause_s(post.failures, self._policy)
        self._metrics.failed(post.job.name)
        self._close(post)
        hopeless = is_hopeless(post.failures, self._policy)
        what_next = "giving up" if hopeless else f"again in {post.due_s - now_s:g} s"
        expected = isinstance(error, MotorwatchError)
        said = f"{post.job.name} failed ({post.failures.in_a_row} in a row, {what_next}): "
        log.error(
            "%s%s: %s",
            said,
            type(error).__name__,
            error,
            exc_info=None if expected else error,
            extra=post.extra,
        )
        code = error.exit_code if isinstance(error, MotorwatchError) else DEFECT
        return code if hopeless else 0

    def _close(self, post: _Post) -> bool:
        work, post.work = post.work, None
        if work is None:
            return True
        try:
            work.close()
        except Exception as error:
            # The main loop: the others must be closed too.
            log.exception("%s did not close: %s", post.job.name, error, extra=post.extra)
            return False
        return True

    def _close_all(self) -> bool:
        # Backwards: what was begun first may serve what was begun later.
        closed = [self._close(post) for post in reversed(self._posts.values())]
        return all(closed)

    def _come_round(self) -> None:
        self._beat.beat()
        now_s = self._now_s()
        if now_s - self._told_s < self._every_s:
            return
        self._told_s = now_s
        self._notifier.alive()
        self._metrics.running(sum(post.work is not None for post in self._posts.values()))
        self._on_beat()
