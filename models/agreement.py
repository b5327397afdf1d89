"""The senses weighed against each other: which findings are one, and which confirm another.

What belongs together stands in ``agreement.toml``, with its reasons.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from models.finding import Evidence, Finding, Severity
from models.rules_file import read_rules
from models.verdict import SenseVerdict
from sensors.capture import Sense
from sensors.conditions import Condition

AGREEMENT = Path(__file__).with_name("agreement.toml")
RANK = {"low": 1, "medium": 2, "high": 3}


class Sight(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one condition shows itself.

    Attributes
    ----------
    must : tuple of Sense
        Senses that show it if it is there: where such a sense is clear, it dissents.
    may : tuple of Sense
        Senses that often show it; their silence says nothing.
    confirmed_by : tuple of Condition
        What another sense calls the same trouble, less specifically: it counts as evidence for this
        one, and is not listed beside it.
    why : str
        The physics behind it.
    """

    must: tuple[Sense, ...]
    may: tuple[Sense, ...] = ()
    confirmed_by: tuple[Condition, ...] = ()
    why: str


@lru_cache(maxsize=4)
def load_sights(path: Path = AGREEMENT) -> dict[Condition, Sight]:
    """Read how each condition shows itself.

    Raises
    ------
    BadConfig
        The file is missing, is not TOML, or names what does not exist.
    """
    return read_rules(path, dict[Condition, Sight], what="sights", example="models/agreement.toml")


def weigh(
    verdicts: Sequence[SenseVerdict],
    severity: Severity | None,
    sights: Mapping[Condition, Sight] | None = None,
) -> tuple[Finding, ...]:
    """Join the findings of all senses, strongest first.

    One condition seen twice is one finding with the evidence of both. Where two senses name it,
    or another sense names what confirms it, a faint finding counts as a medium one; nothing is
    raised to high by agreement, which two faint readings of one disturbance could feign.

    Parameters
    ----------
    verdicts : sequence of SenseVerdict
        Of all judges.
    severity : Severity or None
        Of the vibration, given to findings of that sense which have none of their own.
    sights : mapping of Condition to Sight, optional
        Other than ``agreement.toml``.
    """
    joined: dict[Condition, Finding] = {}
    for verdict in verdicts:
        for finding in verdict.findings:
            told = _told(finding, verdict.sense, severity)
            known = joined.get(finding.condition)
            joined[finding.condition] = told if known is None else _join(known, told)
    for condition, sight in (sights or load_sights()).items():
        if condition not in joined:
            continue
        for other in sight.confirmed_by:
            if other in joined and _senses(joined[other]) - _senses(joined[condition]):
                joined[condition] = _confirmed(joined[condition], joined.pop(other))
    return tuple(sorted(joined.values(), key=_strength, reverse=True))


def _told(finding: Finding, sense: Sense, severity: Severity | None) -> Finding:
    evidence = tuple(
        one if one.sense is not None else msgspec.structs.replace(one, sense=sense)
        for one in finding.evidence
    )
    own = finding.severity or (severity if sense is Sense.VIBRATION else None)
    return msgspec.structs.replace(finding, evidence=evidence, severity=own)


def _join(one: Finding, other: Finding) -> Finding:
    first, second = (one, other) if _strength(one) >= _strength(other) else (other, one)
    confidence = first.confidence
    if confidence == "low" and _senses(second) - _senses(first):
        confidence = "medium"
    return msgspec.structs.replace(
        one,
        confidence=confidence,
        severity=one.severity or other.severity,
        evidence=(*first.evidence, *second.evidence),
        # What the fainter one alone would leave open, the stronger may exclude.
        alternatives=first.alternatives,
    )


def _confirmed(one: Finding, vaguer: Finding) -> Finding:
    """Add what another sense calls less specifically: however sure that is, it is the vaguer."""
    return msgspec.structs.replace(
        one,
        confidence="medium" if one.confidence == "low" else one.confidence,
        severity=one.severity or vaguer.severity,
        evidence=(*one.evidence, *vaguer.evidence),
    )


def _senses(finding: Finding) -> set[Sense | None]:
    return {evidence.sense for evidence in finding.evidence}


def _strength(finding: Finding) -> tuple[float, float]:
    confidence = finding.confidence
    first: Evidence | None = next(iter(finding.evidence), None)
    level = 0.0 if first is None or first.level_db is None else first.level_db
    return (RANK[confidence] if isinstance(confidence, str) else 3 * confidence, level)
