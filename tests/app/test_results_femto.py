"""Lives to failure: tables on made lives, and the claims on the real ones."""

import dataclasses

import numpy as np
import pytest
from support.feature_vectors import SPEC_ID
from support.stage1 import NAMES, PROVENANCE, RECIPE, make_life, make_lives

from app.results.life_tables import life_table, lives_figures, lives_outcome, summary_table
from app.results.run_to_failure import PROTOCOLS
from app.results.separation import measure_separation, separation_figures, separation_table
from app.results.stage1_scores import out_of_fold_logits, within_unit_auroc
from models.run_to_failure import leave_one_life_out, training_set
from models.splits import leave_one_out
from sensors.recordings.library import load_recordings


@pytest.fixture(scope="module")
def lives():
    return [*make_lives(5), make_life("flat", seed=9, rise_db=0.0)]


@pytest.fixture(scope="module")
def left_out(lives):
    return leave_one_life_out(lives, NAMES, RECIPE, PROVENANCE)


@pytest.fixture(scope="module")
def separation(lives, left_out):
    return measure_separation(left_out, training_set(lives, NAMES, RECIPE), RECIPE)


def test_every_series_is_listed_with_its_lead_or_as_missed(left_out):
    outcomes = [one.outcome for one in left_out]
    table = life_table(outcomes)
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert len(rows) == 6
    assert (rows["flat"]["verdict"], rows["flat"]["lead min"]) == ("missed", None)
    first = rows["b0"]
    assert first["alarm at h"] == pytest.approx(first["life h"] - first["lead min"] / 60, abs=0.02)


def test_figures_carry_exposure_and_bound(left_out):
    figures = lives_figures("", [one.outcome for one in left_out])
    assert (figures["lives"], figures["alarmed"], figures["early_alarms"]) == (6, 5, 0)
    assert figures["bound_per_month"] == pytest.approx(2.996 * 730 / figures["early_h"], rel=0.02)
    assert "5 of 6" in lives_outcome([one.outcome for one in left_out])


def test_the_bound_per_hour_and_per_month_agree(left_out):
    row = summary_table({"x": [one.outcome for one in left_out]}).rows[0]
    assert row[6] * 730 == pytest.approx(row[7], rel=0.01)


def test_separation_is_high_on_lives_that_rise_and_chance_covers_a_half(separation):
    figures = separation_figures(separation)
    assert figures["auroc"] > 0.8
    assert figures["auroc_low"] < figures["auroc"] < figures["auroc_high"] + 1e-9
    assert figures["auroc_permuted_low"] < 0.5 < figures["auroc_permuted_high"]
    assert len(separation_table(separation).rows) == 4


def test_held_out_logits_are_those_of_a_fit_without_the_unit(lives):
    samples = training_set(lives, NAMES, RECIPE)
    logits = out_of_fold_logits(samples, RECIPE, leave_one_out(samples.units.tolist()))
    assert np.isfinite(logits).all()
    assert samples.spec_id == SPEC_ID
    own = samples.units == "b1"
    changed = samples.positive.copy()
    changed[own] = ~changed[own]
    again = out_of_fold_logits(
        dataclasses.replace(samples, positive=changed),
        RECIPE,
        leave_one_out(samples.units.tolist()),
    )
    np.testing.assert_allclose(again[own], logits[own])
    assert not np.allclose(again[~own], logits[~own])


def test_within_unit_auroc_ignores_offsets_between_units(lives):
    samples = training_set(lives, NAMES, RECIPE)
    scores = samples.z[:, 0]
    offset = np.where(samples.units == "b0", 100.0, 0.0)
    assert within_unit_auroc(samples, scores + offset) == pytest.approx(
        within_unit_auroc(samples, scores)
    )


@pytest.fixture(scope="module")
def femto(data_dir):
    """Both FEMTO results."""
    found = {}
    for protocol in PROTOCOLS:
        recordings = {m: load_recordings([data_dir / m], manifest=m) for m in protocol.manifests}
        found[protocol.name] = protocol.run(recordings, data_dir)
    return found


def test_seven_of_nine_lives_are_alarmed_before_their_end_and_none_early(femto):
    figures = femto["femto_npz"].figures
    assert figures["lives"] == 9
    assert figures["alarmed"] >= 7
    assert figures["early_alarms"] == 0
    assert figures["early_h"] > 10.0


def test_two_other_bearings_are_alarmed_and_not_early(femto):
    figures = femto["femto"].figures
    assert (figures["lives"], figures["alarmed"], figures["early_alarms"]) == (2, 2, 0)
    assert figures["bearings_on_both_sides"] == 0


def test_permuted_labels_cover_a_half_on_real_lives(femto):
    figures = femto["femto_npz"].figures
    assert figures["auroc_permuted_low"] < 0.5 < figures["auroc_permuted_high"]
    assert figures["auroc_low"] > 0.5
