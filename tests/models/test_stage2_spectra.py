"""What stage 2 looks at: pooling against a loop, lines where theory puts them, nothing else."""

import math
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hostile_captures import (
    VIB_HZ,
    amperes,
    block,
    capture,
    felt,
    heard,
    hiss,
    motor,
    running,
    three_phases,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from impacts import BEARING, RATE_HZ, impacts
from motor_current import RATE_HZ as CURRENT_HZ
from motor_current import angles, current
from motor_current import capture as current_capture
from motor_current import motor as current_motor
from scipy.signal import resample

from dsp.audit import audit
from models.shaft_speed import shaft_speed
from models.stage2.lanes import over_typical, pooled, scaled
from models.stage2.needs import NEEDS, told, told_classes
from models.stage2.physics import NAMES, physics_features
from models.stage2.spectra import (
    FAULT_LANES,
    LANES,
    SHAFT_LANES,
    SOUND_LANES,
    SUPPLY_LANES,
    OrderSpectra,
    SpectraSpec,
    order_spectra,
)
from sensors.capture import Capture, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Motor

SPEC = SpectraSpec()
ROW = {name: at for at, name in enumerate(LANES)}
SHAFT_HZ = 24.25
BARE = msgspec.structs.replace(motor(), bearings=())


def seen(given: Capture, about: Motor | None = None, spec: SpectraSpec = SPEC) -> OrderSpectra:
    about = about or motor()
    notes = audit(given, about)
    speed = shaft_speed(given, about, notes)
    bearing = about.bearings[0] if about.bearings else None
    return order_spectra(given, bearing, notes, speed, nominal_hz=50.0, spec=spec)


def lane(view: OrderSpectra, name: str) -> np.ndarray:
    return view.values[ROW[name]]


def measured(view: OrderSpectra) -> set[str]:
    return {name for name, gone in zip(LANES, view.mask, strict=True) if not gone}


def peak_near(row: np.ndarray, at: int, reach: int = 3) -> float:
    return float(row[max(at - reach, 0) : at + reach + 1].max())


def same(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


# --- pooling --------------------------------------------------------------------------------------


def slowly_pooled(levels: list[float], edges: list[float]) -> list[float]:
    """Return the highest of the fine bins, each half a bin to either side of its centre."""
    found = []
    for low, high in pairwise(edges):
        # A border is given to the bin above it.
        first, last = math.floor(low + 0.5), math.floor(high + 0.5)
        found.append(max(levels[first : max(last, first + 1)], default=-math.inf))
    return found


@given(
    st.lists(st.floats(-60, 60, width=32), min_size=1, max_size=40),
    st.floats(0.05, 5.0),
    st.integers(1, 60),
)
@settings(max_examples=200, deadline=None)
def test_pooling_equals_a_loop(levels: list[float], step: float, count: int) -> None:
    edges = np.arange(count + 1) * step
    got = pooled(np.array(levels, dtype=np.float32), edges)
    assert got.shape == (count,)
    wanted = slowly_pooled(levels, edges.tolist())
    np.testing.assert_array_equal(got, np.array(wanted, dtype=np.float32))


def test_pooling_keeps_a_line_and_says_where_nothing_was_measured() -> None:
    levels = np.zeros(100, dtype=np.float32)
    levels[37] = 30.0
    got = pooled(levels, np.arange(13) * 10.0)
    assert got[4] == 0.0 and got[3] == 30.0, "bins 30 to 39 are the fourth"
    assert (got[:10] > -np.inf).all() and (got[10:] == -np.inf).all()


def test_scaling_holds_what_is_beyond_and_the_median_is_zero() -> None:
    levels = np.array([-np.inf, -5.0, 0.0, 5.0, 10.0, 90.0], dtype=np.float32)
    over = over_typical(levels)
    assert np.median(over[1:]) == 0.0 and over[0] == -np.inf
    np.testing.assert_allclose(
        scaled(over, zero_db=0.0, span_db=40.0), [0, 0, 0, 0, 0.125, 1.0], atol=1e-6
    )


# --- vibration ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outer_race() -> np.ndarray:
    return impacts(BEARING.bpfo, seed=1, shaft_hz=SHAFT_HZ, seconds=6.0)


@pytest.fixture(scope="module")
def outer_view(outer_race: np.ndarray) -> OrderSpectra:
    return seen(capture(felt(outer_race, RATE_HZ)))


def test_an_outer_race_stands_at_whole_multiples_of_its_own_line_only(
    outer_view: OrderSpectra,
) -> None:
    row = lane(outer_view, "BPFO")
    step = SPEC.bins_per_multiple
    for multiple in (1, 2, 3):
        assert peak_near(row, multiple * step, 2) > 0.5
    away = [
        peak_near(row, at, 2)
        for at in range(8, SPEC.bins - 8, 4)
        if min(at % step, -at % step) > 8 and at > step / 2
    ]
    assert max(away) < 0.35, "half the height of the line, in decibels"
    for other in ("BPFI", "2 x BSF", "FTF"):
        assert peak_near(lane(outer_view, other), step, 2) < 0.5 * peak_near(row, step, 2)


def test_shaft_lines_stand_at_whole_orders(outer_view: OrderSpectra) -> None:
    row = lane(outer_view, "vibration")
    for order in (1, 2, 3):
        assert peak_near(row, order * SPEC.bins_per_order, 1) > 0.5
    assert peak_near(row, round(5.5 * SPEC.bins_per_order), 3) < 0.35


def test_gain_and_unit_do_not_matter(outer_race: np.ndarray, outer_view: OrderSpectra) -> None:
    for changed in (
        capture(felt(outer_race * 37.0, RATE_HZ)),
        capture(felt(outer_race / 9.80665, RATE_HZ, unit=Unit.UNSCALED)),
    ):
        np.testing.assert_allclose(seen(changed).values, outer_view.values, atol=1e-4)


def test_a_slower_sampling_rate_changes_little(
    outer_race: np.ndarray, outer_view: OrderSpectra
) -> None:
    slower = resample(outer_race, round(outer_race.size * 0.95))
    view = seen(capture(felt(slower, RATE_HZ * 0.95)))
    for name in ("vibration", "envelope_mean", "envelope_highest", "BPFO"):
        assert same(lane(view, name), lane(outer_view, name)) > 0.95, name
        assert np.abs(lane(view, name) - lane(outer_view, name)).mean() < 0.02, name


def test_machines_of_other_speed_look_alike_and_of_other_fault_do_not(
    outer_view: OrderSpectra,
) -> None:
    slow = seen(
        capture(felt(impacts(BEARING.bpfo, seed=2, shaft_hz=15.0, seconds=9.0), RATE_HZ), rpm=900),
        motor(poles=6, rated_rpm=900.0),
    )
    inner = seen(
        capture(felt(impacts(BEARING.bpfi, seed=3, shaft_hz=SHAFT_HZ, seconds=6.0), RATE_HZ))
    )
    for name in ("envelope_highest", "BPFO"):
        alike = same(lane(slow, name), lane(outer_view, name))
        assert alike > 0.85, name
        assert same(lane(inner, name), lane(outer_view, name)) < alike - 0.3, name


def test_other_geometry_looks_alike_in_multiples_of_its_own_lines(outer_view: OrderSpectra) -> None:
    other = msgspec.structs.replace(
        BEARING, name="other", rolling_elements=7, element_diameter_mm=9.0
    )
    view = seen(
        capture(felt(impacts(other.bpfo, seed=4, shaft_hz=SHAFT_HZ, seconds=6.0), RATE_HZ)),
        msgspec.structs.replace(motor(), bearings=(other,)),
    )
    assert same(lane(view, "BPFO"), lane(outer_view, "BPFO")) > 0.85
    assert same(lane(view, "envelope_highest"), lane(outer_view, "envelope_highest")) < 0.6


# --- current --------------------------------------------------------------------------------------


@pytest.mark.parametrize("slip", [0.02, 0.035])
def test_a_broken_bar_stands_at_twice_slip_beside_the_line(slip: float) -> None:
    line, slipping = angles(slip=slip)
    bars = current(line, slipping, lower=0.03, upper=0.015)
    sound = current(line, slipping)
    half = SPEC.bins // 2
    places = [round(half * (1 + side * 2 * slip / SPEC.near_order)) for side in (-1, 1)]
    views = [
        lane(seen(current_capture(values, rate_hz=CURRENT_HZ), current_motor()), SUPPLY_LANES[1])
        for values in (bars, sound)
    ]
    low, high = SPEC.carrier_span_db
    for at, share in zip(places, (0.03, 0.015), strict=True):
        wanted = (20 * np.log10(share) - low) / (high - low)
        assert peak_near(views[0], at, 1) == pytest.approx(wanted, abs=0.04)
        assert peak_near(views[1], at, 1) < wanted - 0.2


def test_harmonics_of_the_current_stand_at_orders_of_the_supply() -> None:
    line, slipping = angles(wander=0.0)
    row = lane(
        seen(current_capture(current(line, slipping), rate_hz=CURRENT_HZ), current_motor()),
        SUPPLY_LANES[0],
    )
    low, high = SPEC.carrier_span_db
    assert row[SPEC.bins_per_order] == 1.0, "the line itself is over the span"
    fifth = (20 * np.log10(0.02) - low) / (high - low)
    assert row[5 * SPEC.bins_per_order] == pytest.approx(fifth, abs=0.04)
    assert row[4 * SPEC.bins_per_order] < fifth - 0.2


def test_phases_of_different_rates_are_each_read_at_their_own() -> None:
    weak, strong = three_phases(2.0, rate_hz=8000.0)[0], three_phases(14.0, rate_hz=10_000.0)[1]
    both = seen(capture(amperes(weak, "a", 8000.0), amperes(strong, "b", 10_000.0)), BARE)
    alone = seen(capture(amperes(strong, "b", 10_000.0)), BARE)
    np.testing.assert_array_equal(lane(both, "current"), lane(alone, "current"))


# --- what is not there ----------------------------------------------------------------------------

SENSES = {
    "vibration": (lambda: capture(felt(running())), {*SHAFT_LANES, *FAULT_LANES}),
    "sound": (lambda: capture(heard(0.1 * running())), set(SOUND_LANES)),
    "power": (lambda: capture(amperes(three_phases()[0])), set(SUPPLY_LANES)),
    "temperature": (
        lambda: capture(block("t", Sense.TEMPERATURE, Unit.DEGC, hiss(60) + 40, 1.0)),
        set(),
    ),
}


@pytest.mark.parametrize("name", SENSES)
def test_a_missing_sense_is_masked_and_zero(name: str) -> None:
    make, lanes = SENSES[name]
    view = seen(make())
    assert measured(view) == lanes
    assert view.values.shape == (len(LANES), SPEC.bins) and view.values.dtype == np.float32
    assert not view.values[view.mask].any()
    assert (view.values >= 0).all() and (view.values <= 1).all()


def test_without_bearing_the_fault_lanes_are_masked() -> None:
    assert measured(seen(capture(felt(running())), BARE)) == set(SHAFT_LANES)


def test_without_speed_only_the_current_is_seen() -> None:
    both = capture(felt(hiss(160_000)), amperes(three_phases()[0]))
    notes = audit(both, motor())
    view = order_spectra(both, motor().bearings[0], notes, None, nominal_hz=50.0, spec=SPEC)
    assert measured(view) == set(SUPPLY_LANES)


@pytest.mark.parametrize(
    "values",
    [
        np.full(160_000, np.nan),
        np.zeros(160_000),
        np.full(160_000, 3.3),
        np.zeros(0),
        np.where(np.arange(160_000) % 50_000 < 100, np.nan, running()),
        running() * 1e30,
        running()[:200],
    ],
    ids=["nan", "zero", "constant", "empty", "gaps", "huge", "short"],
)
def test_whatever_comes_in_lanes_are_numbers_from_0_to_1(values: np.ndarray) -> None:
    given = capture(
        felt(values), heard(values), amperes(values, rate_hz=VIB_HZ), amperes(values, "b")
    )
    view = seen(given)
    assert np.isfinite(view.values).all()
    assert (view.values >= 0).all() and (view.values <= 1).all()
    assert not view.values[view.mask].any()
    notes = audit(given, motor())
    physics = physics_features(
        given, motor(), motor().bearings[0], notes, shaft_speed(given, motor(), notes)
    )
    assert physics.values.shape == (len(NAMES),)
    np.testing.assert_array_equal(physics.mask, ~np.isfinite(physics.values))
    assert not np.isinf(physics.values).any()


# --- which specification --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [{"bins": 128}, {"span_db": 30.0}, {"near_order": 0.1}, {"carrier_span_db": (-80.0, 0.0)}],
)
def test_another_axis_is_another_specification(change: dict) -> None:
    assert SpectraSpec(**change).spec_id != SPEC.spec_id == SpectraSpec().spec_id


def test_an_axis_of_another_length_gives_rows_of_that_length() -> None:
    view = seen(capture(felt(running(4.0))), spec=SpectraSpec(bins=64))
    assert view.values.shape == (len(LANES), 64)


# --- what can be told -----------------------------------------------------------------------------


def test_a_condition_needs_one_of_its_lanes() -> None:
    masked = np.ones((len(LANES), len(LANES)), dtype=bool)
    np.fill_diagonal(masked, False)  # row n has lane n alone
    can = told(masked)
    for column, lanes in enumerate(NEEDS.values()):
        assert {LANES[n] for n in np.flatnonzero(can[:, column])} == set(lanes)


def test_health_can_always_be_told() -> None:
    classes = ("healthy", "bearing_cage", "broken_rotor_bar")
    nothing = np.ones((1, len(LANES)), dtype=bool)
    assert told_classes(classes, nothing).tolist() == [[True, False, False]]
    assert told_classes(classes, ~nothing).all()


def test_every_condition_of_a_bearing_needs_its_lines() -> None:
    for name in ("BEARING_OUTER_RACE", "BEARING_CAGE"):
        assert set(NEEDS[Condition[name]]) == set(FAULT_LANES)


# --- physics features -----------------------------------------------------------------------------


def test_the_failing_lines_feature_stands_out_and_gain_does_not_matter(
    outer_race: np.ndarray,
) -> None:
    def features(values: np.ndarray) -> dict[str, float]:
        given = capture(felt(values, RATE_HZ))
        notes = audit(given, motor())
        speed = shaft_speed(given, motor(), notes)
        found = physics_features(given, motor(), motor().bearings[0], notes, speed)
        return dict(zip(NAMES, found.values.tolist(), strict=True))

    told_of = features(outer_race)
    assert told_of["bpfo_over_bar_db"] > 6 > told_of["bpfi_over_bar_db"]
    louder = features(outer_race * 10)
    for name in NAMES:
        added = 20.0 if name == "velocity_db" else 0.0
        if np.isfinite(told_of[name]):
            assert louder[name] - told_of[name] == pytest.approx(added, abs=0.05), name
    assert np.isnan(told_of["current_unbalance_db"])
