"""Trends: bounded, and no extreme is ever lost."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.report.ribbon import broken, runs
from app.report.trend import CAPACITY, Trend, coarsen

values = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=80)


def filled(rows: list[list[float]], capacity: int = 8, step_ns: int = 10) -> Trend:
    trend = Trend(len(rows[0]), capacity)
    for i, row in enumerate(rows):
        trend.add(i * step_ns, (i + 1) * step_ns, row)
    return trend


@given(values)
@settings(max_examples=60, deadline=None)
def test_bins_stay_few_and_cover_everything_with_its_extremes(column: list[float]) -> None:
    table = filled([[value, 1.0] for value in column]).table()
    assert 1 <= len(table) <= 8
    assert table.t0_ns[0] == 0 and table.t1_ns[-1] == 10 * len(column)
    assert np.array_equal(table.t0_ns[1:], table.t1_ns[:-1])
    if np.isfinite(column).any():
        assert np.nanmin(table.low[:, 0]) == np.nanmin(column)
        assert np.nanmax(table.high[:, 0]) == np.nanmax(column)
        low, mean, high = table.low[:, 0], table.mean[:, 0], table.high[:, 0]
        known = np.isfinite(mean)
        room = 1e-9 * np.maximum(np.abs(low), np.abs(high))[known]
        assert (low[known] - room <= mean[known]).all() and (
            mean[known] <= high[known] + room
        ).all()
    else:
        assert np.isnan(table.mean[:, 0]).all()
    assert (table.mean[:, 1] == 1.0).all()


def test_means_are_those_of_the_windows_in_each_bin() -> None:
    x = np.arange(64.0)
    table = filled([[value] for value in x]).table()
    for t0, t1, mean in zip(table.t0_ns // 10, table.t1_ns // 10, table.mean[:, 0], strict=True):
        assert mean == x[t0:t1].mean()


def test_one_short_excursion_is_seen_after_hours() -> None:
    trend = Trend(1)
    for i in range(20_000):
        trend.add(i, i + 1, [50.0 if i == 777 else 0.0])
    table = trend.table()
    assert len(table) <= CAPACITY
    at = int(np.argmax(table.high[:, 0]))
    assert table.high[at, 0] == 50.0 and table.t0_ns[at] <= 777 < table.t1_ns[at]


@given(values, st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_coarser_tables_keep_extremes_and_span(column: list[float], bins: int) -> None:
    table = filled([[value] for value in column], capacity=100).table()
    coarse = coarsen(table, bins)
    assert len(coarse) <= max(bins, 1)
    assert (coarse.t0_ns[0], coarse.t1_ns[-1]) == (table.t0_ns[0], table.t1_ns[-1])
    if np.isfinite(column).any():
        assert np.nanmax(coarse.high) == np.nanmax(column)
        assert np.nanmin(coarse.low) == np.nanmin(column)


def test_runs_join_equal_states_but_not_across_a_gap() -> None:
    trend = Trend(1, 100)
    for start, state in [(0, 0), (10, 0), (20, 2), (30, 2), (1000, 2), (1010, 0)]:
        trend.add(start, start + 10, [float(state)])
    table = trend.table()
    seen = [(run.value, run.t0_ns, run.t1_ns) for run in runs(table, table.high[:, 0])]
    assert seen == [(0, 0, 20), (2, 20, 40), (2, 1000, 1010), (0, 1010, 1020)]


def test_a_drawn_line_breaks_in_a_gap_and_nowhere_else() -> None:
    trend = Trend(1, 100)
    for start in (0, 10, 20, 30, 500, 510):
        trend.add(start, start + 10, [1.0])
    table = trend.table()
    (drawn,) = broken(table, table.mean[:, 0])
    assert np.flatnonzero(np.isnan(drawn)).tolist() == [4] and drawn.size == 7
