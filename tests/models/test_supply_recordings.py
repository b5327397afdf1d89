"""Verdicts on real currents: shorted turns without voltages, and appliances' power."""

import pytest

from dsp.audit import audit
from models.supply.judge import judge_supply
from sensors.conditions import Condition
from sensors.recordings.library import load_recordings
from sensors.replay import whole_capture

DOUBTFUL = 0.04
"""I2/I1 under which a shorted file looks like the healthy ones: two labels are doubtful."""


def judged(data_dir, name):
    for recording in load_recordings([data_dir / name], manifest=name):
        capture = whole_capture(recording, 10.0)
        verdict = judge_supply(capture, recording.motor, audit(capture, recording.motor), None)
        yield recording, verdict, {one.name: one.value for one in verdict.measured}


def test_shorted_turns_without_voltages_are_uneven_currents_at_most(data_dir):
    misses = 0
    for recording, verdict, measured in judged(data_dir, "itsc"):
        names = {finding.condition for finding in verdict.findings}
        assert names <= {Condition.CURRENT_UNBALANCE}
        assert measured["line_frequency"] == pytest.approx(60.0, abs=0.08)
        assert measured["line_frequency_uncertainty"] < 50.0
        if not recording.severity:
            assert not names and not verdict.doubts
        elif recording.severity >= 20 and measured["current_unbalance_iec"] > 100 * DOUBTFUL:
            assert names == {Condition.CURRENT_UNBALANCE}
        else:
            misses += not names and not verdict.doubts
    assert misses == 4  # two doubtful labels, two files of 10 % in phase c: said in the results


def test_appliances_meter_as_their_physics_has_it(data_dir):
    for recording, verdict, measured in judged(data_dir, "hfhad_appliance_iv"):
        assert not verdict.findings
        assert measured["line_frequency"] == pytest.approx(50.0, abs=0.1)
        assert measured["line_frequency_uncertainty"] < 3.0
        assert 0.0 < measured["power_factor"] <= measured["displacement_factor"] + 1e-3
        if recording.unit_id in ("kettle", "rice_cooker", "water_heater"):
            assert measured["power_factor"] > 0.98
