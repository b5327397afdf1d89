from pathlib import Path

import numpy as np
import pytest

from sensors.errors import BadRate, RecordingError
from sensors.recordings.draft import draft_manifest
from sensors.recordings.library import load_recordings
from sensors.recordings.manifest import load_manifest
from sensors.recordings.matching import unmatched


def folder_of_many_kinds(root: Path) -> Path:
    for number in (118, 119):
        extra = {f"X{number}_FE_time": np.arange(50.0)} if number == 118 else {}
        np.savez(root / f"12k_{number}_0.npz", **{f"X{number}_DE_time": np.arange(50.0)}, **extra)
    for unit in (1, 2):
        (root / f"B1_{unit}").mkdir()
        for number in range(1, 26):
            (root / f"B1_{unit}" / f"acc_{number:03}.csv").write_text("1.5,2.5\n" * 20)
    (root / "run_1.csv").write_text("time_s,i_a\n0.0,1.0\n0.1,2.0\n0.2,1.0\n")
    (root / "run_1_2.csv").write_text("time_s,i_a\n0.0,1.0\n0.1,2.0\n0.2,1.0\n")
    (root / "it's [odd].csv").write_text("x,y\n0.5,1.0\n0.1,2.0\n0.2,1.0\n")
    (root / "readme.pdf").write_bytes(b"x")
    return root


def test_draft_is_a_manifest_that_has_every_recording(tmp_path: Path) -> None:
    folder = folder_of_many_kinds(tmp_path)
    text = draft_manifest(folder)
    path = tmp_path / "manifest.toml"
    path.write_text(text)
    manifest = load_manifest(path)
    assert unmatched(manifest, folder) == ()
    assert manifest.skip == ("readme.pdf",)
    found = load_recordings([folder], rate_hz=100.0)
    assert len(found) == 2 + 50 + 2 + 1
    # Numbers that a file's name and its variables share differ from file to file.
    assert 'column = "X*_DE_time"' in text or 'column = "*"' in text
    assert [len(one.tracks) for one in found if one.title.startswith("12k")] == [2, 1]


def test_draft_says_what_it_does_not_know(tmp_path: Path) -> None:
    folder = folder_of_many_kinds(tmp_path)
    text = draft_manifest(folder)
    assert "# rate_hz = 0  # TODO samples a second: the file does not say" in text
    assert "# rate_hz: the file states it" in text  # run_1.csv has a column of times
    assert 'index = { group = "n3" } }  # TODO if pieces of one run' in text
    assert "TODO process_0, process_1: taken for process values" in text
    (tmp_path / "manifest.toml").write_text(text)
    with pytest.raises(BadRate, match="--rate"):
        load_recordings([folder])


def test_draft_writes_a_rate_that_a_variable_states(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", Data=np.arange(50.0), fs=np.float64(100))
    (tmp_path / "manifest.toml").write_text(draft_manifest(tmp_path))
    (one,) = load_recordings([tmp_path])
    assert one.tracks[0].rate_hz == 100
    assert one.tracks[0].column == "Data"


def test_folder_without_recordings_cannot_be_drafted(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no recording"):
        draft_manifest(tmp_path)


@pytest.mark.parametrize("name", ["femto_npz", "itsc", "hit_sm_bearing", "bldc_iq_unbalance"])
def test_draft_of_a_real_data_set_loads(data_dir: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(draft_manifest(data_dir / name))
    found = load_recordings([data_dir / name], manifest=path, rate_hz=1000.0)
    files = [file for file in (data_dir / name).rglob("*") if file.is_file()]
    assert len(found) == len(files)


@pytest.mark.parametrize("name", ["a\nb.csv", "it's \x1b[31m.csv", "x\x7f\u2028.csv", "\udcff.csv"])
def test_a_hostile_file_name_makes_a_sound_draft(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_text("1.5,2.5\n" * 20)
    path = tmp_path / "draft.toml"
    path.write_text(draft_manifest(folder))
    (only,) = load_recordings([folder], manifest=path, rate_hz=100.0)
    assert only.title.encode() and only.motor.motor_id.isprintable()
