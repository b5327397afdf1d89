"""The protocol `prognosis`: on made lives whose outcome is known, and on the real ones."""

import dataclasses

import msgspec
import numpy as np
import pytest
from scipy import stats
from support.degradation import wiener_life
from support.feature_vectors import make_vectors

from app.results import prognosis
from app.results.prognosis import PROTOCOLS
from app.results.prognosis_scores import (
    covers,
    mean_life_covered,
    prognosis_figures,
)
from app.results.prognosis_tables import (
    series_table,
    shares_table,
    together_table,
    variants_table,
    words_table,
)
from models.life import Life
from models.prognosis import withheld_life
from models.prognosis.rules import load_prognosis_rules
from models.prognosis.withheld_life import withhold_each
from sensors.errors import TooFewWindows
from sensors.recordings.library import load_recordings

NAMES = ("vib_rms_db",)
SHIPPED = load_prognosis_rules()
RULES = msgspec.structs.replace(
    SHIPPED, indicator=msgspec.structs.replace(SHIPPED.indicator, candidates=NAMES)
)
STEP_NS = 60 * 10**9


def make_life(unit, levels):
    vectors = tuple(
        dataclasses.replace(vector, t0_ns=at * STEP_NS, t1_ns=(at + 1) * STEP_NS)
        for at, vector in enumerate(make_vectors(np.reshape(levels, (-1, 1)), motor_id=unit))
    )
    return Life(unit, vectors, 0, len(levels) * STEP_NS)


@pytest.fixture(scope="module")
def judged():
    rng = np.random.default_rng(11)
    made = [
        make_life(f"b{k}", wiener_life(rng, drift_db_per_h=4.0).level_db[:400:2]) for k in range(5)
    ]
    silent = rng.normal(scale=0.3, size=200)
    silent[-2:] += 25.0
    return withhold_each([*made, make_life("silent", silent)], NAMES, RULES)


def test_every_series_is_listed_and_the_silent_one_is_said_to_be(judged):
    table = series_table(judged)
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert len(rows) == 6
    assert (rows["silent"]["verdict"], rows["silent"]["looks with a trend"]) == ("missed", 0)
    assert "no significant rise" in rows["silent"]["why silent at the last look"]
    assert rows["b0"]["verdict"] == "prediction"
    assert len(shares_table(judged).rows) == 6
    assert {row[0] for row in words_table(judged).rows} == {f"b{k}" for k in range(5)}


def test_figures_count_bearings_and_not_instants(judged):
    figures = prognosis_figures(judged)
    assert (figures["bearings"], figures["spoke"], figures["trend_before_end"]) == (6, 5, 5)
    assert 0 <= figures["covered"] <= 5
    assert figures["coverage_low"] < figures["covered"] / 5 + 1e-9
    assert figures["coverage_high"] - figures["coverage_low"] > 0.4
    assert figures["model_phm12"] > 0.1


def test_together_lists_the_rivals_on_the_same_instants(judged):
    rows = together_table(judged).rows
    assert [row[1] for row in rows] == [5, 5, 5, 6]
    assert rows[0][3] == prognosis_figures(judged)["model_phm12"]
    assert variants_table({"x": judged}).rows[0][:4] == ("x", 5, 5, 0)


def test_a_look_knows_nothing_later_and_not_its_own_end(judged, monkeypatch):
    """The same life with another future says the same up to where they part."""
    lives = [one.life for one in judged]
    held = lives[0]
    count = len(held.vectors) - 25
    other = make_life(
        held.unit_id, [float(v.values[0]) for v in held.vectors[:count]] + [-30.0] * 40
    )
    looks = withheld_life._looks
    monkeypatch.setattr(
        withheld_life, "_looks", lambda life, *more: looks(life, *more) if life is other else []
    )
    again = withhold_each([other, *lives[1:]], NAMES, RULES)[0]
    pairs = [
        (a, b) for a, b in zip(judged[0].looks, again.looks, strict=False) if a.age_s < count * 60.0
    ]
    assert len(pairs) > 20
    assert [a.model for a, _ in pairs] == [b.model for _, b in pairs]
    assert [a.mean_life for a, _ in pairs] == [b.mean_life for _, b in pairs]


