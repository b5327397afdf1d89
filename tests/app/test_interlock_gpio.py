"""Pins: on a chip that is a double of the kernel's, and on gpio-sim where the kernel has it."""

import inspect
import sys
from pathlib import Path

import pytest
from interlock_inputs import CONFIG

gpiod = pytest.importorskip("gpiod")

import msgspec  # noqa: E402
from gpiod.line import Bias, Direction, Value  # noqa: E402

from app.interlock.actuator import LogActuator, NoPermissive, open_actuator, open_permissive  # noqa: E402
from app.interlock.config import GpioInput, GpioOutput  # noqa: E402
from app.interlock.gpio import GpioActuator, GpioPermissive  # noqa: E402
from sensors.errors import MissingDependency, OutputError  # noqa: E402

OUT = GpioOutput(chip="/dev/gpiochip0", line=17, on_shutdown="trip")
IN = GpioInput(chip="/dev/gpiochip0", line=27)


class Chip:
    """Takes the calls of libgpiod and remembers what stood on the pin, as a voltage."""

    def __init__(self) -> None:
        self.pins: dict[int | str, list[bool]] = {}
        self.held: set[int | str] = set()
        self.consumer = ""
        self.broken = False

    def request_lines(self, path: str, **asked: object) -> "Request":
        bound = inspect.signature(gpiod.request_lines).bind(path, **asked)
        self.consumer = bound.arguments["consumer"]
        ((line, settings),) = bound.arguments["config"].items()
        if line in self.held:
            raise OSError(16, "Device or resource busy")
        self.held.add(line)
        return Request(self, line, settings)


class Request:
    def __init__(self, chip: Chip, line: int | str, settings: object) -> None:
        assert isinstance(settings, gpiod.LineSettings)
        self.chip, self.line, self.settings = chip, line, settings
        if settings.direction is Direction.OUTPUT:
            self.set_value(line, settings.output_value)
        else:
            chip.pins.setdefault(line, [settings.bias is Bias.PULL_UP])

    def set_value(self, line: int | str, value: Value) -> None:
        self._check(line)
        high = (value is Value.ACTIVE) != self.settings.active_low
        self.chip.pins.setdefault(line, []).append(high)

    def get_value(self, line: int | str) -> Value:
        self._check(line)
        active = self.chip.pins[line][-1] != self.settings.active_low
        return Value.ACTIVE if active else Value.INACTIVE

    def release(self) -> None:
        self.chip.held.discard(self.line)

    def _check(self, line: int | str) -> None:
        assert line == self.line
        assert line in self.chip.held
        if self.chip.broken:
            raise OSError(5, "Input/output error")


@pytest.mark.parametrize("active_low", [False, True])
@pytest.mark.parametrize("trip_by", ["de_energise", "energise"])
def test_the_pin_goes_as_it_is_wired(trip_by: str, active_low: bool) -> None:
    chip = Chip()
    config = msgspec.structs.replace(OUT, trip_by=trip_by, active_low=active_low)
    actuator = GpioActuator(config, "pump-1", tripped=False, request=chip.request_lines)
    running = (trip_by == "de_energise") != active_low
    actuator.trip()
    actuator.trip()
    actuator.release()
    assert chip.pins[17] == [running, not running, not running, running]
    assert chip.consumer == "motorwatch trip pump-1"


def test_a_latched_interlock_starts_tripped_without_a_glitch() -> None:
    chip = Chip()
    GpioActuator(OUT, "pump-1", tripped=True, request=chip.request_lines)
    assert chip.pins[17] == [False]


@pytest.mark.parametrize(
    ("on_shutdown", "may_trip", "left"),
    [("trip", True, False), ("trip", False, True), ("hold", True, True)],
)
def test_shutdown_leaves_the_pin_as_configured_and_gives_it_back(
    on_shutdown: str, may_trip: bool, left: bool
) -> None:
    chip = Chip()
    config = msgspec.structs.replace(OUT, on_shutdown=on_shutdown)
    actuator = GpioActuator(config, "pump-1", tripped=False, request=chip.request_lines)
    actuator.close(may_trip=may_trip)
    actuator.close(may_trip=may_trip)
    assert chip.pins[17][-1] is left
    assert chip.held == set()
    with pytest.raises(OutputError, match="given back"):
        actuator.trip()


