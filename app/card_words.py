"""An evidence card in words: the rows that the command line, the report and the page show alike."""

import re
from dataclasses import dataclass

from app.report.words import condition_words
from models.card import Card, Stance
from models.finding import Evidence
from sensors.capture import Sense
from sensors.conditions import Condition

VELOCITY = "mm/s"
"""Unit of the only severity that has zones."""
SIGNS: dict[Stance, str] = {"agrees": "✔", "dissents": "✘", "silent": "·"}
"""A sense that agrees, dissents or is silent, told apart without colour."""

CODES = re.compile(r"\b(" + "|".join(name for name in Condition if "_" in name) + r")\b")
"""Conditions as rules call them; those of one word read as words."""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One line of evidence as people read it, column by column."""

    sense: str
    what: str
    expected: str
    found: str
    level: str
    chance: str
    family: str
    change: str


COLUMNS = (
    "sense",
    "line",
    "expected",
    "found",
    "over floor",
    "by chance",
    "harmonics, sidebands",
    "against baseline",
)


def evidence_rows(card: Card) -> tuple[EvidenceRow, ...]:
    """Put every line of evidence into columns; what was not measured is a dash.

    Evidence that is no line, such as a ratio, is told by its text alone.
    """
    return tuple(_row(one) for one in card.evidence if one.found_hz is not None)


def _row(one: Evidence) -> EvidenceRow:
    where = f" on {one.channel}" if one.channel else ""
    return EvidenceRow(
        sense="–" if one.sense is None else one.sense.value,
        what=f"{one.line or 'level'}{where}",
        expected=_place(one.expected_hz, one.tolerance_hz),
        found=_place(one.found_hz, None),
        level="–" if one.level_db is None else f"{one.level_db:.0f} dB",
        chance=_chance(one.chance),
        family=_family(one),
        change="–" if one.change_db is None else f"{one.change_db:+.0f} dB",
    )


def _place(hz: float | None, tolerance_hz: float | None) -> str:
    if hz is None:
        return "–"
    return f"{hz:.2f} Hz" if tolerance_hz is None else f"{hz:.2f} ± {tolerance_hz:.2f} Hz"


def _chance(chance: float | None) -> str:
    """Say how often a line elsewhere in the same spectrum gets as high."""
    if chance is None:
        return "–"
    return f"1 in {1 / chance:.0f} or rarer" if chance > 0.0 else "never seen"


def _family(one: Evidence) -> str:
    parts = []
    if one.harmonics_db:
        parts.append("/".join(f"{level:.0f}" for level in one.harmonics_db) + " dB")
    if one.sidebands_db:
        parts.append("sides " + "/".join(f"{level:.0f}" for level in one.sidebands_db) + " dB")
    return ", ".join(parts) or "–"


def confidence_text(card: Card) -> str:
    """Say how sure the finding is: in words, or as a measured probability."""
    said = card.confidence
    return f"{said} confidence" if isinstance(said, str) else f"probability {said:.0%}"


def severity_text(card: Card) -> str:
    """Say how bad by a standard, or that no standard applies."""
    severity = card.severity
    if severity is None:
        felt = any(one.sense is Sense.VIBRATION for one in card.evidence)
        return (
            "severity not measured: it takes calibrated acceleration"
            if felt
            else "no standard rates its severity"
        )
    applies = severity.zone != "not applicable"
    scope = f"zone {severity.zone}" if applies else "zone not applicable: outside the standards"
    if severity.unit != VELOCITY:
        return f"{severity.value:.1f} {severity.unit}"
    return f"{severity.value:.2f} {severity.unit} RMS, {scope}"


def alternatives_text(card: Card) -> str:
    """List what is not excluded; conditions go by the names that people know."""
    return CODES.sub(lambda code: condition_words(Condition(code[0])), "; ".join(card.alternatives))
