"""`motorwatch platform`: keeps what arrives, acknowledges it, archives raw captures."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from app.archive.archive import Archive
from app.archive.keys import load_keys
from app.archive.stored import keep_capture
from app.live.link import JOB as LINK
from app.live.link import Link
from app.live.office import Office
from app.live_config.platform import PlatformConfig
from app.messages import Report, recorded_kind
from app.process.job import Job
from app.process.role_metrics import PlatformMetrics
from app.process.shell import Shell, run_process
from app.roles.platform import Platform
from app.store import Store, open_store
from app.store.arrival import Arrival, LogOnly
from app.topics import Address, Kind
from app.transfer.receiver import CaptureReceiver
from sensors.errors import StoreError

log = logging.getLogger(__name__)

JOB = "recorder"
COMMIT_EVERY_S = 0.1
"""What arrived is committed this often, or as soon as a batch is full."""
RETRY_S = 1.0


def run_platform(config: PlatformConfig) -> int:
    """Run a platform until a signal; return the exit code."""
    with ExitStack() as stack:

        def jobs(shell: Shell) -> Sequence[Job]:
            store = stack.enter_context(open_store(config.store))
            link = Link(shell, config.broker, ring_mb=1)
            archive = Archive(
                Path(config.archive),
                store,
                keys=load_keys(Path(one) for one in config.archive_keys),
                limit_bytes=config.archive_mb * 2**20,
            )
            office = Office(
                store, link.raw, shell.site, notify=config.notify, retention=config.retention
            )
            recorder = Recorder(shell, link, store, archive, office, batch=config.batch)
            return [Job(LINK, link.begin), *recorder.jobs()]

        return run_process("platform", config, checks=("broker", "store"), jobs=jobs)


class Recorder:
    """Everything a platform does, on the link of its process.

    Parameters
    ----------
    shell, link
        Of the process.
    store : Store
        Where messages go.
    archive : Archive
        Where raw captures go.
    office : Office
        Is told what was committed.
    batch : int
        Messages to a commit.
    """

    def __init__(
        self,
        shell: Shell,
        link: Link,
        store: Store,
        archive: Archive,
        office: Office,
        *,
        batch: int,
    ) -> None:
        self._shell, self._archive, self._office = shell, archive, office
        self._store = store
        self._metrics = PlatformMetrics(shell.meters)
        self._platform = Platform(link.raw, store, batch=batch, on_commit=self._on_commit)
        self._receiver = CaptureReceiver(link.raw, self._keep, leg="archive")
        self._failed = False
        self._began_s = 0.0

    def jobs(self) -> list[Job]:
        """Return the jobs of a platform."""
        return [Job(JOB, self._begin), *self._office.jobs()]

    def step(self) -> float:
        """Commit what is held, and acknowledge it."""
        self._began_s = time.monotonic()
        try:
            self._platform.flush()
            self._office.catch_up()
        except StoreError as error:
            if not self._failed:
                log.error("the store refuses; nothing is acknowledged until it takes: %s", error)
            self._failed = True
            self._shell.readiness.failed("store", str(error))
            self._metrics.refused()
            return RETRY_S
        if self._failed:
            log.warning("the store takes again")
        self._failed = False
        self._shell.readiness.passed("store")
        self._receiver.tick()
        return COMMIT_EVERY_S

    def close(self) -> None:
        """Commit what is still held."""
        self._platform.flush()

    def _begin(self) -> "Recorder":
        mended = self._archive.recover()
        if mended.adopted or mended.lost or mended.damaged or mended.swept:
            log.warning("the archive was mended: %s", mended)
        self._shell.readiness.passed("store")
        return self

    def _on_commit(self, held: Sequence[Arrival], stored: int) -> None:
        kinds: Counter[Kind] = Counter(
            recorded_kind(each.message) for each in held if not isinstance(each.message, LogOnly)
        )
        took_s = time.monotonic() - self._began_s
        self._metrics.committed(kinds, known=len(held) - stored, took_s=took_s)
        now_ns = time.time_ns()
        for each in held:
            if isinstance(each.message, Report) and each.message.clock != "unknown":
                self._metrics.acknowledged((now_ns - each.message.t1_ns) / 1e9)
        self._office.tell(held)

    def _keep(self, address: Address, payload: bytes) -> None:
        keep_capture(self._archive, self._store, address, payload, time.time_ns())
