"""What `diagnose` judges: the newest piece; of a series, the newest snapshot in which it ran."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.health_files import known_health
from app.judged_capture import LOOKS_BACK, SLOW_S, JudgedCapture, judged_capture
from dsp.audit_note import AuditNote
from models.finding import Diagnosis
from sensors.recordings.library import load_recordings
from sensors.recordings.recording import Recording

RATE_HZ = 2000
PIECE = RATE_HZ * 2
PERIOD_S = 600


def runs(pieces: float = 1) -> np.ndarray:
    """Acceleration in m/s2 of a machine that turns at 25 Hz."""
    t = np.arange(round(pieces * PIECE)) / RATE_HZ
    noise = np.random.default_rng(0).standard_normal(t.size)
    return np.sin(2 * np.pi * 25 * t) + 0.3 * noise


def stands(pieces: float = 1) -> np.ndarray:
    return 0.005 * np.random.default_rng(9).standard_normal(round(pieces * PIECE))


def knocked() -> np.ndarray:
    quiet = stands()
    quiet[PIECE // 4 : PIECE // 4 + 40] += 20 * np.hanning(40)
    return quiet


def series(folder: Path, *parts: np.ndarray, cut: bool = True, rpm: float = 1500) -> Recording:
    folder.mkdir(exist_ok=True)
    np.savez(folder / "run.npz", v=np.concatenate(parts))
    snapshots = f"snapshots = {{ samples = {PIECE}, period_s = {PERIOD_S} }}\n" if cut else ""
    (folder / "manifest.toml").write_text(
        'schema = 1\nname = "rig"\n[[recordings]]\nfiles = "run.npz"\n'
        f"speed_rpm = {rpm}\nrate_hz = {RATE_HZ}\n{snapshots}"
        'channels = [{ column = "v", name = "v", sense = "vibration", unit = "m/s2" }]'
    )
    (recording,) = load_recordings([folder])
    return recording


def at(taken: JudgedCapture) -> int:
    """Number of the snapshot that is judged."""
    return taken.capture.t0_ns // (PERIOD_S * 10**9)


def test_a_motor_that_runs_to_the_end_is_judged_there(tmp_path: Path) -> None:
    found = judged_capture(series(tmp_path, stands(), runs()))
    assert (at(found), found.later, found.standstill) == (1, 0, None)


def test_of_a_series_that_ends_in_standstill_the_newest_before_is_judged(tmp_path: Path) -> None:
    found = judged_capture(series(tmp_path, runs(2), stands(2)))
    assert (at(found), found.later, found.before_end_s) == (1, 2, 1200.0)
    assert found.standstill == (
        "the motor does not run throughout the last 2 snapshots; judged is the one before, "
        "20 min 00 s before the end"
    )
    assert "throughout the last snapshot;" in str(
        judged_capture(series(tmp_path, runs(2), stands())).standstill
    )


@pytest.mark.parametrize(
    "not_quite", [knocked(), np.r_[runs(0.5), stands(0.5)], np.r_[stands(0.5), runs(0.5)]]
)
def test_a_knock_a_stop_and_a_start_are_no_run(tmp_path: Path, not_quite: np.ndarray) -> None:
    assert at(judged_capture(series(tmp_path, runs(2), not_quite, stands()))) == 1


@pytest.mark.parametrize(("still", "later"), [(LOOKS_BACK, LOOKS_BACK), (LOOKS_BACK + 1, 0)])
def test_it_looks_back_so_far_and_no_further(tmp_path: Path, still: int, later: int) -> None:
    assert judged_capture(series(tmp_path, runs(), stands(still))).later == later


def test_one_that_never_ran_is_judged_as_it_is(tmp_path: Path) -> None:
    found = judged_capture(series(tmp_path, stands(3)))
    assert (at(found), found.later) == (2, 0)


def test_one_long_recording_is_judged_by_its_end(tmp_path: Path) -> None:
    found = judged_capture(series(tmp_path, runs(10), stands(10), cut=False))
    assert (found.capture.t0_ns, found.capture.t1_ns) == (30 * 10**9, 40 * 10**9)
    assert found.standstill is None


def test_a_slow_shaft_gets_a_longer_piece(tmp_path: Path) -> None:
    found = judged_capture(series(tmp_path, runs(20), cut=False, rpm=60))
    assert found.capture.duration_s > 30


def test_what_is_slow_is_judged_by_minutes(tmp_path: Path) -> None:
    np.savez(tmp_path / "run.npz", t=np.linspace(40.0, 60.0, 2000))
    (tmp_path / "manifest.toml").write_text(
        'schema = 1\nname = "rig"\n[[recordings]]\nfiles = "run.npz"\nrate_hz = 1\n'
        'channels = [{ column = "t", name = "t", sense = "temperature", unit = "degC" }]'
    )
    (recording,) = load_recordings([tmp_path])
    assert judged_capture(recording).capture.duration_s == SLOW_S


def test_a_snapshot_that_cannot_be_read_ends_the_search(tmp_path: Path) -> None:
    for number, part in enumerate((runs(), stands(), stands())):
        np.savetxt(tmp_path / f"{number}.csv", part, header="v", comments="")
    (tmp_path / "manifest.toml").write_text(
        'schema = 1\nname = "rig"\n[[recordings]]\nfiles = "*.csv"\n'
        f"rate_hz = {RATE_HZ}\nspeed_rpm = 1500\nsnapshots = {{ period_s = {PERIOD_S} }}\n"
        'channels = [{ column = "v", name = "v", sense = "vibration", unit = "m/s2" }]'
    )
    (recording,) = load_recordings([tmp_path])
    assert at(judged_capture(recording)) == 0
    (tmp_path / "1.csv").write_text("")
    assert at(judged_capture(recording)) == 2


def test_a_baseline_that_ends_in_standstill_counts_while_it_ran(tmp_path: Path) -> None:
    ended = known_health([series(tmp_path, runs(2), stands())], None).reference
    assert ended is not None and ended.capture.blocks[0].values.std() > 0.5


def test_what_the_audit_refused_before_the_stop_stays(tmp_path: Path) -> None:
    taken = judged_capture(series(tmp_path, runs(2), stands()))
    open_clamp = AuditNote(check="stopped", level="refuse", text="0 A", refuses=("current",))
    well = AuditNote(check="stopped", level="ok", text="it runs")
    for before, kept in ((open_clamp, (open_clamp,)), (well, ())):
        said = taken.marked(Diagnosis(motor_id="m", audit=(before,)))
        assert said.audit[0].level == "note" and said.audit[1:] == kept


def test_people_and_programs_are_told(tmp_path: Path) -> None:
    recording = series(tmp_path, runs(3), stands())
    page = tmp_path / "r.html"
    words = str(recording.path.parent)
    table = CliRunner().invoke(app, ["diagnose", words, "--report", str(page)])
    assert table.exit_code == 0, table.exception
    said = "the motor does not run throughout the last snapshot"
    assert said in " ".join(table.stdout.replace("│", " ").split())
    assert said in page.read_text() and "taken 20 min 00 s into the recording" in page.read_text()
    printed = json.loads(CliRunner().invoke(app, ["diagnose", words, "--json"]).stdout)
    assert printed["before_end_s"] == 600.0
    assert said in next(n["text"] for n in printed["audit"] if n["check"] == "stopped")
    drawn = CliRunner().invoke(app, ["spectrum", words, "--json"])
    assert said in drawn.stderr and drawn.exit_code == 0, drawn.output
