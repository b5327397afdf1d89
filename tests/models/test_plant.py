"""A plant's own limits take the place of the shipped ones, file by file."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from app.cli.main import app
from models.diagnosis import diagnose
from models.plant import SHIPPED, load_plant
from sensors.conditions import Condition
from sensors.errors import BadConfig, OutputError
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario


def test_every_shipped_file_is_read() -> None:
    assert load_plant(None) == load_plant(None)
    assert {path.suffix for path in SHIPPED.values()} == {".toml"}


def test_a_plants_own_text_is_said_and_the_rest_stays(tmp_path: Path) -> None:
    text = SHIPPED["cards.toml"].read_text("utf-8").replace("bearing, outer race", "Außenring")
    (tmp_path / "cards.toml").write_text(text, encoding="utf-8")
    own, shipped = load_plant(tmp_path), load_plant(None)
    assert own.texts.texts[Condition.BEARING_OUTER_RACE].title == "Außenring"
    assert own.rotor == shipped.rotor


def test_a_plants_own_limit_decides(tmp_path: Path) -> None:
    scenario = msgspec.structs.replace(
        load_scenario("healthy"),
        duration_s=4.0,
        vibration_axes=("x", "y", "z"),
        faults=(Fault(condition=Condition.UNBALANCE, severity=1.0),),
    )
    reader = SimulatorReader(scenario, 4.0)
    capture = reader.read()
    assert capture is not None
    assert [f.condition for f in diagnose(capture, reader.motor).findings] == ["unbalance"]
    # A plant of coarse machines: its zones begin at ten times the level.
    lines = SHIPPED["iso.toml"].read_text("utf-8").splitlines()
    coarse = [
        "limits_mmps = [50.0, 60.0, 70.0]" if x.startswith("limits_mmps") else x for x in lines
    ]
    (tmp_path / "iso.toml").write_text("\n".join(coarse), encoding="utf-8")
    said = diagnose(capture, reader.motor, plant=load_plant(tmp_path))
    assert said.findings == ()


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[nonsense]\nx = 1\n")
    with pytest.raises(BadConfig, match=name):
        load_plant(tmp_path)


def test_a_misnamed_file_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "rotors.toml").write_text("")
    with pytest.raises(BadConfig, match=r"rotors\.toml.*rotor\.toml"):
        load_plant(tmp_path)
    with pytest.raises(BadConfig, match="motorwatch limits"):
        load_plant(tmp_path / "none")


def test_the_command_writes_what_it_then_accepts(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    assert CliRunner().invoke(app, ["limits", str(folder)]).exit_code == 0
    assert {path.name for path in folder.iterdir()} == set(SHIPPED)
    assert CliRunner().invoke(app, ["limits", str(folder), "--check"]).exit_code == 0
    again = CliRunner().invoke(app, ["limits", str(folder)])
    assert isinstance(again.exception, OutputError)
