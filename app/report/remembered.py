"""The pieces a story is made of: captures kept, conditions sighted, notes seen."""

from dataclasses import dataclass

from dsp.audit_note import AuditNote
from models.card import Card
from models.finding import Diagnosis, Finding
from sensors.capture import Capture, Channel

CONFIDENCE_RANK = {"low": 1.0, "medium": 2.0, "high": 3.0}


@dataclass(frozen=True, slots=True)
class Kept:
    """A capture with what was said of it."""

    capture: Capture
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class Measured:
    """One channel as it was sampled."""

    channel: Channel
    rate_hz: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """One condition over the whole replay: when it was named, how often, and at its strongest.

    The card is of the capture in which it was strongest.
    """

    first_ns: int
    last_ns: int
    times: int
    strongest: Finding
    card: Card


@dataclass(frozen=True, slots=True)
class NoteSeen:
    """One kind of audit note over the whole replay, as it was put last."""

    note: AuditNote
    first_ns: int
    last_ns: int
    times: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Logits above which the release raises a state."""

    alert: float
    danger: float


def strength(finding: Finding) -> tuple[float, float]:
    """Order findings by confidence, then by the height of their evidence."""
    said = finding.confidence
    rank = CONFIDENCE_RANK[said] if isinstance(said, str) else 1.0 + 2.0 * said
    return rank, max((e.level_db or 0.0 for e in finding.evidence), default=0.0)
