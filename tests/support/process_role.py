"""A small process around `run_process` for tests that kill it, stop it and look at it.

``python process_role.py STATE BEHAVIOUR``: what its jobs do is chosen by the second word.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.process.health import HealthConfig
from app.process.job import Job
from app.process.logs import LogConfig
from app.process.shell import Shell, run_process
from sensors.errors import BadConfig, StoreError


@dataclass(frozen=True)
class Config:
    state: str
    site: str = "test"
    stop_within_s: float = float(os.environ.get("STOP_WITHIN_S", "1"))
    health: HealthConfig = field(default_factory=lambda: HealthConfig(port=0, alive_s=1.0))
    log: LogConfig = field(default_factory=lambda: LogConfig(most_per_minute=1000))


class Idle:
    def __init__(self, mark: Path | None = None, close_s: float = 0.0) -> None:
        self.mark, self.close_s = mark, close_s

    def step(self) -> float | None:
        return 0.05

    def close(self) -> None:
        logging.warning("now it closes")
        time.sleep(self.close_s)
        if self.mark is not None:
            self.mark.write_text("closed")


class Failing(Idle):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def step(self) -> float | None:
        raise self.error


class Stuck(Idle):
    def step(self) -> float | None:
        logging.warning("now it is stuck")
        time.sleep(1000)
        return 0.0


class Short(Idle):
    def step(self) -> float | None:
        return None


class Deaf(Idle):
    def step(self) -> float | None:
        lock = threading.Lock()
        lock.acquire()
        logging.warning("now it is stuck")
        while True:
            lock.acquire(timeout=0.1)


def refuse() -> Idle:
    raise BadConfig("motor, entry 1: no such file")


def jobs(shell: Shell, behaviour: str, mark: Path) -> Sequence[Job]:
    shell.readiness.passed("broker")
    kinds = {
        "idle": lambda: Idle(mark),
        "slow": lambda: Idle(close_s=1000),
        "stuck": Stuck,
        "deaf": Deaf,
        "short": Short,
        "broken": lambda: Failing(ZeroDivisionError("a defect")),
        "storeless": lambda: Failing(StoreError("no room")),
        "refused": refuse,
    }
    return [Job("main", lambda: Idle()), Job(behaviour, kinds[behaviour], motor_id="m-1")][
        1 if behaviour == "short" else 0 :
    ]


if __name__ == "__main__":
    state, behaviour = Path(sys.argv[1]), sys.argv[2]
    sys.exit(
        run_process(
            "device",
            Config(str(state)),
            checks=["broker"],
            jobs=lambda shell: jobs(shell, behaviour, state / "mark"),
        )
    )
