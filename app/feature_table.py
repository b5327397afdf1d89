"""Feature vectors as a table on disk: Parquet or CSV, written whole or not at all."""

import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from app.vectors import vectors_of, with_progress
from dsp.features import FeatureSpec
from dsp.vector import FeatureVector
from sensors.errors import BadConfig, MissingDependency, RecordingError
from sensors.output import whole_file
from sensors.recordings.recording import Recording

BATCH = 1000


def write_feature_table(recordings: Iterable[Recording], spec: FeatureSpec, path: Path) -> int:
    """Write one row a window; return how many.

    Raises
    ------
    BadConfig
        The file's ending is neither ``.parquet`` nor ``.csv``.
    RecordingError
        The recordings hold not one window.
    OutputError
        The file cannot be written; none is left behind.
    """
    if path.suffix not in (".parquet", ".csv"):
        raise BadConfig(f"{path}: write features to a file ending in .parquet or .csv")
    pyarrow = _pyarrow()
    schema = _schema(pyarrow, spec)
    rows = 0
    with whole_file(path) as beside:
        with _writer(beside, path.suffix, schema) as writer:
            for batch in _batches(_rows(recordings, spec)):
                writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
                rows += len(batch)
        if rows == 0:
            raise RecordingError("the recordings hold no samples; there are no features to write")
    return rows


def _pyarrow() -> ModuleType:
    try:
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise MissingDependency(
            "writing features needs pyarrow: pip install 'motorwatch[recordings]'"
        ) from error


def _schema(pyarrow: Any, spec: FeatureSpec) -> Any:  # noqa: ANN401 - pyarrow has no types
    fields = [
        ("recording", pyarrow.string()),
        ("recording_id", pyarrow.string()),
        ("unit_id", pyarrow.string()),
        ("group", pyarrow.string()),
        ("labels", pyarrow.string()),
        ("motor_id", pyarrow.string()),
        ("t0_ns", pyarrow.int64()),
        ("t1_ns", pyarrow.int64()),
        ("speed_rpm", pyarrow.float64()),
        ("load", pyarrow.float64()),
        *((name, pyarrow.float32()) for name in spec.names),
    ]
    units = {f"unit.{feature.name}": feature.unit for feature in spec.features}
    return pyarrow.schema(fields, metadata={"spec_id": spec.spec_id, **units})


def _writer(path: Path, suffix: str, schema: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    if suffix == ".csv":
        from pyarrow import csv

        return csv.CSVWriter(path, schema)
    from pyarrow import parquet

    return parquet.ParquetWriter(path, schema, compression="zstd")


def _rows(recordings: Iterable[Recording], spec: FeatureSpec) -> Iterator[dict[str, Any]]:
    for recording in with_progress(recordings, "extracting"):
        facts = {
            "recording": recording.title,
            "recording_id": recording.recording_id,
            "unit_id": recording.unit_id,
            "group": recording.group,
            "labels": None if recording.labels is None else ",".join(sorted(recording.labels)),
        }
        for vector in vectors_of(recording, spec):
            yield {**facts, **_row(vector, spec)}


def _row(vector: FeatureVector, spec: FeatureSpec) -> dict[str, Any]:
    values = {
        name: None if hidden else value
        for name, value, hidden in zip(
            spec.names, vector.values.tolist(), vector.mask.tolist(), strict=True
        )
    }
    return {
        "motor_id": vector.motor_id,
        "t0_ns": vector.t0_ns,
        "t1_ns": vector.t1_ns,
        "speed_rpm": vector.speed_rpm,
        "load": vector.load,
        **values,
    }


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
