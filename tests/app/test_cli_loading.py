"""Recordings that commands load: each has a name of its own."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli.loading import load
from app.cli.main import app


def written(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    acc = np.random.default_rng(seed).standard_normal(6000)
    np.savez(path, acc=acc, rate_hz=np.float64(2000.0))
    return path


def titles(*sources: Path) -> list[str]:
    return [one.title for one in load(sources, None, None, None, None, None)]


def test_recordings_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a" / "x.npz", 0), written(tmp_path / "b" / "x.npz", 1)
    other = written(tmp_path / "b" / "y.npz", 2)
    deep = written(tmp_path / "c" / "a" / "x.npz", 3)
    assert titles(first, other) == ["x", "y"]
    assert titles(first, second, other) == ["a/x", "b/x", "y"]
    root = tmp_path.name
    assert titles(first, deep) == [f"{root}/a/x", "c/a/x"]
    assert titles(first, first) == ["x (vibration)", "x (vibration) (2)"]


@pytest.mark.parametrize("command", ["diagnose", "replay"])
def test_tables_tell_recordings_of_one_name_apart(tmp_path: Path, command: str) -> None:
    paths = [written(tmp_path / folder / "x.npz", 0) for folder in ("before", "after")]
    said = CliRunner().invoke(app, [command, *map(str, paths)])
    assert said.exit_code == 0
    assert "before/x" in said.stdout and "after/x" in said.stdout
