"""Labels of recordings in words, and as the class a classifier learns."""

from sensors.conditions import Condition
from sensors.recordings.recording import Recording

BEARING = frozenset(c.value for c in Condition if c.value.startswith("bearing_"))
"""Conditions that are a part of one bearing."""


def label_of(recording: Recording) -> str:
    """Return a recording's conditions joined by ``+``, ``healthy``, or ``unlabelled``."""
    if recording.labels is None:
        return "unlabelled"
    return "+".join(sorted(recording.labels)) or "healthy"


def family_of(label: str) -> str:
    """Return ``bearing`` for the parts of a bearing, else the label itself."""
    return "bearing" if label in BEARING else label
