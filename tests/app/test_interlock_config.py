from pathlib import Path

import pytest
from simulated_senses import MOTOR

from app.interlock.config import GpioOutput, InterlockConfig, check_motor, load_interlock
from sensors.errors import BadConfig
from sensors.motor import Motor

GOOD = """
[interlock]
windows = 3
vibration = { trip = 18.0, alert = 7.1 }
current = { trip = 3.0, alert = 1.2, for_s = 10.0 }
temperature = { alert = 130.0, positions = ["winding"] }
actuator = { kind = "gpio", chip = "/dev/gpiochip0", line = 17, on_shutdown = "hold" }
permissive = { kind = "gpio", chip = "/dev/gpiochip0", line = "PERMIT" }
"""


def load(tmp_path: Path, text: str) -> InterlockConfig:
    path = tmp_path / "device.toml"
    path.write_text(text)
    return load_interlock(path)


def test_a_configuration_is_read(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    assert list(config.limits) == ["vibration", "current", "temperature"]
    assert config.actuator == GpioOutput(chip="/dev/gpiochip0", line=17, on_shutdown="hold")
    assert config.actuator.trip_by == "de_energise"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("part", "instead", "said"),
    [
        ("trip = 18.0", "trip = 7.1", "alert = 7.1 must be below"),
        ("trip = 18.0", "trip = nan", "vibration.trip = nan"),
        ("trip = 18.0", "trip = inf", "vibration.trip = inf"),
        ("trip = 18.0", "trip = 18000.0", "must be from 0.5 to 200"),
        ("trip = 18.0", "trip = true", "trip"),
        ("alert = 7.1", "alert = -1.0", "vibration.alert = -1"),
        ("alert = 1.2", "alert = 0.9", "current.alert = 0.9 must be from 1.05"),
        ("for_s = 10.0", "for_s = -1.0", "for_s"),
        ("for_s = 10.0", "for_s = nan", "for_s"),
        ("windows = 3", "windows = 0", "windows"),
        ("windows = 3", "windows = 2.5", "windows"),
        ("windows = 3", "windows = 3\nprobability = 0.9", "probability"),
        ('positions = ["winding"]', "positions = []", "positions is empty"),
        ("line = 17", "line = -1", "line"),
        ("line = 17", 'line = 17, trip_by = "hope"', "trip_by|hope"),
        ('kind = "gpio", chip = "/dev/gpiochip0", line = 17', 'kind = "plc"', "plc|kind"),
        (', on_shutdown = "hold"', "", "on_shutdown"),
        ('chip = "/dev/gpiochip0", line = 17', 'chip = "gpiochip0", line = 17', "chip"),
        ("line = 17", 'line = "PERMIT"', "they need a line each"),
        ("[interlock]", "[interlocks]", r"no table \[interlock\]"),
        ("[interlock]", "[interlock", "not valid TOML"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path: Path, part: str, instead: str, said: str) -> None:
    assert part in GOOD
    with pytest.raises(BadConfig, match=said) as refused:
        load(tmp_path, GOOD.replace(part, instead, 1))
    assert "device.toml" in str(refused.value)


def without(*keys: str) -> str:
    return "\n".join(line for line in GOOD.splitlines() if not line.startswith(keys))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (without("current", "temperature"), "vibration alone can never trip"),
        (without("vibration", "current", "temperature"), "nothing alone can never trip"),
        (without("permissive"), "permissive"),
        (GOOD.replace("trip = 18.0, ", "").replace("trip = 3.0, ", ""), "no quantity has a `trip`"),
    ],
)
def test_what_can_never_trip_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadConfig, match=said):
        load(tmp_path, text)


def test_multiples_of_a_rated_current_need_one(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    check_motor(config, MOTOR)
    with pytest.raises(BadConfig, match="rated_current_a"):
        check_motor(config, Motor(motor_id="bare"))
