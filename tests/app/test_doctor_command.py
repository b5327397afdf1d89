"""`doctor` tells what is there and what is not, of stage 2 as of the rest."""

import importlib.metadata
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import stage2
from app.cli import doctor_command
from app.cli import main as command_line


def told() -> dict[str, dict[str, object]]:
    result = CliRunner().invoke(command_line.app, ["doctor", "--json"])
    assert result.exit_code == 0, result.stderr
    return {one["what"]: one for one in json.loads(result.stdout)}


def test_the_runtime_is_told_as_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "tflite-runtime":
            return "2.14.0"
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor_command.importlib.metadata, "version", version)
    found = told()
    runtime = found["TFLite runtime"]
    assert runtime["ok"] and runtime["seen"] == "tflite-runtime 2.14.0"
    assert not found["onnx"]["ok"] and "exchange" in str(found["onnx"]["remedy"])
    monkeypatch.setattr(doctor_command, "RUNTIMES", ())
    lacking = told()["TFLite runtime"]
    assert not lacking["ok"] and "motorwatch[stage2]" in str(lacking["remedy"])


@pytest.mark.parametrize(
    ("devices", "driver", "ok", "word"),
    [
        ((), None, False, "no device"),
        (("USB 18d1:9302",), None, False, "no driver"),
        (("USB 1a6e:089a",), "libedgetpu.so.1", True, "libedgetpu.so.1"),
        ((), "libedgetpu.so.1", False, "no device"),
    ],
)
def test_a_coral_needs_device_and_driver(
    devices: tuple[str, ...],
    driver: str | None,
    ok: bool,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_command, "_usb", lambda kinds: list(devices))
    monkeypatch.setattr(doctor_command, "find_library", lambda name: driver)
    found = told()["Coral Edge TPU"]
    if not list(Path("/dev").glob("apex_*")):
        assert found["ok"] is ok and word in str(found["seen"])
        assert ok or "CPU" in str(found["remedy"])


def test_a_damaged_release_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told()["stage-2 release"]["ok"]
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    monkeypatch.setattr(stage2, "SHIPPED_STAGE2", bad)
    found = told()["stage-2 release"]
    assert not found["ok"] and "bad.json" in str(found["seen"])
