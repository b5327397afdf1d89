"""docs/MANIFESTS.md: its examples run as printed, and it lists every ready manifest."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from sensors.conditions import parse_labels
from sensors.recordings.library import load_recordings
from sensors.recordings.manifest import READY_FOLDER, load_manifest, ready_names
from sensors.recordings.matching import unmatched

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "MANIFESTS.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs" / "schema" / "recording-manifest-v1.json").read_text())


def example(number: int, folder: Path) -> Path:
    path = folder / "manifest.toml"
    path.write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[number], encoding="utf-8")
    return path


def fill(path: Path, header: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{row / 8},{-row / 8}\n" for row in range(32))
    path.write_text(header + rows, encoding="utf-8")


def test_folder_of_csv_files(tmp_path: Path) -> None:
    manifest = example(0, tmp_path)
    for name in ("healthy_1000rpm", "healthy_1500rpm", "outer-race_1500rpm"):
        fill(tmp_path / f"{name}.csv", "acc,i_u\n")
    (tmp_path / "notes.txt").write_text("bearing changed on Monday\n")
    slow, fast, faulty = load_recordings([tmp_path])
    assert (slow.speed_rpm, fast.speed_rpm, faulty.speed_rpm) == (1000.0, 1500.0, 1500.0)
    assert (slow.labels, slow.unit_id, fast.unit_id) == (frozenset(), "bearing A", "bearing A")
    assert faulty.labels == parse_labels(["bearing_outer_race"])
    assert faulty.unit_id == "bearing B"
    assert faulty.motor.motor_id == "pump-3"
    assert faulty.motor.bearings[0].rolling_elements == 9
    assert [channel.name for channel in faulty.channels] == ["vib_de", "current_a"]
    assert unmatched(load_manifest(manifest), tmp_path) == ()


def test_folder_of_a_run_to_failure(tmp_path: Path) -> None:
    example(1, tmp_path)
    for bearing, numbers in (("bearing_1", (1, 2, 3)), ("bearing_2", (1, 4))):
        for number in numbers:
            fill(tmp_path / bearing / f"{number:04d}.csv")
    first, second = load_recordings([tmp_path])
    assert (first.unit_id, second.unit_id) == ("bearing_1", "bearing_2")
    assert first.labels is None
    assert first.run_to_failure
    assert [segment.t0_ns for segment in second.segments] == [600_000_000_000, 2_400_000_000_000]
    assert second.motor.bearings[0].bpfo == pytest.approx(5.611, abs=1e-3)


def test_every_ready_manifest_is_listed() -> None:
    assert [name for name in ready_names() if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("name", ready_names())
def test_ready_manifest_fits_the_published_schema(name: str) -> None:
    text = (READY_FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    jsonschema.validate(tomllib.loads(text), SCHEMA)
