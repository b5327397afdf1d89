"""A wrong command line, run as `motorwatch` runs it but in this process: a start takes a second."""

import os
import sys
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest

from app.cli.main import main


class Said(NamedTuple):
    """How a command ended, and what it wrote to standard error as one line."""

    code: int
    words: str


def refused(folder: Path, words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Said:
    """Run what must end with an exit code; an error that has none reaches the test."""
    with (
        chdir(folder),
        patch.object(sys, "argv", ["motorwatch", *words]),
        patch.dict(os.environ, COLUMNS="200"),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Said(int(ended.value.code or 0), capsys.readouterr().err.replace("\n", " "))
