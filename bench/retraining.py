"""Retraining the shipped head from ten thousand embeddings with every class, on one thread.

Embeddings lie about the classes that the release knows, physics features about their own centres.
Labels are drawn from what the head believes after each of its coefficients was moved at random: a
plant that is another than what the head has seen, by a share of its standard errors. The harder
figure has labels that know nothing of the head.
"""

import json
import os
import subprocess
import sys
import time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.stage2 import SHIPPED_STAGE2
from bench.replay import ONE_THREAD
from models.stage2.head import Head, retrain_head
from models.stage2.release import load_stage2

ROWS, ROUNDS, SEED = 10_000, 5, 11
MOVED = 0.25
"""Standard errors."""
MASKED = 0.3
"""Share of physics features that are."""
FORGETTING = 0.3

Floats = npt.NDArray[np.float64]


class Plant(NamedTuple):
    """What a plant has to teach: inputs of the head, and labels."""

    embeddings: Floats
    physics: Floats
    labels: list[str]


def run(rounds: int = ROUNDS, rows: int = ROWS) -> dict[str, float]:
    """Measure in a process of its own, where nothing else has started threads."""
    command = [sys.executable, "-m", "bench.retraining", str(rounds), str(rows)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True)
    return figures(**json.loads(done.stdout))


def figures(near_s: list[float], far_s: list[float]) -> dict[str, float]:
    """Return the published figures: the middle one of all rounds."""
    return {
        "head_retrain_10000_s": sorted(near_s)[len(near_s) // 2],
        "head_retrain_10000_strange_s": sorted(far_s)[len(far_s) // 2],
    }


def plant(head: Head, rows: int, *, moved: float | None) -> Plant:
    """Draw a plant; with `moved` None its labels are the classes that embeddings lie about."""
    random = np.random.default_rng(SEED)
    familiar, width = head.familiar, head.familiar.centres.shape[1]
    scatter = np.linalg.cholesky(np.linalg.inv(familiar.precision))
    about = random.integers(len(familiar.centres), size=rows)
    embeddings = familiar.centres[about] + random.standard_normal((rows, width)) @ scatter.T
    spread = head.scale[width:] * random.standard_normal((rows, head.scale.size - width))
    physics = head.centre[width:] + spread
    physics[random.random(physics.shape) < MASKED] = np.nan
    if moved is None:
        return Plant(embeddings, physics, [head.classes[code] for code in about])
    away = moved * head.standard_errors * random.standard_normal(head.standard_errors.shape)
    inputs = head.scaled(np.concatenate([embeddings, physics], axis=1))
    logits = inputs @ (head.coefficients + away[:, :-1]).T + head.intercepts + away[:, -1]
    drawn = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
    return Plant(embeddings, physics, [head.classes[code] for code in drawn])


def measure(rounds: int, rows: int) -> dict[str, list[float]]:
    """Return the processor time of each round of both."""
    head = load_stage2(SHIPPED_STAGE2).head
    plants = {"near_s": plant(head, rows, moved=MOVED), "far_s": plant(head, rows, moved=None)}
    spent: dict[str, list[float]] = {name: [] for name in plants}
    for _ in range(rounds):
        for name, one in plants.items():
            start = time.process_time()
            retrain_head(head, *one, forgetting=FORGETTING)
            spent[name].append(time.process_time() - start)
    return spent


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
