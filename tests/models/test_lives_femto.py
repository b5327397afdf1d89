"""Real lives, run to their end: the level between impulses, on the protocol of the project."""

import numpy as np
import pytest
from support.feature_vectors import SPEC_ID
from support.stage1 import PROVENANCE

from dsp.statistics import moments
from dsp.vector import FeatureVector
from models.life import Life, summarise
from models.limits import Limit
from models.run_to_failure import leave_one_life_out
from models.training import Recipe

NAMES = ("carpet_db",)
RECIPE = Recipe(
    rising=NAMES,
    limits=(
        Limit(
            name="carpet rise",
            features=NAMES,
            kind="rise",
            unit="dB",
            alert=8.0,
            danger=20.0,
            source="test",
        ),
    ),
)


def load_life(path):
    with np.load(path) as data:
        time = moments(data["acceleration_g"] * np.float32(9.80665))
        carpet = 20 * np.log10(time.peak / time.clearance_factor).max(axis=1)
        period_ns = int(data["snapshot_period_s"] * 1e9)
        starts = (data["file_number"] - 1) * period_ns
        end_ns = int(data["total_snapshots"]) * period_ns
    vectors = tuple(
        FeatureVector(
            spec_id=SPEC_ID,
            motor_id=path.stem,
            motor_hash="hash",
            t0_ns=int(start),
            t1_ns=int(start) + 10**8,
            seq=index,
            values=np.array([level], dtype=np.float32),
            mask=np.zeros(1, dtype=bool),
        )
        for index, (start, level) in enumerate(zip(starts, carpet, strict=True))
    )
    return Life(path.stem, vectors, 0, end_ns)


@pytest.fixture(scope="module")
def outcomes(data_dir):
    paths = sorted((data_dir / "femto_npz").glob("*.npz"))
    if len(paths) < 9:
        pytest.skip("needs the nine series of femto_npz")
    lives = [load_life(path) for path in paths]
    return [one.outcome for one in leave_one_life_out(lives, NAMES, RECIPE, PROVENANCE)]


def test_most_lives_are_alarmed_before_their_end_and_none_in_health(outcomes):
    summary = summarise(outcomes)
    assert summary.alarmed >= 7
    assert summary.early_alarms == 0
    assert 10.0 < summary.early_h < 12.7


def test_leads_under_ten_minutes_are_not_called_predictions(outcomes):
    assert all((o.lead_s or 0) >= 600 for o in outcomes if o.verdict == "prediction")
    assert {o.verdict for o in outcomes} >= {"prediction", "detection"}