def test_a_trend_in_the_healthy_part_is_early_and_no_lead(judged):
    one = judged[0]
    assert one.lead_s == one.spoken[0].left_s and not one.early
    longer = dataclasses.replace(one, life=dataclasses.replace(one.life, end_ns=10**17))
    assert longer.lead_s is None and longer.early == longer.spoken


def test_mean_life_interval_is_students(judged):
    one = judged[0]
    spans = np.array([(j.life.end_ns - j.life.start_ns) / 1e9 for j in judged[1:]])
    low, middle, high = one.looks[0].mean_life
    assert middle == pytest.approx(max(spans.mean() - one.looks[0].age_s, 0.0))
    assert low <= middle <= high
    reach = stats.t.ppf(0.9, 4) * spans.std(ddof=1) * np.sqrt(1.2)
    assert high == pytest.approx(spans.mean() - one.looks[0].age_s + reach)
    assert low == pytest.approx(max(spans.mean() - one.looks[0].age_s - reach, 0.0))
    assert mean_life_covered(one) in (True, False)


def test_an_open_interval_covers_and_an_unknown_one_does_not():
    assert covers((1.0, 5.0, None), 1e9)
    assert not covers((1.0, 5.0, 9.0), 9.1)
    assert not covers((None, None, None), 1.0)


def test_too_few_lives(judged):
    with pytest.raises(TooFewWindows, match="3 lives"):
        withhold_each([one.life for one in judged[:3]], NAMES, RULES)


def test_variants_are_other_sizes_of_blocks_and_each_level_that_every_life_has():
    rng = np.random.default_rng(3)
    names = ("vib_rms_db", "vib_velocity_db")
    vectors = [tuple(make_vectors(rng.normal(size=(70, 2)))) for _ in range(4)]
    lives = [Life(f"b{k}", own, 0, own[-1].t1_ns) for k, own in enumerate(vectors)]
    rules = msgspec.structs.replace(
        SHIPPED, indicator=msgspec.structs.replace(SHIPPED.indicator, candidates=names)
    )
    judged = withhold_each(lives, names, rules)
    found = prognosis._variants(lives, names, rules, judged)
    assert found["as it ships"] is judged
    (chosen,) = {one.chosen.indicator for one in judged}
    (other,) = set(names) - {chosen}
    assert set(found) == {
        "as it ships",
        "medians of 1 windows",
        "medians of 3 windows",
        f"always {other}",
    }
    assert {one.chosen.indicator for one in found[f"always {other}"]} == {other}
    assert len(variants_table(found).rows) == 4


@pytest.fixture(scope="module")
def real(data_dir):
    """What ships, on the real bearings; its variants take four times as long."""
    (protocol,) = PROTOCOLS
    recordings = {m: load_recordings([data_dir / m], manifest=m) for m in protocol.manifests}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prognosis, "_variants", lambda *given: {"as it ships": given[-1]})
        return protocol.run(recordings, data_dir)


def test_the_real_bearings_are_all_listed_and_no_trend_is_early(real):
    assert real.figures["bearings"] == 11
    assert real.figures["early_trends"] == 0
    assert [len(table.rows) for table in real.tables[1:2]] == [11]
    listed = {row[0] for row in real.tables[1].rows}
    assert {"Bearing2_5", "Bearing1_5", "Bearing2_3", "Bearing2_6", "Bearing1_1"} <= listed


def test_nothing_is_foretold_for_a_bearing_that_never_rose(real):
    rows = {row[0]: row for row in real.tables[1].rows}
    assert rows["Bearing2_5"][4] == 0
    assert rows["Bearing2_5"][7] == "missed"
    assert rows["Bearing1_3"][4] > 0


def test_the_page_says_what_was_not_beaten_and_that_hours_are_not_for_operators(real):
    text = " ".join((*real.remarks, real.protocol))
    assert "no operator would be shown" in text
    assert "anecdote" in text and "PHM08 penalty" in text
    assert real.figures["coverage_high"] - real.figures["coverage_low"] > 0.3
