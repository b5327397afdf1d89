"""What `--help`, the live table and the spectrum show."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sample_messages import report
from typer.testing import CliRunner

from app.cli.live import Progress, pace_text
from app.cli.main import COMMANDS, app
from app.session import Window

WIDTH = 80
SECOND = 1_000_000_000


@pytest.mark.parametrize("name", [command.__name__ for command in COMMANDS])
def test_help_fills_its_lines(name: str) -> None:
    said = CliRunner().invoke(app, [name, "--help"], terminal_width=WIDTH, color=False)
    assert said.exit_code == 0
    prose = said.stdout.split("╭")[0].split("Usage:")[1].splitlines()[1:]
    lines = [line.strip() for line in prose]
    assert any(lines)
    for line, following in pairwise(lines):
        if line and following:
            first = following.split()[0]
            assert len(line) + 1 + len(first) > WIDTH - 2, f"{first!r} would have fitted: {line}"


def passed(step_s: float, length_s: float, windows: int = 20) -> Progress:
    row = Progress("x", None)
    for seq in range(windows):
        t0_ns = round(seq * step_s * SECOND)
        one = report(seq, t0_ns=t0_ns, t1_ns=t0_ns + round(length_s * SECOND))
        row.take(Window(one, "normal", None, False, None))
    return row


def test_pace_is_against_real_time_only_where_time_was_whole() -> None:
    assert pace_text([passed(1.0, 1.0)], 2.0) == "10 x real time"
    assert pace_text([passed(0.5, 1.0)], 2.1) == "5 x real time"
    assert pace_text([passed(10.0, 0.1)], 2.0) == "10 windows/s"
    assert pace_text([passed(10.0, 0.1), passed(10.0, 0.1)], 2.0) == "20 windows/s"


def test_the_spectrum_is_of_what_diagnose_judges(tmp_path: Path) -> None:
    t_s = np.arange(30_000) / 1000.0
    acc = np.sin(2 * np.pi * np.where(t_s < 20.0, 100.0, 200.0) * t_s)
    np.savez(tmp_path / "a.npz", acc=acc, rate_hz=np.float64(1000.0))
    said = CliRunner().invoke(app, ["spectrum", str(tmp_path / "a.npz"), "--json"])
    assert json.loads(said.stdout)["peaks"][0]["hz"] == pytest.approx(200.0, abs=0.5)
