"""Hostile words, names and surroundings: each a named error or a sound answer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app.cli import main as command_line
from app.cli.console import escape
from sensors.errors import BadConfig, MotorwatchError, RecordingError

SCRIPT = "from app.cli.main import main; main()"


def run(*words: object) -> Result:
    return CliRunner().invoke(command_line.app, [str(word) for word in words])


def shell(*words: str, **how: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", SCRIPT, *words]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, **how)  # type: ignore[call-overload, no-any-return]


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    path = tmp_path / "a.npz"
    acc = np.random.default_rng(0).standard_normal(6000)
    np.savez(path, acc=acc, rate_hz=np.float64(2000.0))
    return path


@pytest.mark.parametrize("words", [("--from", "nan"), ("--to", "inf"), ("--to", "nan")])
def test_part_of_a_recording_that_is_no_number(noise: Path, words: tuple[str, str]) -> None:
    assert isinstance(run("replay", noise, *words).exception, BadConfig)


@pytest.mark.parametrize("rpm", ["-1", "nan", "inf", "1e300"])
@pytest.mark.parametrize("command", ["diagnose", "replay", "inspect", "spectrum"])
def test_an_impossible_speed_is_refused(noise: Path, command: str, rpm: str) -> None:
    error = run(command, noise, "--rpm", rpm).exception
    assert isinstance(error, BadConfig) and "shaft speed" in str(error)


def test_the_short_ones_of_many_recordings_are_passed_over(noise: Path) -> None:
    long = np.ones(20_000)
    np.savez(noise.with_name("b.npz"), acc=long, rate_hz=np.float64(2000.0))
    result = run("replay", noise.parent, "--from", "5", "--json")
    assert result.exit_code == 0, result.exception
    assert {json.loads(line)["motor_id"] for line in result.stdout.splitlines()} == {"b"}


@pytest.mark.parametrize("command", [["replay"], ["features", "-o", "{to}/f.csv"]])
def test_a_recording_without_a_sample_is_an_error(tmp_path: Path, command: list[str]) -> None:
    np.savez(tmp_path / "a.npz", acc=np.zeros(0), rate_hz=np.float64(1000.0))
    first, *more = (word.format(to=tmp_path) for word in command)
    result = run(first, tmp_path / "a.npz", *more)
    assert isinstance(result.exception, RecordingError)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_an_endless_band_is_refused(noise: Path) -> None:
    result = run("spectrum", noise, "--kind", "envelope", "--band", "100-inf")
    assert isinstance(result.exception, BadConfig)


def test_a_terminal_is_not_commanded_by_names() -> None:
    assert escape("a\x1b]0;b\x07\u202e[red]") == "a\\x1b]0;b\\x07\\x202e\\[red]"


@pytest.mark.parametrize(
    "name", [b"\xff\xfe.npz", b"[bold]\x1b[31m.npz", b"a\nb.npz", "日本.npz".encode()]
)
def test_any_file_name_is_taken(noise: Path, name: bytes) -> None:
    folder = noise.parent / "names"
    folder.mkdir()
    noise.rename(folder / os.fsdecode(name))
    table = folder.parent / "f.csv"
    commands = (
        ["diagnose"],
        ["diagnose", "--json"],
        ["replay", "--json"],
        ["features", "-o", table],
    )
    for first, *more in commands:
        result = run(first, folder, *more)
        assert result.exit_code == 0, (first, result.exception)
        assert "\x1b" not in result.stdout


@pytest.mark.parametrize("columns", ["0", "1", "20", "abc", ""])
def test_any_width_prints_the_answer(columns: str) -> None:
    env = {**os.environ, "COLUMNS": columns}
    said = shell("bearings", "6205", stdout=subprocess.PIPE, env=env)
    assert said.returncode == 0 and "62" in said.stdout


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no device that is always full")
@pytest.mark.parametrize("words", [["bearings", "6205"], ["manifest", "schema"]])
def test_a_full_disk_under_standard_output_is_named(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        said = shell(*words, stdout=full)
    assert said.returncode == 6 and "standard output" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("value", ["nan", "inf", '{ scalar = "bad" }'])
def test_a_number_of_a_manifest_is_finite(tmp_path: Path, value: str) -> None:
    np.savez(tmp_path / "a.npz", acc=np.ones(4000), bad=np.float64("nan"))
    (tmp_path / "manifest.toml").write_text(
        f'schema = 1\nname = "x"\n[[recordings]]\nfiles = "a.npz"\nrate_hz = 2000\nload = {value}\n'
    )
    error = run("replay", tmp_path).exception
    assert isinstance(error, MotorwatchError) and "field `load`" in str(error)


@pytest.mark.parametrize("text", ["{n!r:>999999999}", "{n.__class__}", "{n[0]}", "{n:d}", "{"])
def test_a_template_takes_names_alone(tmp_path: Path, text: str) -> None:
    np.savez(tmp_path / "a1.npz", acc=np.ones(4000))
    (tmp_path / "manifest.toml").write_text(
        'schema = 1\nname = "x"\n[[recordings]]\nfiles = "a*.npz"\nrate_hz = 2000\n'
        f"pattern = '(?P<n>[0-9])'\nunit_id = '{text}'\n"
    )
    error = run("inspect", tmp_path).exception
    assert isinstance(error, BadConfig) and "unit_id" in str(error)


def test_words_that_look_like_markup_are_printed_as_they_are(noise: Path, tmp_path: Path) -> None:
    said = shell("bearings", "[/x]")
    assert said.returncode == 0 and "'[/x]'" in said.stderr
    place = tmp_path / "[bold]out"
    place.mkdir()
    said = shell("features", str(noise), "-o", str(place / "a.csv"))
    assert said.returncode == 0 and str(place / "a.csv") in said.stderr


def test_an_error_is_one_line_however_narrow_the_terminal(tmp_path: Path) -> None:
    said = shell("inspect", str(tmp_path / "missing.wav"), env={**os.environ, "COLUMNS": "40"})
    assert said.returncode == 3 and said.stderr.count("\n") == 1
