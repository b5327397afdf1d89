"""Blind search: sidebands of a family are taken for neither a fundamental nor a strange bearing."""

import numpy as np
import pytest
from impacts import BEARING

from dsp.bank import LevelBank, Origin
from models.bearing.search import doubt_bearings, rank_bearings
from models.finding import Candidate
from sensors.conditions import Condition
from sensors.motor import Bearing

SHAFT_HZ = 25.0
RESOLUTION_HZ = 0.1
BPFI = 5.38


def bank_of(lines: dict[float, float]) -> LevelBank:
    """Put lines of so many dB at orders over a floor that noise would make."""
    size = round(46 * SHAFT_HZ / RESOLUTION_HZ)
    levels = np.random.default_rng(1).uniform(-3.0, 3.0, (1, size)).astype(np.float32)
    for order, level_db in lines.items():
        levels[0, round(order * SHAFT_HZ / RESOLUTION_HZ)] = level_db
    heights = np.full_like(levels, 0.01)
    heights[levels > 10.0] = 0.6
    return LevelBank(levels, heights, RESOLUTION_HZ, (Origin("vib", (1000.0, 3000.0), 5.0),))


def candidate(order: float) -> Candidate:
    return Candidate(
        bearing="6204",
        condition=Condition.BEARING_OUTER_RACE,
        order=order,
        expected_order=order,
        level_db=30.0,
    )


def test_a_sideband_is_no_fundamental():
    family = {BPFI: 30.0, 2 * BPFI: 29.0, 3 * BPFI: 28.0}
    # Sidebands that happen to make a comb at two orders less: 3.38, 6.76 and nothing at 10.14.
    sidebands = {BPFI - 2: 33.0, 2 * (BPFI - 2): 32.0, BPFI - 1: 29.0, BPFI + 1: 29.0}
    inner = Bearing(name="inner", bpfi_order=BPFI * 1.01, source="test")
    outer = Bearing(name="outer", bpfo_order=(BPFI - 2) * 1.01, source="test")
    (best, *_) = rank_bearings(bank_of(family | sidebands), SHAFT_HZ, [outer, inner])
    assert (best.bearing, best.condition) == ("inner", Condition.BEARING_INNER_RACE)
    alone = {BPFI - 2: 33.0, 2 * (BPFI - 2): 32.0, 3 * (BPFI - 2): 31.0}
    (best, *_) = rank_bearings(bank_of(alone), SHAFT_HZ, [outer, inner])
    assert best.bearing == "outer"


@pytest.mark.parametrize("side", [-3, -2, -1, 0, 1, 2, 3])
def test_a_declared_bearing_may_make_its_sidebands(side: int):
    assert BEARING.bpfi is not None
    assert doubt_bearings((candidate(0.99 * BEARING.bpfi + side),), (BEARING,)) is None


def test_what_no_declared_line_explains_is_doubted():
    doubt = doubt_bearings((candidate(6.05),), (BEARING,))
    assert doubt is not None and "6204" in doubt and "check the bearing" in doubt
