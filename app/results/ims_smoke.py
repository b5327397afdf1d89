"""IMS snapshots: the audit must set standstill apart; what is said of the rest is listed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from app.results.result import Cell, Protocol, Result, ResultTable
from app.results.verdicts import Judged, captures_of
from models.diagnosis import diagnose
from sensors.conditions import Condition
from sensors.recordings.recording import Recording


def evaluate_smoke(name: str, recordings: Sequence[Recording]) -> Result:
    """List the verdict on every snapshot; nothing is counted right or wrong but standstill."""
    rows = [row for recording in recordings for row in _rows(recording)]
    known = [row for row in rows if row[1] == Condition.STOPPED.value]
    return Result(
        name=name,
        title=f"{name}: one-second snapshots, smoke only",
        protocol=(
            "Physics verdict on each snapshot. The test is the unit, and the health of single "
            "snapshots is not documented: nothing is counted right or wrong but standstill, "
            "which the audit must find."
        ),
        tables=(
            ResultTable(
                title="Every snapshot",
                columns=("snapshot", "label", "set apart", "named", "reason"),
                rows=tuple(rows),
            ),
        ),
        figures={
            "snapshots": len(rows),
            "labelled_stopped": len(known),
            "stopped_found": _found(known),
            "stopped_elsewhere": _found(rows) - _found(known),
        },
        aim="smoke: standstill set apart",
        outcome=f"{_found(known)} of {len(known)} stopped snapshots found, "
        f"{_found(rows) - _found(known)} others set apart",
    )


def _found(rows: Sequence[tuple[Cell, ...]]) -> int:
    return sum(row[2] == "stopped" for row in rows)


def _rows(recording: Recording) -> Iterator[tuple[Cell, ...]]:
    for title, capture in captures_of(recording):
        said = diagnose(capture, recording.motor)
        truth = recording.labels or frozenset()
        unit = recording.unit_id or ""
        judged = Judged(title, unit, "", truth, said)
        yield (
            f"{unit}: {title}",
            " + ".join(sorted(truth)) or None,
            "stopped" if judged.stopped else None,
            " + ".join(f"{f.condition.value} ({f.confidence})" for f in said.findings) or None,
            said.abstained,
        )


def _raw(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    del folder
    return evaluate_smoke("ims_raw", recordings["ims_raw"])


def _start(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    del folder
    return evaluate_smoke("ims_1st_test_start", recordings["ims_1st_test_start"])


PROTOCOLS = (
    Protocol("ims_raw", ("ims_raw",), _raw),
    Protocol("ims_1st_test_start", ("ims_1st_test_start",), _start),
)