def test_a_pin_that_cannot_be_driven_is_said_and_given_back_all_the_same() -> None:
    chip = Chip()
    actuator = GpioActuator(OUT, "pump-1", tripped=False, request=chip.request_lines)
    chip.broken = True
    with pytest.raises(OutputError, match="stop the motor"):
        actuator.trip()
    with pytest.raises(OutputError, match="stop the motor"):
        actuator.close(may_trip=True)
    assert chip.held == set()


def test_a_pin_that_does_not_follow_is_said() -> None:
    chip = Chip()
    actuator = GpioActuator(OUT, "pump-1", tripped=False, request=chip.request_lines)
    chip.pins[17] = Stuck([True])  # type: ignore[assignment]
    with pytest.raises(OutputError, match="reads"):
        actuator.trip()


class Stuck(list[bool]):
    def append(self, _: bool) -> None:
        """A short holds it."""


def test_a_line_that_another_holds_is_refused_by_name() -> None:
    chip = Chip()
    GpioActuator(OUT, "pump-1", tripped=False, request=chip.request_lines)
    with pytest.raises(OutputError, match=r"line 17 of /dev/gpiochip0.*busy"):
        GpioActuator(OUT, "pump-2", tripped=False, request=chip.request_lines)


@pytest.mark.parametrize("active_low", [False, True])
def test_an_open_wire_does_not_permit(active_low: bool) -> None:
    chip = Chip()
    config = msgspec.structs.replace(IN, active_low=active_low)
    permissive = GpioPermissive(config, "pump-1", request=chip.request_lines)
    assert not permissive.permitted()
    chip.pins[27].append(not active_low)
    assert permissive.permitted()
    chip.broken = True
    assert not permissive.permitted()
    permissive.close()
    assert chip.held == set()


def test_what_is_configured_is_opened(tmp_path: Path) -> None:
    assert isinstance(open_actuator(CONFIG, "m", tripped=False), LogActuator)
    assert isinstance(open_permissive(CONFIG, "m"), NoPermissive)
    absent = msgspec.structs.replace(
        CONFIG, actuator=GpioOutput(chip="/dev/gpiochip250", line=1, on_shutdown="hold")
    )
    with pytest.raises(OutputError, match="gpiochip250"):
        open_actuator(absent, "m", tripped=False)
    with pytest.raises(OutputError, match="gpiochip251"):
        open_permissive(
            msgspec.structs.replace(CONFIG, permissive=GpioInput(chip="/dev/gpiochip251", line=1)),
            "m",
        )


def test_without_its_library_a_pin_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    monkeypatch.delitem(sys.modules, "app.interlock.gpio")
    with pytest.raises(MissingDependency, match=r"motorwatch\[gpio\]"):
        open_actuator(msgspec.structs.replace(CONFIG, actuator=OUT), "m", tripped=False)


CONFIGFS = Path("/sys/kernel/config/gpio-sim")


def test_a_simulated_chip_of_the_kernel_follows() -> None:
    if not CONFIGFS.is_dir():
        pytest.skip("needs the kernel's gpio-sim (modprobe gpio-sim, as root)")
    device = CONFIGFS / "motorwatch"
    (device / "bank").mkdir(parents=True)
    try:
        (device / "bank" / "num_lines").write_text("8")
        (device / "live").write_text("1")
        name = (device / "bank" / "chip_name").read_text().strip()
        home = (device / "dev_name").read_text().strip()
        pin = Path(f"/sys/devices/platform/{home}/{name}/sim_gpio3/value")
        actuator = GpioActuator(
            GpioOutput(chip=f"/dev/{name}", line=3, on_shutdown="hold"), "pump-1", tripped=False
        )
        assert pin.read_text().strip() == "1"
        actuator.trip()
        assert pin.read_text().strip() == "0"
        actuator.close(may_trip=False)
    finally:
        (device / "live").write_text("0")
        (device / "bank").rmdir()
        device.rmdir()
