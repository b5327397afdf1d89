"""Drawn cases: known by their number, of all kinds, apart from every other simulated machine."""

from collections import Counter

import msgspec
import numpy as np
import pytest

from app.backbone.augment import augmented, elsewhere, targets_of
from app.backbone.drawn import (
    DRAWN,
    PREFIX,
    SEED,
    SEVERITY,
    drawn_case,
    fault_orders,
    read_case,
)
from app.backbone.examples import CONDITIONS, drawn_example, truth_row
from app.backbone.foreign import Lines, draw_into, foreign_lines
from app.results.detection_cases import FIRST_SEED
from app.soak.machine import SEED as SOAK_SEED
from app.soak.machine import window
from dsp.order import defect_lines
from models.stage2.needs import NEEDS, lane_rows, told
from models.stage2.spectra import FAULT_LANES, LANES, SHAFT_LANES, SpectraSpec
from sensors.conditions import BEARING_CONDITIONS, Condition
from sensors.motor import Bearing
from sensors.simulator.scenario_check import check_scenario

SPEC = SpectraSpec()
SOME = range(250)


def number_of(condition: Condition, seconds: float = 2.0) -> int:
    """Return the first short case that shows one thing clearly."""
    return next(
        n
        for n in range(4000)
        if drawn_case(n).truth == {condition}
        and (drawn_case(n).scenario.faults[0].severity or 0) > 0.8
        and drawn_case(n).scenario.duration_s == seconds
    )


def test_a_case_is_known_by_its_number() -> None:
    assert drawn_case(17) == drawn_case(17)
    one, same = (drawn_example(17)[0] for _ in range(2))
    np.testing.assert_array_equal(one.spectra, same.spectra)
    np.testing.assert_array_equal(one.physics, same.physics)
    other = read_case(msgspec_seed(17))
    assert not np.array_equal(
        next(iter(other.blocks)).values, next(iter(read_case(drawn_case(17)).blocks)).values
    )


def msgspec_seed(number: int):
    """Return a case whose samples are of the next one's seed."""
    from dataclasses import replace

    case = drawn_case(number)
    return replace(case, scenario=msgspec.structs.replace(case.scenario, seed=SEED + number + 1))


def test_no_case_shares_its_seed_with_the_soak_the_curves_or_another() -> None:
    own = {drawn_case(n).scenario.seed for n in SOME}
    assert len(own) == len(SOME)
    others = {window(n).scenario.seed for n in SOME}
    assert not own & others
    # Numbers of a million more stay clear of each other, and of small seeds of tests.
    assert SEED - SOAK_SEED >= 5_000_000 and SEED - FIRST_SEED >= 5_000_000
    soak = {window(n).scenario.motor for n in range(60)}
    assert not any(drawn_case(n).motor in soak for n in range(60))


def test_cases_are_of_all_kinds_and_can_be_simulated() -> None:
    cases = [drawn_case(n) for n in SOME]
    for case in cases:
        check_scenario(case.scenario)
        for fault in case.scenario.faults:
            assert SEVERITY[0] <= (fault.severity or 0) <= SEVERITY[1]
            lines = {line.condition for line in defect_lines(case.motor.bearings[0])}
            assert fault.condition in lines or fault.condition not in BEARING_CONDITIONS
    found = Counter(fault.condition for case in cases for fault in case.scenario.faults)
    assert set(found) == set(DRAWN)
    healthy = np.mean([not case.scenario.faults for case in cases])
    assert 0.17 < healthy < 0.33
    assert {case.motor.nameplate.poles for case in cases} == {2, 4, 6}
    errors = [case.speed_error for case in cases]
    assert 0.007 < np.std(errors) < 0.013


def test_truth_is_what_the_bearing_looked_for_can_show() -> None:
    for case in map(drawn_case, SOME):
        present = {fault.condition for fault in case.scenario.faults}
        if case.bearing == case.motor.bearings[0]:
            assert case.truth == present
        else:
            hidden = present - case.truth
            assert hidden <= set(BEARING_CONDITIONS)
            lines = _orders(case.motor.bearings[0])
            looked_at = _orders(case.bearing)
            for condition in present & set(BEARING_CONDITIONS):
                near = abs(lines[condition] / looked_at.get(condition, np.inf) - 1) < 0.02
                assert near == (condition not in hidden)


def _orders(bearing: Bearing) -> dict[Condition, float]:
    return {line.condition: line.order for line in defect_lines(bearing)}


def test_everything_drawn_is_something_that_the_backbone_learns() -> None:
    assert set(DRAWN) == set(NEEDS)


def test_the_declared_speed_is_wrong_as_drawn() -> None:
    case = drawn_case(3)
    truth = read_case(type(case)(case.number, case.scenario, case.bearing, case.truth, 0.0))
    wrong = read_case(case)
    assert truth.speed_rpm and wrong.speed_rpm
    assert wrong.speed_rpm / truth.speed_rpm == pytest.approx(1 + case.speed_error)


