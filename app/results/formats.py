"""Format tests on a table that carries no vibration (mafaulda_decimated): read, nothing scored."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from app.results.labels import label_of
from app.results.result import Protocol, Result, ResultTable
from app.vectors import with_progress
from sensors.recordings.recording import Recording
from sensors.replay import whole_capture

NAME = "mafaulda_decimated"
ROWS = 50
"""Rows of one original recording: files hold whole multiples."""
LONGEST_S = 86400.0


def evaluate(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Read every file whole and list what came out, and which files are the same."""
    del folder
    files = recordings[NAME]
    rows = []
    for file in with_progress(files, NAME):
        blocks = whole_capture(file, LONGEST_S).blocks
        samples = {block.values.size for block in blocks}
        finite = all(np.isfinite(block.values).all() for block in blocks)
        same = [f.path.stem for f in files if f is not file and f.recording_id == file.recording_id]
        rows.append(
            (
                file.path.stem,
                label_of(file),
                len(blocks),
                max(samples),
                "yes" if len(samples) == 1 and max(samples) % ROWS == 0 and finite else "no",
                ", ".join(same),
            )
        )
    whole = sum(row[4] == "yes" for row in rows)
    twins = sum(bool(row[5]) for row in rows)
    return Result(
        name=NAME,
        title="MAFAULDA averaged to ten rows a second: format tests",
        protocol=(
            f"Format tests only: every row is the mean of 5000 samples, {ROWS} rows a recording, "
            "so nothing of vibration or sound is left and nothing is scored. Read whole: all "
            f"channels equally long, whole multiples of {ROWS} rows, every value a number."
        ),
        tables=(
            ResultTable(
                title="Every file",
                columns=("file", "label", "channels", "rows", "read whole", "same content as"),
                rows=tuple(rows),
            ),
        ),
        figures={
            "files": len(rows),
            "read_whole": whole,
            "files_with_a_twin": twins,
            "scored": 0,
        },
        remarks=(
            f"{twins} files are the same as a file of another name (size, beginning, end), so "
            "the labels in their names mean nothing.",
        )
        if twins
        else (),
        aim="every file read whole",
        outcome=f"{whole} of {len(rows)} read whole, {twins} of them twins of another; none scored",
    )


PROTOCOLS = (Protocol(NAME, (NAME,), evaluate),)
