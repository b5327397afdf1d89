"""What is known of a motor in health reaches its diagnoses: in a replay, and at a gateway."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app.capture_message import encode_capture
from app.cli.main import app
from app.health_files import known_health
from app.judged_capture import judged_capture
from app.known_health import NOTHING_KNOWN, KnownHealth
from app.live.healthy import load_all_healthy
from app.live_config.check import problems
from app.live_config.healthy import HealthyFiles
from app.live_config.load import parse_live
from app.roles.gateway import Diagnoser
from app.thermal_model import save_thermal
from dsp.thermal import ThermalParameters
from models.thermal.fit import ThermalFit
from sensors.capture import Channel, SampleBlock, Sense, Unit
from sensors.errors import BadConfig
from sensors.motor_file import write_motor_template
from sensors.recordings.library import load_recordings
from sensors.recordings.recording import Recording

FIT = ThermalFit(
    parameters=ThermalParameters(
        load_rise_k=35.0,
        constant_rise_k=12.0,
        winding_over_frame_k=25.0,
        winding_s=300.0,
        frame_s=1200.0,
        stopped_factor=3.0,
    ),
    errors={"load_rise_k": 0.2, "constant_rise_k": 0.2, "frame_s": 20.0},
    rise_covariance_k2=0.0,
    sigma_k=0.3,
    correlation=0.0,
    driven_by="load",
    load_range=(0.2, 1.2),
    samples=1000,
    span_s=60_000.0,
)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def lines(result: Result) -> list[dict]:
    assert result.exit_code == 0, result.exception
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("health")
    for name, words in (("sound", ()), ("ill", ("--fault", "bearing_outer_race=0.6"))):
        done = run("simulate", made / name / "run.npz", "--seconds", 11, *words)
        assert done.exit_code == 0, done.exception
    save_thermal(FIT, made / "pump.thermal.json")
    return made


def the_one(folder: Path, name: str) -> Recording:
    (found,) = load_recordings([folder / name])
    return found


def changes(findings: list[dict]) -> list[float | None]:
    return [each["change_db"] for finding in findings for each in finding["evidence"]]


def test_replay_holds_its_diagnoses_against_a_baseline(folder: Path) -> None:
    plain = lines(run("replay", folder / "ill", "--json"))[-1]["findings"]
    words = ("--baseline", folder / "sound", "--thermal", folder / "pump.thermal.json")
    held = lines(run("replay", folder / "ill", *words, "--json"))[-1]["findings"]
    assert plain and held
    assert not any(changes(plain))
    assert any(change is not None and change > 3.0 for change in changes(held))
    said = lines(run("diagnose", folder / "ill", *words, "--json"))[-1]["findings"]
    assert {f["condition"] for f in said} == {f["condition"] for f in held}


def test_replays_with_other_knowledge_are_runs_of_their_own(folder: Path, tmp_path: Path) -> None:
    store = ("--store", f"sqlite:///{tmp_path}/plant.db", "--json")
    for words in ((), ("--thermal", folder / "pump.thermal.json"), ()):
        lines(run("replay", folder / "sound", *words, *store))
    events = lines(run("events", "tail", *store, "-n", 1000, "--kind", "diagnosis"))
    assert len({event["boot_id"] for event in events}) == 2


def test_a_file_that_is_no_thermal_model_or_too_many_recordings_are_refused(folder: Path) -> None:
    done = run("replay", folder / "ill", "--thermal", folder / "sound" / "run.npz")
    assert isinstance(done.exception, BadConfig)
    assert "not a thermal model" in str(done.exception)
    with pytest.raises(BadConfig, match="holds 2 recordings"):
        known_health([the_one(folder, "sound"), the_one(folder, "ill")], None)
    assert known_health((), None) is NOTHING_KNOWN


def judged(recording: Recording, healthy: dict[str, KnownHealth]) -> dict:
    motor = recording.motor
    diagnoser = Diagnoser({motor.motor_id: motor}, healthy=healthy)
    capture = judged_capture(recording).capture
    around = Channel("air", Sense.TEMPERATURE, Unit.DEGC, position="ambient")
    air = SampleBlock(around, capture.t0_ns, 1.0, np.full(10, 20.0, np.float32))
    known = replace(capture, load=0.8, blocks=(*capture.blocks, air))
    payload = encode_capture(known, "boot-1")
    said = diagnoser.judge(motor.motor_id, payload).diagnosis
    return {
        "grown": any(e.change_db is not None for f in said.findings for e in f.evidence),
        "heat": any(measure.name == "thermal_residual" for measure in said.measured),
    }


def test_a_gateway_is_told_by_its_configuration(folder: Path) -> None:
    ill = the_one(folder, "ill")
    motors = {ill.motor.motor_id: ill.motor}
    files = {
        ill.motor.motor_id: HealthyFiles(
            baseline=str(folder / "sound"), thermal=str(folder / "pump.thermal.json")
        )
    }
    assert judged(ill, {}) == {"grown": False, "heat": False}
    assert judged(ill, load_all_healthy(files, motors)) == {"grown": True, "heat": True}
    other = {"fan-1": load_all_healthy(files, motors)[ill.motor.motor_id]}
    assert judged(ill, other)["grown"] is False, "what is known of one motor is of no other"
    with pytest.raises(BadConfig, match=r"\[healthy.fan-1\]: no motor 'fan-1'"):
        load_all_healthy({"fan-1": files[ill.motor.motor_id]}, motors)


def test_config_check_reads_what_the_table_names(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pump.toml").write_text(write_motor_template())

    def said(table: str) -> list[str]:
        head = f'role = "gateway"\nmotors = "{tmp_path}"\n[broker]\n'
        return problems(parse_live(f"{head}{table}\n"))

    whole = f'baseline = "{folder}/sound"\nthermal = "{folder}/pump.thermal.json"'
    assert said(f"[healthy.pump-1]\n{whole}") == []
    assert said(f"[healthy.pump-2]\n{whole}")[0].startswith("healthy.pump-2: [healthy.pump-2]: no")
    assert "healthy.pump-1: " in said('[healthy.pump-1]\nthermal = "/no/such.json"')[0]
    assert "healthy.pump-1: " in said('[healthy.pump-1]\nbaseline = "/no/such.npz"')[0]
    for empty in ("", 'manifest = "m.toml"'):
        with pytest.raises(BadConfig, match="name a baseline, a thermal model, or both"):
            said(f"[healthy.pump-1]\n{empty}")
    with pytest.raises(BadConfig, match="unknown key"):
        said('[healthy.pump-1]\nbasline = "x"')