def test_fault_orders_are_the_bearings() -> None:
    orders = fault_orders([f"{PREFIX}{n}" for n in range(30)])
    assert orders.shape == (30, 4)
    for n, row in enumerate(orders):
        known = {line.name: line.order for line in defect_lines(drawn_case(n).bearing)}
        for name, order in zip(FAULT_LANES, row, strict=True):
            assert order == known[name] if name in known else np.isnan(order)


@pytest.mark.parametrize(
    ("condition", "lane"),
    [(Condition.BEARING_OUTER_RACE, "BPFO"), (Condition.BEARING_INNER_RACE, "BPFI")],
)
def test_a_drawn_race_fault_stands_in_its_own_lane(condition: Condition, lane: str) -> None:
    example, truth = drawn_example(number_of(condition))
    assert truth == {condition}
    row = example.spectra[LANES.index(lane)]
    step = SPEC.bins_per_multiple
    assert row[step - 3 : step + 4].max() > 0.3
    assert not example.lanes_masked[LANES.index(lane)]


def test_truth_rows_name_conditions() -> None:
    row = truth_row(frozenset({Condition.UNBALANCE, Condition.BEARING_CAGE}))
    assert {CONDITIONS[k] for k in np.flatnonzero(row)} == {"unbalance", "bearing_cage"}
    assert targets_of(row[None]).sum() == 2


# --- foreign lines --------------------------------------------------------------------------------


def test_a_line_stands_at_its_place_in_every_lane() -> None:
    orders = np.array([3.6, 5.4, 4.7, 0.4])
    made = Lines(np.array([7.2]), np.array([0.8]))
    rows = np.zeros((len(LANES), SPEC.bins), dtype=np.float32)
    for lane in ("envelope_mean", "BPFO"):
        draw_into(rows, lane, made, orders, SPEC)
    assert rows[LANES.index("envelope_mean")].argmax() == 7.2 * SPEC.bins_per_order // 1
    assert abs(int(rows[LANES.index("BPFO")].argmax()) - 2 * SPEC.bins_per_multiple) <= 1
    assert np.count_nonzero(rows) < 10


def test_no_foreign_comb_begins_at_a_line_of_the_bearing() -> None:
    """Single lines may fall anywhere; a comb there would be the fault itself."""
    orders, random = np.array([3.6, 5.4, 4.7, 0.4]), np.random.default_rng(0)
    combs = 0
    for _ in range(2000):
        lines = foreign_lines(orders, random)
        assert ((lines.heights >= 0) & (lines.heights <= 1)).all()
        near = np.abs(lines.orders[:, None] / (orders * np.arange(1, 4)[:, None, None]) - 1) < 5e-4
        # All three harmonics of one defect line at once, and strong: a comb of its own.
        combs += int((near & (lines.heights[:, None] > 0.2)).any(axis=1).all(axis=0).any())
    assert combs <= 2


def test_unknown_lines_and_lanes_are_left_alone() -> None:
    unknown, random = np.full(4, np.nan), np.random.default_rng(1)
    rows = np.zeros((len(LANES), SPEC.bins), dtype=np.float32)
    for _ in range(50):
        draw_into(rows, "BPFO", foreign_lines(unknown, random), unknown, SPEC)
    assert not rows.any()


def test_what_training_does_to_spectra_stays_within_bounds_and_is_seeded() -> None:
    random = np.random.default_rng(2)
    n = 60
    made = random.random((n, len(LANES), SPEC.bins)).astype(np.float32)
    masked = np.zeros((n, len(LANES)), dtype=bool)
    masked[:20, lane_rows(FAULT_LANES)] = True
    masked[40:, lane_rows(SHAFT_LANES)] = True
    truth = np.zeros((n, len(CONDITIONS)), dtype=bool)
    truth[:, CONDITIONS.index("bearing_cage")] = True
    orders = np.tile([3.6, 5.4, 4.7, 0.4], (n, 1))
    before = made.copy()
    one, two = (augmented(made, masked, truth, orders, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.spectra, two.spectra)
    np.testing.assert_array_equal(made, before)
    assert one.spectra.min() >= 0 and one.spectra.max() <= 1
    gone = ~one.spectra.any(axis=2)
    assert gone[masked].all(), "what was masked stays so"
    assert gone.sum() > masked.sum(), "and senses are taken away"
    np.testing.assert_array_equal(one.weights, told(gone).astype(np.float32))
    assert one.targets.shape == one.weights.shape == (n, len(NEEDS))


def test_another_rig_is_not_the_same() -> None:
    made = np.full((4, len(LANES), SPEC.bins), 0.3, dtype=np.float32)
    seen = elsewhere(made, np.full((4, 4), np.nan), np.random.default_rng(4))
    ratio = np.median(seen / made, axis=2)
    assert ratio.min() > 0.55 and ratio.max() < 1.35 and ratio.std() > 0.1
