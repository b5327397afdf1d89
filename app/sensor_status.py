"""Health of the instrument, apart from that of the machine it watches (NAMUR NE 107)."""

from collections.abc import Iterable

from app.messages import SensorStatus
from dsp.audit_note import AuditNote

FAILURES = frozenset({"finite", "stuck"})
"""Checks whose refusal means that a sensor delivers nothing."""
CHECK_FUNCTION = frozenset({"channels", "duplicates", "rate"})
"""Checks whose warning means that wiring or configuration wants a look."""


def worst_status(notes: Iterable[AuditNote]) -> SensorStatus:
    """Return the worst instrument status that an audit's notes amount to."""
    serious = [note for note in notes if note.level in ("warning", "refuse")]
    if any(note.level == "refuse" and note.check in FAILURES for note in serious):
        return "failure"
    if any(note.check in CHECK_FUNCTION for note in serious):
        return "check_function"
    if any(note.check in ("clipping", "offset", "quantisation") for note in serious):
        return "out_of_specification"
    return "normal"
