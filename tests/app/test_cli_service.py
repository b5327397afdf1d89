"""How services start a live role: straight, without the libraries of the command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.service import Service, as_service, run_service
from sensors.errors import BadConfig


@pytest.mark.parametrize("option", ["--config", "-c"])
@pytest.mark.parametrize("role", ["device", "gateway", "platform"])
def test_a_plain_line_starts_a_role(role: str, option: str) -> None:
    assert as_service([role, option, "x.toml"]) == Service(role, Path("x.toml"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["device"],
        ["device", "--help"],
        ["device", "--config"],
        ["device", "--config", "x.toml", "--help"],
        ["device", "--config=x.toml"],
        ["up", "--config", "x.toml"],
        ["replay", "-c", "x.toml"],
        ["--json", "device", "-c", "x.toml"],
    ],
)
def test_anything_else_is_taken_apart(line: list[str]) -> None:
    assert as_service(line) is None


@pytest.mark.parametrize("role", ["device", "gateway", "platform"])
def test_a_configuration_of_another_role_is_refused_by_name(role: str, tmp_path: Path) -> None:
    path = tmp_path / "up.toml"
    path.write_text('role = "up"\n')
    with pytest.raises(BadConfig, match="up"):
        run_service(Service(role, path))  # type: ignore[arg-type]


def test_a_service_is_refused_in_one_line_and_loads_no_parser(tmp_path: Path) -> None:
    code = (
        "import sys; from app.cli.entry import main\n"
        f"sys.argv = ['motorwatch', 'device', '-c', {str(tmp_path / 'none.toml')!r}]\n"
        "heavy = {'typer', 'pydantic', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "try:\n    main()\n"
        "finally:\n    assert not {'typer', 'pydantic'} & set(sys.modules)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == BadConfig.exit_code, said.stderr
    assert "BadConfig" in said.stderr and "none.toml" in said.stderr
    assert "Traceback" not in said.stderr
