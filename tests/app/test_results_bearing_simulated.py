"""Healthy simulated motors: exposure is counted, and what is raised is an alarm of nothing."""

import pytest

from app.results.healthy_simulated import measure
from app.results.simulated_health import HOP_S, expose, healthy_scenario, healthy_verdicts
from app.template import template_release


def test_exposure_is_the_time_after_learning():
    found = expose(template_release(), 0.7, 510, 30)
    assert 0 < found.windows < 30
    assert found.hours == pytest.approx(found.windows * HOP_S / 3600)
    assert found.raised_outside <= found.raised <= found.windows


def test_loads_wander_about_their_level_and_seeds_differ():
    one, other = healthy_scenario(0.7, 1, 7200.0), healthy_scenario(0.7, 2, 7200.0)
    assert one.load != other.load
    assert sum(load for _, load in one.load) / len(one.load) == pytest.approx(0.7, abs=0.15)
    assert not one.faults


def test_physics_names_nothing_in_simulated_health():
    said = healthy_verdicts(0.7, 600, 3)
    assert len(said) == 3
    assert not any(one.findings for one in said)


def test_the_result_is_labelled_simulated_and_bounds_its_rates():
    result = measure(windows=9 * 15, verdicts=30)
    figures = result.figures
    assert result.data == "simulated"
    assert figures["motors"] == 9
    assert figures["captures"] == 30
    assert figures["bound_per_month"] > figures["alarms_per_month"]
    assert 0.0 < figures["false_findings_bound"] < 1.0
    assert all(len(row) == len(table.columns) for table in result.tables for row in table.rows)
