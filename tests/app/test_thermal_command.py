"""A motor's thermal model, from a recording of hours to a verdict on a hot frame."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.thermal_model import load_thermal
from dsp.thermal import ThermalParameters, simulate
from sensors.errors import BadConfig, MissingChannel

TRUTH = ThermalParameters(
    load_rise_k=35.0,
    constant_rise_k=12.0,
    winding_over_frame_k=25.0,
    winding_s=300.0,
    frame_s=2400.0,
    stopped_factor=3.0,
)
RATED_A = 14.7
STEP_S = 10.0
MANIFEST = """
schema = 1
name = "heat"
[[recordings]]
files = "*.npz"
rate_hz = 0.1
channels = [
  {{ name = "frame", column = "frame", {degc}, position = "frame" }},
  {air}
  {{ name = "i", column = "amps", sense = "power", unit = "A" }},
]
[recordings.motor]
motor_id = "pump"
[recordings.motor.nameplate]
rated_current_a = {rated}
insulation_class = "F"
"""
DEGC = 'sense = "temperature", unit = "degC"'
AIR = f'{{ name = "air", column = "air", {DEGC}, position = "ambient" }},'


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def write(folder: Path, hours: float, *, extra_k: float = 0.0, air: str = AIR) -> Path:
    rng = np.random.default_rng(1)
    n = round(hours * 3600 / STEP_S)
    load = np.repeat(rng.uniform(0.3, 1.1, n // 180 + 1), 180)[:n]
    ambient = 20.0 + 3.0 * np.sin(np.arange(n) / 900)
    trace = simulate(load, ambient, dt_s=STEP_S, parameters=TRUTH, start_degc=(45.0, 40.0))
    frame = trace.frame_degc + extra_k + 0.05 * rng.standard_normal(n)
    folder.mkdir()
    np.savez(folder / "run.npz", frame=frame, air=ambient, amps=load * RATED_A)
    (folder / "manifest.toml").write_text(MANIFEST.format(rated=RATED_A, air=air, degc=DEGC))
    return folder


def test_a_fitted_model_explains_health_and_names_what_it_does_not_explain(tmp_path: Path) -> None:
    model = tmp_path / "pump.thermal.json"
    done = run("thermal", write(tmp_path / "week", 20.0), "-o", model, "--json")
    assert done.exit_code == 0, done.exception
    fitted = load_thermal(model)
    assert fitted.driven_by == "current"
    assert fitted.parameters.load_rise_k == pytest.approx(TRUTH.load_rise_k, rel=0.05)
    assert fitted.parameters.frame_s == pytest.approx(TRUTH.frame_s, rel=0.1)
    sound = run("diagnose", write(tmp_path / "sound", 2.0), "--thermal", model, "--json")
    assert json.loads(sound.stdout)["findings"] == []
    hot = run("diagnose", write(tmp_path / "hot", 2.0, extra_k=30.0), "--thermal", model, "--json")
    assert [f["condition"] for f in json.loads(hot.stdout)["findings"]] == ["overheating"]


def test_what_is_missing_for_a_model_is_said(tmp_path: Path) -> None:
    done = run("thermal", write(tmp_path / "x", 3.0, air=""), "-o", tmp_path / "m.json")
    assert isinstance(done.exception, MissingChannel) and "the air" in str(done.exception)
    assert not (tmp_path / "m.json").exists()


def test_another_file_is_no_thermal_model(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(BadConfig, match="motorwatch thermal"):
        load_thermal(tmp_path / "x.json")
