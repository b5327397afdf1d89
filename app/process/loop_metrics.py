"""What a main loop counts of itself."""

from app.process.meters import Meters, Names


class LoopMetrics:
    """Steps, failures and restarts of the jobs of one process."""

    def __init__(self, meters: Meters) -> None:
        self._names = Names()
        self._steps = meters.durations("step_seconds", "How long a step of a job took.", "job")
        self._overruns = meters.count(
            "step_overruns", "Steps that took longer than their deadline.", "job"
        )
        self._failures = meters.count("job_failures", "Errors that ended a job.", "job")
        self._running = meters.level("jobs_running", "Jobs that are at work.")
        self._left_out = meters.count("log_lines_left_out", "Lines beyond the log's limit.")

    def stepped(self, job: str, took_s: float, *, overrun: bool) -> None:
        """Count a step."""
        self._steps.labels(self._names(job)).observe(took_s)
        if overrun:
            self._overruns.labels(self._names(job)).inc()

    def failed(self, job: str) -> None:
        """Count an error that ended a job."""
        self._failures.labels(self._names(job)).inc()

    def running(self, jobs: int) -> None:
        """Tell how many jobs are at work."""
        self._running.set(jobs)

    def left_out(self, lines: int) -> None:
        """Count lines that the log's limit left out."""
        self._left_out.inc(lines)
