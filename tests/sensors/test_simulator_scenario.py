"""Scenarios at the door: the ready ones run, the impossible ones are told what to do."""

from pathlib import Path

import msgspec
import pytest
from simulated import MOTOR, only, scenario

from sensors.bearing import Bearing
from sensors.conditions import BEARING_CONDITIONS, Condition
from sensors.errors import BadConfig, UnknownBearing
from sensors.simulator.fault import SEVERITY_ONE, Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import LoadOscillation, Mode, Noise, Rates, Scenario
from sensors.simulator.scenario_file import READY_FOLDER, load_scenario, ready_scenarios

DEMO = (READY_FOLDER / "demo.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ready_scenarios())
def test_every_ready_scenario_runs(name: str) -> None:
    loaded = load_scenario(name)
    assert loaded.name == name
    assert loaded.motor.motor_id.startswith("simulated")
    capture = SimulatorReader(loaded, 0.25).read()
    assert capture is not None
    assert capture.blocks


def test_the_demo_has_healthy_life_load_changes_and_a_growing_outer_race() -> None:
    demo = load_scenario("demo")
    reader = SimulatorReader(demo, 1.0)
    assert len({load for _, load in demo.load}) > 2
    assert max(t_s for t_s, load in demo.load if load != 0.75) < demo.faults[0].onset_s
    assert reader.labels_at(0.0) == frozenset()
    assert reader.labels_at(demo.duration_s - 1.0) == {Condition.BEARING_OUTER_RACE}
    assert [group.channels[0].sense.value for group in reader._groups] == [
        "vibration",
        "sound",
        "power",
        "temperature",
    ]


@pytest.mark.parametrize("condition", list(SEVERITY_ONE))
def test_every_condition_with_a_model_shows_in_some_signal(condition: Condition) -> None:
    every = only(vibration=12800.0, sound=12800.0, power=2000.0, temperature=1.0)
    fault = Fault(condition=condition, severity=1.0)
    sick, sound = (
        SimulatorReader(scenario(*faults, rates=every, initial_degc=40.0), 10.0).read()
        for faults in ((fault,), ())
    )
    assert sick is not None
    assert sound is not None
    pairs = zip(sick.blocks, sound.blocks, strict=True)
    assert any((one.values != other.values).any() for one, other in pairs)


def written(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_scenario_is_read_from_a_path(tmp_path: Path) -> None:
    assert load_scenario(written(tmp_path, DEMO)) == load_scenario("demo")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 20", "sead = 20", "unknown field.*seed"),
        ("seed = 20", "", "seed"),
        ("seed = 20", "seed = -1", "seed = -1 must be from 0"),
        ("seed = 20", "seed = 'x'", "int"),
        ("seed = 20", "seed = ", "TOML"),
        ("duration_s = 600.0", "duration_s = 0.0", "duration_s"),
        ("duration_s = 600.0", "duration_s = nan", "duration_s"),
        ('current_phases = ["a"]', 'current_phases = ["a", "a"]', "each once"),
        ('vibration_axes = ["x"]', "vibration_axes = []", "at least one"),
        ('vibration_axes = ["x"]', 'vibration_axes = ["w"]', "vibration_axes"),
        ("[0.0, 22.0], [600.0, 24.0]", "[600.0, 22.0], [0.0, 24.0]", "rising order"),
        ("[0.0, 22.0], [600.0, 24.0]", "[0.0, 22.0], [600.0, 2400.0]", "ambient_degc must stay"),
        ("[0.0, 0.75], [120.0, 0.75]", "[0.0, 0.75], [120.0, 7.5]", "load must stay from 0 to 2"),
        ("[0.0, 0.75], [120.0, 0.75]", "[0.0, 0.75], [inf, 0.75]", "rising order"),
        ("vibration_hz = 25600.0", "vibration_hz = 10.0", "vibration_hz = 10"),
        ("vibration_hz = 25600.0", "vibration_hz = 2000.0", "raise the rate"),
        ("temperature_hz = 1.0", "temperature_hz = 0.0", "temperature_hz"),
        ("rated_rpm = 1455.0", "", "rated_rpm; add it"),
        ("rated_rpm = 1455.0", "rated_rpm = 1000.0", "check rated_rpm, poles"),
        (
            "rated_rpm = 1455.0",
            "rated_rpm = 1455.0\nvariable_frequency_drive = true",
            "on the line",
        ),
        ("6205-2RS JEM SKF", "no such bearing", "not in the catalogue"),
        ('position = "DE"', 'position = "DE"\n[bogus]\n', "unknown field"),
        ("bearing_outer_race", "bearing_outer_ring", "use one of: bearing_outer_race"),
        ("bearing_outer_race", "gear_wear", "no model of it; use one of"),
        ("severity = 0.5", "severity = -0.5", "severity = -0.5"),
        ("severity = 0.5", "severity = nan", "severity = nan"),
        ("severity = 0.5", "", "one of severity and level_db"),
        ("severity = 0.5", "level_db = 400.0", "from -100 to 60"),
        ("onset_s = 300.0", "onset_s = -3.0", "onset_s"),
        ("onset_s = 300.0", "onset_s = 700.0", "after onset_s"),
        ("onset_s = 300.0", 'onset_s = 300.0\nbearing = "NDE"', "no bearing NDE"),
        ('growth = "exponential"', 'growth = "cubic"', "cubic"),
        ('growth = "exponential"', 'growth = "step"', "full_at_s belongs to"),
        ("full_at_s = 600.0", "", "needed there"),
        ("[rates]", "start = 2026-01-01T00:00:00\n[rates]", "time zone"),
    ],
)
def test_bad_scenarios_say_what_to_do(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert DEMO.count(old) >= 1
    path = written(tmp_path, DEMO.replace(old, new, 1))
    with pytest.raises((BadConfig, UnknownBearing), match=f"(?s)run.toml.*{said}"):
        load_scenario(path)


def test_an_unknown_name_lists_the_ready_ones(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"one of: broken_rotor_bar.*demo"):
        load_scenario("dmeo")
    with pytest.raises(BadConfig, match="no such file"):
        load_scenario(tmp_path / "none.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadConfig, match="not UTF-8"):
        load_scenario(path)


def with_bearing(bearing: Bearing | None) -> Scenario:
    bearings = () if bearing is None else (bearing,)
    return scenario(motor=msgspec.structs.replace(MOTOR, bearings=bearings))


@pytest.mark.parametrize("condition", BEARING_CONDITIONS)
def test_a_bearing_fault_needs_its_order(condition: Condition) -> None:
    fault = Fault(condition=condition, severity=0.1)
    none = msgspec.structs.replace(with_bearing(None), faults=(fault,))
    with pytest.raises(BadConfig, match="no bearing"):
        SimulatorReader(none, 1.0)
    other = {"ftf_order": 0.4} if condition is not Condition.BEARING_CAGE else {"bpfo_order": 3.0}
    some = with_bearing(Bearing(name="part", **other))
    with pytest.raises(BadConfig, match="unknown, so"):
        SimulatorReader(msgspec.structs.replace(some, faults=(fault,)), 1.0)


def test_a_rolling_element_needs_the_cages_order_too() -> None:
    fault = Fault(condition=Condition.BEARING_ROLLING_ELEMENT, severity=0.1)
    part = msgspec.structs.replace(
        with_bearing(Bearing(name="part", bsf_order=2.3)), faults=(fault,)
    )
    with pytest.raises(BadConfig, match="FTF is unknown"):
        SimulatorReader(part, 1.0)


def test_static_eccentricity_needs_the_rotors_bars() -> None:
    plate = msgspec.structs.replace(MOTOR.nameplate, rotor_bars=None)
    motor = msgspec.structs.replace(MOTOR, nameplate=plate)
    fault = Fault(condition=Condition.ECCENTRICITY_STATIC, severity=1.0)
    with pytest.raises(BadConfig, match="rotor_bars"):
        SimulatorReader(scenario(fault, motor=motor), 1.0)


def test_a_level_needs_the_sense_it_is_measured_in() -> None:
    bar = Fault(condition=Condition.BROKEN_ROTOR_BAR, level_db=-40.0)
    with pytest.raises(BadConfig, match=r"rates\.power_hz"):
        SimulatorReader(scenario(bar, rates=only(vibration=12800.0)), 1.0)
    outer = Fault(condition=Condition.BEARING_OUTER_RACE, level_db=-3.0)
    with pytest.raises(BadConfig, match=r"rates\.vibration_hz"):
        SimulatorReader(scenario(outer, rates=only(sound=12800.0)), 1.0)


@pytest.mark.parametrize("condition", [Condition.OVERLOAD, Condition.SINGLE_PHASING])
def test_what_moves_the_operating_point_has_no_level(condition: Condition) -> None:
    with pytest.raises(BadConfig, match="give a severity"):
        Fault(condition=condition, level_db=0.0)


def test_a_bearing_is_named_only_for_bearing_faults() -> None:
    fault = Fault(condition=Condition.UNBALANCE, severity=1.0, bearing="DE")
    with pytest.raises(BadConfig, match="is not a bearing's"):
        SimulatorReader(scenario(fault), 1.0)


def test_parts_refuse_the_impossible() -> None:
    with pytest.raises(BadConfig, match="nothing is measured"):
        Rates()
    with pytest.raises(BadConfig, match="vibration_mps2"):
        Noise(vibration_mps2=-1.0)
    with pytest.raises(BadConfig, match="damping"):
        Mode(frequency_hz=1000.0, damping=0.0)
    with pytest.raises(BadConfig, match="amplitude"):
        LoadOscillation(amplitude=2.0, frequency=5.0, unit="Hz")
