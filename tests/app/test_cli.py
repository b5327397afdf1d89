"""The command line as people and scripts use it: results, JSON, errors and exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from impacts import BEARING, RATE_HZ, impacts
from mistakes import refused
from typer.testing import CliRunner, Result

from app.cli import main as command_line

runner = CliRunner()


def run(*words: object) -> Result:
    return runner.invoke(command_line.app, [str(word) for word in words])


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def faulty_wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wav") / "pump.wav"
    x = impacts(BEARING.bpfo * 0.992, seed=1, seconds=6.0)
    soundfile.write(path, x / np.abs(x).max() * 0.9, int(RATE_HZ), subtype="PCM_24")
    return path


@pytest.fixture(scope="module")
def faulty_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("csv") / "pump.csv"
    x = impacts(BEARING.bpfo * 0.992, seed=1, seconds=6.0)
    t = np.arange(x.size) / RATE_HZ
    np.savetxt(
        path, np.column_stack([t, x]), delimiter=",", header="time,acc_x", comments="", fmt="%.6f"
    )
    return path


def test_diagnose_names_the_fault_in_a_csv(faulty_csv: Path) -> None:
    result = run("diagnose", faulty_csv, "--rpm", 1740, "--bearing", "6205-2RS", "--json")
    assert result.exit_code == 0, result.stderr
    said = lines(result)[0]
    assert set(said) >= {"source", "motor_id", "findings", "abstained", "audit"}
    assert said["source"] == str(faulty_csv)
    finding = said["findings"][0]
    assert finding["condition"] == "bearing_outer_race"
    assert finding["confidence"] in ("medium", "high")
    assert finding["evidence"][0]["line"] == "BPFO"
    assert said["abstained"] is None


def test_diagnose_for_people_shows_the_evidence(faulty_csv: Path) -> None:
    result = run("diagnose", faulty_csv, "--rpm", 1740, "--bearing", "6205-2RS")
    assert result.exit_code == 0
    assert "bearing_outer_race" in result.stdout and "BPFO" in result.stdout


def test_vibration_written_as_wav_is_said_to_be(faulty_wav: Path) -> None:
    words = ["--rpm", 1740, "--bearing", "6205-2RS", "--json"]
    as_sound = lines(run("diagnose", faulty_wav, *words))[0]
    assert [f["confidence"] for f in as_sound["findings"]] == ["low"]
    said = lines(run("diagnose", faulty_wav, "--sense", "vibration", *words))[0]
    assert said["findings"][0]["condition"] == "bearing_outer_race"


def test_the_end_of_a_recording_is_what_is_diagnosed(tmp_path: Path) -> None:
    out = tmp_path / "late.npz"
    words = ["--fault", "bearing_inner_race=0.6@14", "--seconds", 26]
    assert run("simulate", out, *words).exit_code == 0
    said = lines(run("diagnose", out, "--json"))[0]
    assert said["findings"][0]["condition"] == "bearing_inner_race"
    assert lines(run("replay", out, "--json"))[-1]["findings"]


def test_the_answer_does_not_depend_on_name_or_place(faulty_csv: Path, tmp_path: Path) -> None:
    copy = tmp_path / "B_healthy_inner_000.csv"
    copy.write_bytes(faulty_csv.read_bytes())
    first, second = (
        lines(run("diagnose", f, "--rpm", 1740, "--bearing", "6205-2RS", "--json"))[0]
        for f in (faulty_csv, copy)
    )
    assert first["findings"] == second["findings"]


def test_replay_prints_one_line_a_window(faulty_csv: Path) -> None:
    result = run("replay", faulty_csv, "--rpm", 1740, "--bearing", "6205-2RS", "--json")
    assert result.exit_code == 0, result.stderr
    windows = lines(result)
    assert len(windows) == 6
    assert [w["t0"] for w in windows] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert set(windows[0]) >= {"t0", "probability", "state", "findings"}
    assert windows[0]["state"] == "learning"
    assert windows[-1]["findings"][0]["condition"] == "bearing_outer_race"
    assert windows[-1]["state"] == "alert"


def test_replay_of_a_part(faulty_csv: Path) -> None:
    result = run("replay", faulty_csv, "--from", 2, "--to", 5, "--rpm", 1740, "--json")
    assert [w["t0"] for w in lines(result)] == [2.0, 3.0, 4.0]


def test_replay_writes_store_and_report(faulty_csv: Path, tmp_path: Path) -> None:
    store, report = tmp_path / "plant.db", tmp_path / "report.html"
    words = ["--store", f"sqlite:///{store}", "--report", report, "--bearing", "6205-2RS"]
    result = run("replay", faulty_csv, "--rpm", 1740, *words)
    assert result.exit_code == 0, result.stderr
    assert store.stat().st_size > 0
    assert "outer race" in report.read_text().lower()


def test_inspect_shows_channels_and_audit(faulty_csv: Path) -> None:
    facts = lines(run("inspect", faulty_csv, "--json"))[0]
    assert facts["channels"][0]["rate_hz"] == pytest.approx(RATE_HZ)
    assert facts["channels"][0]["sense"] == "vibration"
    assert {note["check"] for note in facts["audit"]} >= {"clipping", "stuck", "continuity"}
    assert "acquisition audit" in run("inspect", faulty_csv).stdout


def test_features_writes_a_table(faulty_csv: Path, tmp_path: Path) -> None:
    from pyarrow import parquet

    out = tmp_path / "f.parquet"
    result = run("features", faulty_csv, "--rpm", 1740, "-o", out, "--json")
    assert lines(result)[0]["rows"] == 6
    table = parquet.read_table(out)
    assert table.num_rows == 6
    assert "vib_rms_db" in table.column_names
    assert table.schema.metadata[b"spec_id"].decode() == lines(result)[0]["spec_id"]
    assert run("features", faulty_csv, "-o", tmp_path / "f.csv").exit_code == 0


def test_spectrum_draws(faulty_csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.png"
    words = ["--kind", "envelope", "--rpm", 1740, "--bearing", "6205-2RS", "-o", out]
    assert run("spectrum", faulty_csv, *words).exit_code == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert run("spectrum", faulty_csv).stdout.strip()


def test_simulate_inject_and_replay(tmp_path: Path) -> None:
    healthy = tmp_path / "run" / "healthy.npz"
    assert run("simulate", healthy, "--seconds", 8).exit_code == 0
    said = lines(run("diagnose", healthy, "--json"))[0]
    assert said["findings"] == []
    faulty = tmp_path / "injected" / "faulty.npz"
    words = ["--fault", "bearing_inner_race", "--db", -3]
    result = run("inject", healthy, faulty, *words)
    assert result.exit_code == 0, result.stderr
    said = lines(run("diagnose", faulty, "--json"))[0]
    assert said["findings"][0]["condition"] == "bearing_inner_race"
    assert "injected" in lines(run("inspect", faulty, "--json"))[0]["note"]


def test_simulate_with_a_fault_of_ones_own(tmp_path: Path) -> None:
    out = tmp_path / "outer.npz"
    result = run("simulate", out, "--fault", "bearing_outer_race=0.6", "--seconds", 8, "--seed", 5)
    assert result.exit_code == 0, result.stderr
    said = lines(run("diagnose", tmp_path, "--json"))[0]
    assert said["findings"][0]["condition"] == "bearing_outer_race"
    listed = lines(run("simulate", "--list", "--json"))[0]
    assert "demo" in listed["scenarios"] and "unbalance" in listed["severity_one"]


def test_small_commands_answer(tmp_path: Path) -> None:
    assert lines(run("bearings", "6205", "--json"))[0]["bpfo"] == pytest.approx(3.585, abs=0.01)
    assert "cwru" in run("manifest", "list", "--json").stdout
    assert "[[recordings]]" in run("manifest", "show", "cwru").stdout
    assert json.loads(run("manifest", "schema").stdout)["title"].startswith("Motorwatch")
    template = tmp_path / "motor.toml"
    template.write_text(run("motor").stdout)
    assert run("motor", template).exit_code == 0
    assert any(found["what"] == "numpy" for found in lines(run("doctor", "--json"))[0])


WRONG = [
    (["diagnose", "nothing.wav"], 3, "nothing.wav"),
    (["diagnose", "{wav}", "--bearing", "9999"], 2, "bearing"),
    (["diagnose", "{wav}", "--manifest", "nosuch"], 2, "nosuch"),
    (["diagnose", "{wav}", "--motor", "none.toml"], 2, "none.toml"),
    (["replay", "{wav}", "--speed", "fast"], 2, "--speed"),
    (["replay", "{wav}", "--release", "none.json"], 4, "none.json"),
    (["replay", "{wav}", "--store", "sqlite:////proc/x/y.db"], 7, "y.db"),
    (["features", "{wav}", "-o", "table.xls"], 2, ".parquet"),
    (["spectrum", "{wav}", "--kind", "phase"], 2, "--kind"),
    (["spectrum", "{wav}", "--band", "high"], 2, "--band"),
    (["simulate", "x.npz", "--fault", "rust=1"], 2, "rust"),
    (["simulate", "x.wav"], 2, ".npz"),
    (["simulate"], 2, "name a file"),
    (["inject", "{wav}", "out/x.npz", "--fault", "rust", "--db", "0"], 2, "rust"),
    (["train"], 2, "data set"),
    (["replay", "{wav}", "--report", "nowhere/r.html"], 6, "nowhere"),
    (["features", "{wav}", "-o", "nowhere/f.csv"], 6, "nowhere"),
    (["replay", "{wav}", "--from", "100"], 2, "from 100 s"),
    (["replay", "{wav}", "--from", "3", "--to", "1"], 2, "--to"),
    (["manifest", "show", "nosuch"], 2, "nosuch"),
]


@pytest.mark.parametrize(("words", "code", "told"), WRONG, ids=lambda v: str(v)[:40])
def test_mistakes_are_named_with_their_exit_code(
    words: list[str],
    code: int,
    told: str,
    faulty_wav: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = refused(tmp_path, [word.format(wav=faulty_wav) for word in words], capsys)
    assert said.code == code, said.words
    assert told in said.words


def test_errors_are_json_too_when_asked(tmp_path: Path) -> None:
    script = "from app.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "diagnose", "nothing.wav", "--json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout)["error"] == "RecordingError"
