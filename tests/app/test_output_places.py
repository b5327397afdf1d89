"""Places that no file should be written to, and files that are whole or absent."""

import os
import resource
import signal
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import main as command_line
from app.store.connection import parse_url
from sensors.errors import BadConfig, OutputError
from sensors.output import check_writable, write_whole


def test_a_device_or_pipe_is_never_renamed_over(tmp_path: Path) -> None:
    pipe = tmp_path / "report.html"
    os.mkfifo(pipe)
    for write in (check_writable, lambda path: write_whole(path, b"x")):
        with pytest.raises(OutputError, match="device or a pipe"):
            write(pipe)
    assert pipe.is_fifo()


def test_a_name_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    for name in ("x" * 300, "x" * 250):  # the second is one, but none fits beside it
        with pytest.raises(OutputError, match="cannot be written"):
            write_whole(tmp_path / name, b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "lines.png"
    path.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.raises(OutputError, match=r"lines\.png: cannot be written"):
            write_whole(path, b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("option", ["--markdown", "--output"])
def test_evaluate_refuses_a_pipe_before_any_work(tmp_path: Path, option: str) -> None:
    pipe = tmp_path / "page"
    os.mkfifo(pipe)
    result = CliRunner().invoke(command_line.app, ["evaluate", "skab", option, str(pipe)])
    assert isinstance(result.exception, OutputError)
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    "query", ["timeout=abc", "timeout=nan", "timeout=-1", "mode=ro", "x=1&x=2"]
)
def test_a_store_url_with_a_wrong_query_is_refused(query: str) -> None:
    with pytest.raises(BadConfig, match="timeout=SECONDS"):
        parse_url(f"sqlite:///plant.db?{query}")
    assert parse_url("sqlite:///plant.db?timeout=2.5").database == "plant.db"


def test_an_empty_store_url_does_not_mean_none(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", acc=np.ones(2000), rate_hz=np.float64(1000.0))
    words = ["replay", str(tmp_path / "a.npz"), "--store", ""]
    result = CliRunner().invoke(command_line.app, words)
    assert isinstance(result.exception, BadConfig)
