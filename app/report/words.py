"""What was found, as one engineer would tell another: plain sentences made of the data."""

from models.card import load_texts
from models.finding import Confidence, Evidence, Finding
from sensors.conditions import BEARING_CONDITIONS, Condition

LONGEST_NAME = 40
NO_LIFE = "This is a detection; how long the machine will last is not predicted."


def short(name: str) -> str:
    """Return a name as a plot's title can carry it: not too long, and nothing but text."""
    text = name.encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def condition_words(condition: Condition) -> str:
    """Return a condition's name for people."""
    return load_texts().texts[condition].title


def confidence_words(confidence: Confidence | float) -> str:
    """Return ``high``, ``medium``, ``low``, or a measured probability in percent."""
    return confidence if isinstance(confidence, str) else f"{confidence:.0%}"


def explain(finding: Finding) -> str:
    """Tell what speaks for a finding, in one or two sentences without abbreviations."""
    if not finding.evidence:
        return "No single line of evidence was given."
    evidence = finding.evidence[0]
    if evidence.found_hz is None or evidence.expected_hz is None:
        return evidence.text
    return f"{_impacts(finding, evidence)} {_standing(evidence)}"


def _impacts(finding: Finding, evidence: Evidence) -> str:
    assert evidence.found_hz is not None and evidence.expected_hz is not None
    off = evidence.found_hz / evidence.expected_hz - 1
    why = load_texts().texts[finding.condition].tells
    where = f" on {evidence.channel}" if evidence.channel else ""
    what = "Impacts repeat" if finding.condition in BEARING_CONDITIONS else "A line stands"
    return (
        f"{what}{where} {evidence.found_hz:.1f} times a second, {off:+.1%} from the "
        f"{evidence.expected_hz:.1f} Hz at which {why} ({evidence.line})."
    )


def _standing(evidence: Evidence) -> str:
    parts = []
    if evidence.level_db is not None:
        parts.append(f"The line stands {evidence.level_db:.0f} dB above its surroundings")
    if evidence.chance:
        parts.append(
            f"chance lines of the same spectrum get that high at most 1 time in "
            f"{round(1 / evidence.chance)}"
        )
    return "; ".join(parts) + "." if parts else ""


def sensor_words(status: str) -> str:
    """Return a NAMUR NE 107 status for people."""
    return status.replace("_", " ")
