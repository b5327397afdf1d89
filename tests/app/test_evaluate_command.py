import json

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.results import registry
from app.results.registry import find_protocols
from sensors.errors import BadConfig, RecordingError

HEAD = "Tachometer,UA axial,UA radial,UA tangential,OA axial,OA radial,OA tangential,Microphone"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of data sets with two of them, which `evaluate` finds, and protocols for four."""
    (tmp_path / "mafaulda_decimated").mkdir()
    np.savetxt(
        tmp_path / "mafaulda_decimated" / "reduced_normal_data.csv",
        np.random.default_rng(0).normal(size=(100, 8)),
        delimiter=",",
        header=HEAD,
        comments="",
    )
    (tmp_path / "fan_state_audio").mkdir()
    monkeypatch.setenv("MOTORWATCH_DATA", str(tmp_path))
    names = ("mafaulda_decimated", "itsc")
    some = tuple(protocol for name in names for protocol in find_protocols(name))
    monkeypatch.setattr(registry, "PROTOCOLS", some)
    monkeypatch.setattr("app.cli.evaluate_command.PROTOCOLS", some)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def test_a_data_set_by_name_as_json(folder):
    found = run("mafaulda_decimated", "--json")
    assert found.exit_code == 0
    result = json.loads(found.stdout)
    assert result["name"] == "mafaulda_decimated"
    assert result["figures"]["files"] == result["figures"]["read_whole"] == 1


def test_a_data_set_by_its_folder_for_people(folder):
    found = run(folder / "mafaulda_decimated")
    assert found.exit_code == 0
    assert "format tests" in found.stdout
    assert "reduced_normal_data" in found.stdout.replace("\n", "")


def test_everything_present_is_evaluated_and_the_rest_listed(folder, tmp_path):
    page, figures = tmp_path / "RESULTS.md", tmp_path / "build" / "results.json"
    found = run("--all", "--markdown", page, "--output", figures)
    assert found.exit_code == 0
    assert json.loads(figures.read_text())["mafaulda_decimated.files"] == 1
    text = page.read_text()
    assert "1 of 1 read whole" in text
    assert "- **itsc**: data set itsc is not there, it comes from github.com/ibarram" in text
    assert str(folder) not in text


def test_what_fails_does_not_stop_the_rest_and_is_told_at_the_end(folder, tmp_path):
    (folder / "itsc" / "SC_HLT").mkdir(parents=True)
    np.savetxt(folder / "itsc" / "SC_HLT" / "SC_HLT_001.csv", np.ones((1000, 3)), delimiter=",")
    page = tmp_path / "RESULTS.md"
    found = run("--all", "--markdown", page)
    assert isinstance(found.exception, RecordingError)
    text = page.read_text()
    assert "1 of 1 read whole" in text
    assert "- **itsc**: could not be evaluated: MOTORWATCH_DATA/itsc: needs healthy" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name a data set, or give --all; there are: mafaulda_decimated, itsc"),
        (("skab", "--all"), "name a data set, or give --all"),
        (("mafaulda",), r"did you mean mafaulda_decimated\?"),
        (("itsc",), "data set itsc is not there"),
        (("mafaulda_decimated", "--manifest", "nosuch"), "nosuch"),
    ],
)
def test_wrong_commands_say_what_to_do(folder, arguments, says):
    found = run(*arguments)
    assert isinstance(found.exception, BadConfig)
    with pytest.raises(BadConfig, match=says):
        raise found.exception


def test_no_data_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("MOTORWATCH_DATA", str(tmp_path))
    with pytest.raises(BadConfig, match=r"none of the data sets is in .* set MOTORWATCH_DATA"):
        raise run("--all").exception


MANIFEST = """
schema = 1
name = "mine"
[[recordings]]
files = "*.csv"
pattern = '(?P<file>(?:sound|(?P<unbalance>heavy)|(?P<looseness>loose))_\\d)'
unit_id = "{file}"
group = "bench"
rate_hz = 4000
speed_rpm = 1500
labels = ["healthy"]
channels = [{ column = "vib", name = "vib", sense = "vibration", unit = "m/s2" }]
"""


SOUND = ("sound_1", "sound_2", "sound_3", "sound_4")  # half of them teach the level of health


@pytest.fixture
def own(tmp_path):
    """Four sound and two unbalanced machines, three seconds each, with a manifest of their own."""
    folder = tmp_path / "mine"
    folder.mkdir()
    t = np.arange(12000) / 4000
    for seed, name in enumerate((*SOUND, "heavy_1", "heavy_2")):
        rng = np.random.default_rng(seed)
        once = 3.0 if name.startswith("heavy") else 0.1
        vib = once * np.sin(2 * np.pi * 25 * t) + rng.normal(size=t.size)
        np.savetxt(folder / f"{name}.csv", vib, header="vib", comments="", fmt="%.5f")
    (folder / "manifest.toml").write_text(MANIFEST)
    return folder


def results_of(found):
    assert found.exit_code == 0, found.exception
    return {one["name"]: one for one in map(json.loads, found.stdout.splitlines())}


def test_own_data_is_judged_by_physics_and_by_stage_1_without_the_unit(own):
    results = results_of(run(own, "--json"))
    assert list(results) == ["mine", "mine_split_bearing"]
    assert results["mine"]["figures"]["units"] == 6
    assert results["mine_split_bearing"]["figures"]["units_right"] == 4
    assert results["mine_split_bearing"]["figures"]["auroc"] is None


def test_a_random_split_is_called_leaking(own):
    found = run(own, "--split", "random")
    assert found.exit_code == 0
    assert "It is no result." in " ".join(found.stdout.split())


def test_own_data_that_cannot_carry_a_split_says_so(own):
    with pytest.raises(BadConfig, match="split by machine"):
        raise run(own, "--split", "machine").exception
    (own / "heavy_2.csv").unlink()
    (result,) = results_of(run(own, "--json")).values()
    assert "Stage 1 was not fitted" in result["remarks"][-1]


def test_data_without_labels_has_no_truth(own):
    (own / "manifest.toml").write_text(MANIFEST.replace('labels = ["healthy"]', ""))
    for path in own.glob("heavy*"):
        path.unlink()
    with pytest.raises(BadConfig, match="none of its 4 recordings is labelled"):
        raise run(own).exception


def test_a_protocol_takes_no_options_of_ones_own(folder):
    with pytest.raises(BadConfig, match="leave these options out"):
        raise run("mafaulda_decimated", "--rpm", 1500).exception
