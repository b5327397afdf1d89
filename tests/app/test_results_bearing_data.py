"""The essential claims on real bearing sets, each of which the protocol must go on supporting."""

from pathlib import Path

import pytest

from app.results import bearing_sets, ims_smoke, mfpt_rank
from app.results.bearing_withheld import withheld_figures, withhold
from app.results.cross_rig import cross
from sensors.recordings.library import load_recordings

PROTOCOLS = {
    protocol.name: protocol
    for module in (bearing_sets, ims_smoke, mfpt_rank)
    for protocol in module.PROTOCOLS
}


def evaluated(name: str, folder: Path):
    protocol = PROTOCOLS[name]
    recordings = {m: load_recordings([folder / m], manifest=m) for m in protocol.manifests}
    return protocol.run(recordings, folder)


@pytest.fixture(scope="module")
def cwru(data_dir):
    return evaluated("cwru", data_dir)


def unit_rows(result):
    table = next(table for table in result.tables if table.title.startswith("Every unit"))
    return {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}


def test_cwru_races_are_all_named_right(cwru):
    rows = unit_rows(cwru)
    races = [row for name, row in rows.items() if name.startswith(("IR", "OR"))]
    assert len(races) == 4
    assert all(row["named right"] == row["recordings"] for row in races)


def test_cwru_counts_both_rates_of_a_bearing_as_one_unit(cwru):
    assert cwru.figures["units"] == 7
    assert unit_rows(cwru)["IR-007"]["recordings"] == 4


def test_cwru_balls_are_never_named_as_a_race(cwru):
    rows = unit_rows(cwru)
    assert all(rows[name]["named wrong"] == 0 for name in ("B-007", "B-021"))


def test_cwru_healthy_recording_is_left_alone_and_gives_no_auroc(cwru):
    assert unit_rows(cwru)["normal"]["unit's outcome"] == "named right"
    assert not any("auroc" in key for key in cwru.figures)
    assert cwru.figures["share_right_low"] is None


@pytest.mark.parametrize("name", ["cwru", "hit_sm_bearing", "uestc_bearing", "ims_excerpt", "mfpt"])
def test_no_unit_is_named_wrong(name, cwru, data_dir):
    result = cwru if name == "cwru" else evaluated(name, data_dir)
    assert result.figures["named_wrong"] == 0
    assert result.figures["named_wrong_high"] == 0


def test_mfpt_true_lines_stand_above_chance(data_dir):
    result = evaluated("mfpt", data_dir)
    assert result.figures["lines_ranked"] == result.figures["lines_above_99"] == 6
    assert result.figures["worst_chance"] <= 0.01


def test_ims_standstill_is_set_apart(data_dir):
    raw = evaluated("ims_raw", data_dir).figures
    assert raw["stopped_found"] == raw["labelled_stopped"] == 2
    assert raw["stopped_elsewhere"] == 0


def test_bearings_withheld_are_found_again_in_the_catalogue(data_dir):
    recordings = load_recordings([data_dir / "hit_sm_bearing"], manifest="hit_sm_bearing")
    figures = withheld_figures(withhold(recordings))
    assert figures["withheld_recordings"] == figures["withheld_ranked"] == 3
    assert figures["withheld_named"] == 0


def test_across_rigs_nothing_is_claimed_and_random_windows_flatter(data_dir):
    names = ("hit_sm_bearing", "uestc_bearing")
    recordings = {name: load_recordings([data_dir / name], manifest=name) for name in names}
    crossings = cross("hit", "uestc", recordings)
    assert all(crossing.faulty_claim.value is None for crossing in crossings)
    for crossing in crossings:
        across = (crossing.scores.said == crossing.scores.windows.labels).mean()
        within = (crossing.leaking.said == crossing.leaking.windows.labels).mean()
        assert within > 0.95 > across
