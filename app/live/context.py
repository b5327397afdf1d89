"""What the plant knows of its motors, beside a gateway's captures: read, joined, and watched."""

import logging
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from app.context.config import load_context
from app.context.streams import ContextStreams
from app.context.tags import TagStatus
from app.process.job import Job
from app.process.role_metrics import GatewayMetrics
from sensors.capture import Capture

log = logging.getLogger(__name__)

JOB = "context"
LOOK_S = 5.0


class LiveContext:
    """Context streams as a job; whatever becomes of them, captures are judged in time.

    Parameters
    ----------
    path : Path
        The context's configuration.
    motors : collection of str
        Those of this gateway; tags of others are read in vain.
    metrics : GatewayMetrics
        Counts.

    Raises
    ------
    MotorwatchError
        The file, or one that it names, cannot be used.
    """

    def __init__(self, path: Path, motors: Collection[str], metrics: GatewayMetrics) -> None:
        config = load_context(path)
        strangers = sorted({tag.motor for tag in config.tags} - set(motors))
        if strangers:
            log.warning("%s: tags of motors that are not of this gateway: %s", path, strangers)
        self._streams, self._metrics = ContextStreams(config), metrics
        self._known: dict[tuple[str, str], str] = {}
        self.jobs = [Job(JOB, self._begin)]

    def join(self, capture: Capture) -> Capture:
        """Return a capture with load, speed and the air where they were fresh."""
        return self._streams.join(capture).capture

    def step(self) -> float:
        """Say which tags came and went."""
        states = self._streams.tags.status()
        counts = Counter(status.state for status in states)
        self._metrics.context(counts)
        for status in states:
            self._tell(status)
        return LOOK_S

    def close(self) -> None:
        """End the streams."""
        self._streams.stop()

    def _begin(self) -> "LiveContext":
        self._streams.start()
        return self

    def _tell(self, status: TagStatus) -> None:
        which = (status.tag.motor, status.tag.label)
        before = self._known.setdefault(which, "missing")
        if status.state == before:
            return
        self._known[which] = status.state
        facts = {"motor_id": status.tag.motor}
        if status.state == "fresh":
            log.info("context %s is there", status.tag.label, extra=facts)
        else:
            age_s = status.age_s or 0.0
            log.warning(
                "context %s is stale: nothing for %.0f s; refused so far: %s",
                status.tag.label,
                age_s,
                status.refused or "nothing",
                extra=facts,
            )
