"""A small trained release and the motors it was trained on, for tests of stage 1."""

import numpy as np
from support.feature_vectors import SPEC_ID, STEP_NS, make_vector

from models.life import Life
from models.limits import Limit
from models.release import Provenance, Release
from models.run_to_failure import training_set
from models.training import Recipe, train_release

NAMES = ("level_db", "band_db", "other")
RISE = Limit(
    name="level rise",
    features=("level_db",),
    kind="rise",
    unit="dB",
    alert=8.0,
    danger=20.0,
    source="test",
)
LEVEL = Limit(
    name="velocity",
    features=("other",),
    kind="level",
    unit="mm/s",
    alert=4.5,
    danger=7.1,
    source="test",
)
RECIPE = Recipe(rising=("level_db", "band_db"), limits=(RISE, LEVEL))
PROVENANCE = Provenance(
    data={"a": "0" * 64}, units=("a",), split="none", metrics={}, synthetic=True
)


def make_life(name: str, *, seed: int, n: int = 300, rise_db: float = 15.0) -> Life:
    """A life whose levels run in, stand, and rise over the last tenth."""
    rng = np.random.default_rng(seed)
    share = np.arange(n) / n
    level = -20.0 + 3.0 * rng.normal() - 2.0 * np.minimum(share / 0.2, 1.0)
    level = level + rise_db * np.clip((share - 0.9) / 0.05, 0.0, 1.0)
    table = np.column_stack([level, level - 4.0, np.full(n, 2.0)])
    table = table + rng.normal(size=(n, 3)) * [0.4, 0.6, 0.1]
    vectors = tuple(make_vector(row, index=i, motor_id=name) for i, row in enumerate(table))
    return Life(name, vectors, 0, n * STEP_NS)


def make_lives(count: int = 6) -> list[Life]:
    return [make_life(f"b{k}", seed=k) for k in range(count)]


def make_release(recipe: Recipe = RECIPE) -> Release:
    release = train_release(training_set(make_lives(), NAMES, recipe), recipe, PROVENANCE)
    assert release.spec_id == SPEC_ID
    return release
