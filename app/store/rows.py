"""Messages as rows and back; columns bear the names of the messages' own fields."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from app.messages import Alarm, DiagnosisMessage, Report
from app.packing import pack, unpack
from sensors.errors import StoreError

Row = dict[str, Any]
T = TypeVar("T")

SAID = ("abstained", "audit", "provisional", "senses", "measured", "shaft_hz")
"""Fields of a diagnosis that are columns of its row."""


def report_row(report: Report) -> Row:
    """Return the row of a report."""
    row = msgspec.structs.asdict(report)
    del row["version"]
    row["features"] = pack(row.pop("values"))
    return row


def diagnosis_row(message: DiagnosisMessage) -> Row:
    """Return the row of a diagnosis; its findings have their own."""
    row = msgspec.structs.asdict(message)
    del row["version"], row["diagnosis"]
    row["stage2"] = msgspec.to_builtins(message.stage2)
    said = msgspec.to_builtins(message.diagnosis)
    return row | {name: said[name] for name in SAID}


def finding_rows(message: DiagnosisMessage) -> list[Row]:
    """Return the rows of a diagnosis's findings, strongest first."""
    identity = {"motor_id": message.motor_id, "boot_id": message.boot_id, "seq": message.seq}
    return [
        identity | {"severity": None, "rank": rank} | msgspec.to_builtins(finding)
        for rank, finding in enumerate(message.diagnosis.findings)
    ]


def alarm_row(alarm: Alarm) -> Row:
    """Return the row of an alarm."""
    row = msgspec.structs.asdict(alarm)
    del row["version"]
    return row


def to_report(row: Mapping[str, Any]) -> Report:
    """Return the report of a row."""
    fields = dict(row)
    fields["values"] = unpack(fields.pop("features"))
    return revive(fields, Report)


def to_diagnosis(row: Mapping[str, Any], findings: Iterable[Mapping[str, Any]]) -> DiagnosisMessage:
    """Return the diagnosis of a row and of its findings' rows, in the order of their rank."""
    fields = dict(row)
    fields["diagnosis"] = {
        "motor_id": row["motor_id"],
        "findings": tuple(findings),
        **{name: fields.pop(name) for name in SAID},
    }
    return revive(fields, DiagnosisMessage)


def revive(fields: Mapping[str, Any], kind: type[T]) -> T:
    """Return a typed message from columns.

    Raises
    ------
    StoreError
        The columns hold what no message can: the row was damaged or edited by hand.
    """
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        where = [fields.get(name) for name in ("motor_id", "boot_id", "seq")]
        raise StoreError(
            f"the stored {kind.__name__} {where} is not one: {error}; the row was damaged or "
            "edited by hand: delete it, and replay its source to have it again"
        ) from error
