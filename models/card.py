"""The evidence card of a finding: what an engineer needs to believe it, or not, and to act.

A card is data: the command line, the report and the dashboard show the same one. Its texts are data
as well (``cards.toml``), so that a plant can put its own.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from dsp.audit import refused
from dsp.audit_note import AuditNote
from models.agreement import Sight, load_sights
from models.finding import Confidence, Diagnosis, Evidence, Finding, SenseReport, Severity
from models.rules_file import read_rules
from models.supply.words import DO_NOT_RUN
from sensors.capture import Sense
from sensors.conditions import BEARING_CONDITIONS, Condition

CARDS = Path(__file__).with_name("cards.toml")
Stance = Literal["agrees", "dissents", "silent"]
SURE = 0.5
"""A calibrated probability from which on a finding is acted upon."""


class Texts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of one condition."""

    title: str
    tells: str
    pace: Literal["urgent", "fast", "steady", "slow"]
    checks: tuple[str, ...]
    alternatives: tuple[str, ...]
    quiet: bool = False


class Soon(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How soon to act, by pace and by how sure the finding is, or by what a standard says.

    Attributes
    ----------
    danger, poor : str
        Vibration in zone D; in zone C, where the condition's own pace leaves more time.
    not_run : str
        Voltage unbalance beyond which NEMA lets no motor run.
    early : str
        Added in zone A or B to conditions that begin without raising velocity.
    """

    danger: str
    poor: str
    not_run: str
    early: str
    urgent_sure: str
    urgent_unsure: str
    fast_sure: str
    fast_unsure: str
    steady_sure: str
    steady_unsure: str
    slow_sure: str
    slow_unsure: str


class CardTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that ``cards.toml`` holds."""

    soon: Soon
    texts: dict[Condition, Texts]


class SenseStance(msgspec.Struct, frozen=True, kw_only=True):
    """What one sense says to a finding, and why."""

    sense: Sense
    stance: Stance
    reason: str


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One finding with everything that speaks for and against it.

    Attributes
    ----------
    motor_id : str
        Which motor.
    condition : Condition
        What was found.
    title, tells : str
        Its name for people, and how it comes about.
    confidence : str or float
        As the finding's.
    severity : Severity or None
        By a standard; its zone says ``not applicable`` outside the standard's scope.
    evidence : tuple of Evidence
        Strongest first: places, levels, ranks, harmonics, sidebands, change against baseline.
    senses : tuple of SenseStance
        Which senses agree, dissent or are silent.
    alternatives : tuple of str
        What this evidence does not exclude.
    checks : tuple of str
        What to look at, in this order.
    soon : str
        How soon.
    """

    motor_id: str
    condition: Condition
    title: str
    tells: str
    confidence: Confidence | float
    severity: Severity | None
    evidence: tuple[Evidence, ...]
    senses: tuple[SenseStance, ...]
    alternatives: tuple[str, ...]
    checks: tuple[str, ...]
    soon: str


@lru_cache(maxsize=4)
def load_texts(path: Path = CARDS) -> CardTexts:
    """Read the texts of cards.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or lacks or misnames a field.
    """
    return read_rules(path, CardTexts, what="card texts", example="models/cards.toml")


def cards(
    diagnosis: Diagnosis,
    texts: CardTexts | None = None,
    sights: Mapping[Condition, Sight] | None = None,
) -> tuple[Card, ...]:
    """Make the card of every finding, strongest first.

    Parameters
    ----------
    diagnosis : Diagnosis
        As `diagnose` gave it.
    texts : CardTexts, optional
        Other texts than ``cards.toml``.
    sights : mapping of Condition to Sight, optional
        Other than ``agreement.toml``.
    """
    said, shown = texts or load_texts(), sights or load_sights()
    return tuple(
        _card(finding, diagnosis, said, shown.get(finding.condition))
        for finding in diagnosis.findings
    )


def _card(finding: Finding, diagnosis: Diagnosis, said: CardTexts, sight: Sight | None) -> Card:
    text = said.texts[finding.condition]
    return Card(
        motor_id=diagnosis.motor_id,
        condition=finding.condition,
        title=text.title,
        tells=text.tells,
        confidence=finding.confidence,
        severity=finding.severity,
        evidence=finding.evidence,
        senses=tuple(_stance(finding, one, diagnosis.audit, sight) for one in diagnosis.senses),
        alternatives=finding.alternatives or text.alternatives,
        checks=text.checks,
        soon=_soon(finding, text, said.soon),
    )


def is_sure(confidence: Confidence | float) -> bool:
    """Whether a finding of this confidence is one to act upon, rather than to look closer at."""
    return confidence != "low" if isinstance(confidence, str) else confidence >= SURE


def _soon(finding: Finding, text: Texts, soon: Soon) -> str:
    zone = None if finding.severity is None else finding.severity.zone
    if zone == "D":
        return soon.danger
    if zone == DO_NOT_RUN:
        return soon.not_run
    if zone == "C" and text.pace in ("steady", "slow"):
        return soon.poor
    said: str = getattr(soon, f"{text.pace}_{'sure' if is_sure(finding.confidence) else 'unsure'}")
    if zone in ("A", "B") and text.quiet:
        said += " " + soon.early.replace("{zone}", str(zone))
    return said


def _stance(
    finding: Finding, report: SenseReport, notes: tuple[AuditNote, ...], sight: Sight | None
) -> SenseStance:
    sense = report.sense
    own = [evidence for evidence in finding.evidence if evidence.sense is sense]
    if own:
        return SenseStance(sense=sense, stance="agrees", reason=own[0].text)
    blind = None
    if sense is Sense.VIBRATION and finding.condition in BEARING_CONDITIONS:
        blind = refused(notes, "bearing")
    if blind is not None and report.state == "clear":
        # Clear of unbalance and its like, and too slow or short for impacts.
        return SenseStance(sense=sense, stance="silent", reason=blind)
    if report.state == "clear" and sight is not None and sense in sight.must:
        if report.inhibited:
            # One of its judges could not judge, and it may be the one that would have shown it.
            reason = f"could not judge everything: {'; '.join(report.inhibited)}"
            return SenseStance(sense=sense, stance="silent", reason=reason)
        reason = "would show it, and shows nothing"
        return SenseStance(sense=sense, stance="dissents", reason=reason)
    return SenseStance(sense=sense, stance="silent", reason=_silence(report))


def _silence(report: SenseReport) -> str:
    match report.state:
        case "absent":
            return "not measured"
        case "unable":
            return "; ".join(report.inhibited) or "could not judge"
        case "doubt":
            return "; ".join(report.doubts)
        case "clear":
            return "shows nothing, and need not for this condition"
        case _:
            return "names something else"
