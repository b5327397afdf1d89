"""The unit files: what systemd itself thinks of them, and what they must forbid."""

import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
MUST = {
    "Type": "notify",
    "Restart": "always",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
}


def unit(path: Path) -> RawConfigParser:
    parser = RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read_string(path.read_text())
    return parser


def test_there_is_one_for_each_role() -> None:
    assert [path.stem for path in UNITS] == [
        "motorwatch-device",
        "motorwatch-gateway",
        "motorwatch-platform",
    ]


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.stem)
def test_it_runs_its_own_role_with_few_rights(path: Path) -> None:
    role = path.stem.removeprefix("motorwatch-")
    service = unit(path)["Service"]
    assert {key: service.get(key) for key in MUST} == MUST
    command = service["ExecStart"].split()
    assert command == [
        "/opt/motorwatch/bin/motorwatch",
        role,
        "--config",
        f"/etc/motorwatch/{role}.toml",
    ]
    assert service["User"] == path.stem
    assert service["StateDirectory"] == f"motorwatch/{role}"
    assert service["WorkingDirectory"] == f"/var/lib/motorwatch/{role}"
    assert int(service["WatchdogSec"]) >= 10
    assert int(service["TimeoutStopSec"]) > 10  # the default of stop_within_s


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.stem)
def test_systemd_finds_nothing_wrong_with_it(path: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze")
    # It looks for the program that is run, which is not installed here.
    there = tmp_path / path.name
    there.write_text(path.read_text().replace("/opt/motorwatch/bin/motorwatch", "/bin/true"))
    said = subprocess.run([program, "verify", str(there)], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
