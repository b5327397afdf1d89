"""What `diagnose` judges of a recording: its newest piece, or the newest in which the motor ran."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.judged_capture import LOOKS_BACK, JudgedCapture, judged_capture
from sensors.recordings.library import load_recordings

RATE_HZ = 2000
PIECE = RATE_HZ * 10


def runs(pieces: int, seed: int = 0) -> np.ndarray:
    """Acceleration in m/s2 of a machine that turns at 25 Hz."""
    t = np.arange(pieces * PIECE) / RATE_HZ
    noise = np.random.default_rng(seed).standard_normal(t.size)
    return np.sin(2 * np.pi * 25 * t) + 0.3 * noise


def stands(pieces: float) -> np.ndarray:
    return 0.005 * np.random.default_rng(9).standard_normal(round(pieces * PIECE))


def folder_of(folder: Path, *parts: np.ndarray, snapshots: int = 0) -> Path:
    np.savez(folder / "run.npz", v=np.concatenate(parts))
    cut = f"snapshots = {{ samples = {snapshots}, period_s = 600 }}\n" if snapshots else ""
    (folder / "manifest.toml").write_text(
        'schema = 1\nname = "rig"\n[[recordings]]\nfiles = "run.npz"\nspeed_rpm = 1500\n'
        f"rate_hz = {RATE_HZ}\n{cut}"
        'channels = [{ column = "v", name = "v", sense = "vibration", unit = "m/s2" }]'
    )
    return folder


def taken(folder: Path) -> JudgedCapture:
    (recording,) = load_recordings([folder])
    return judged_capture(recording)


def test_a_motor_that_runs_to_the_end_is_judged_there(tmp_path: Path) -> None:
    found = taken(folder_of(tmp_path, stands(1), runs(1)))
    assert (found.capture.t0_ns, found.still_s, found.standstill) == (10_000_000_000, 0.0, None)


def test_of_one_that_was_stopped_the_newest_seconds_before_are_judged(tmp_path: Path) -> None:
    found = taken(folder_of(tmp_path, runs(3), stands(2.5)))
    # Pieces begin at 45, 35, 25, 15 s; in that of 25 s it stopped.
    assert (found.capture.t0_ns, found.still_s) == (15_000_000_000, 30.0)
    assert found.standstill == (
        "the motor stood still in the last 30 s; judged is what it did before"
    )


def test_the_seconds_in_which_it_stopped_are_better_than_none(tmp_path: Path) -> None:
    found = taken(folder_of(tmp_path, stands(1.5), runs(1)[: PIECE // 2], stands(1)))
    assert (found.capture.t0_ns, found.still_s) == (10_000_000_000, 10.0)


def test_of_snapshots_the_newest_in_which_it_ran_is_judged(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, runs(2), stands(2), snapshots=PIECE)
    found = taken(folder)
    assert (found.capture.t0_ns, found.still_s) == (600_000_000_000, 1200.0)
    assert found.capture.blocks[0].values.std() > 0.5


@pytest.mark.parametrize("pieces", [2, LOOKS_BACK + 2])
def test_one_that_stands_still_throughout_or_for_long_is_judged_as_it_is(
    tmp_path: Path, pieces: int
) -> None:
    ran = () if pieces == 2 else (runs(1),)
    found = taken(folder_of(tmp_path, *ran, stands(pieces)))
    assert found.still_s == 0.0
    assert found.capture.blocks[0].values.std() < 0.01


def test_people_and_programs_are_told(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, runs(3), stands(1))
    table = CliRunner().invoke(app, ["diagnose", str(folder), "--report", str(tmp_path / "r.html")])
    assert table.exit_code == 0, table.exception
    assert "stood still in the last 20 s" in " ".join(table.stdout.split())
    page = (tmp_path / "r.html").read_text()
    assert "the motor stood still in the last 20 s; judged is what it did before" in page
    assert "taken 10 s into the recording" in page
    printed = CliRunner().invoke(app, ["diagnose", str(folder), "--json"])
    (note,) = [n for n in json.loads(printed.stdout)["audit"] if n["check"] == "stopped"]
    assert note["level"] == "note" and "stood still" in note["text"]
