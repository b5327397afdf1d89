"""Tables and figures of physics verdicts, recording by recording and unit by unit."""

from collections.abc import Sequence

from app.results.result import Cell, ResultTable
from app.results.verdicts import OUTCOMES, Judged, UnitVerdict, truth_text
from models.finding import Finding
from models.intervals import MIN_UNITS, proportion_interval


def recording_table(judged: Sequence[Judged]) -> ResultTable:
    """List every recording with what was said of it and why."""
    return ResultTable(
        title="Every recording",
        columns=(
            "recording",
            "unit",
            "truth",
            "named",
            "confidence",
            "outcome",
            "evidence or reason",
        ),
        rows=tuple(_recording_row(one) for one in judged),
    )


def _recording_row(one: Judged) -> tuple[Cell, ...]:
    findings = one.said.findings
    named = " + ".join(finding.condition.value for finding in findings) or None
    confidence = " + ".join(str(finding.confidence) for finding in findings) or None
    why = "; ".join(evidence_text(f) for f in findings) if findings else one.said.abstained
    return (one.title, one.unit_id, truth_text(one.truth), named, confidence, one.outcome, why)


def evidence_text(finding: Finding) -> str:
    """Say in one short line which line was seen, how high, and how likely by chance."""
    seen = finding.evidence[0]
    if seen.line is None or seen.found_hz is None or seen.chance is None:
        return seen.text
    return (
        f"{seen.line} at {seen.found_hz:.1f} Hz (expected {seen.expected_hz:.1f}), "
        f"{seen.level_db:.0f} dB, chance {seen.chance:.2g}"
    )


def unit_table(units: Sequence[UnitVerdict]) -> ResultTable:
    """List every unit with its recordings by outcome."""
    return ResultTable(
        title="Every unit (physical bearing)",
        columns=(
            "unit",
            "rig",
            "truth",
            "recordings",
            *OUTCOMES,
            "unit's outcome",
            "wrong at high",
        ),
        rows=tuple(
            (
                unit.unit_id,
                unit.group,
                unit.truth_text,
                sum(unit.counts.values()),
                *(unit.counts[outcome] for outcome in OUTCOMES),
                unit.outcome,
                "yes" if unit.wrong_high else "no",
            )
            for unit in units
        ),
    )


def class_table(units: Sequence[UnitVerdict]) -> ResultTable:
    """Share of units named right by class, with an exact interval where there are units enough."""
    return ResultTable(
        title="By class",
        columns=("class", "units", "right", "share", "95 % interval", "why no interval"),
        rows=tuple(
            _share_row(name, [unit for unit in units if unit.truth_text == name])
            for name in sorted({unit.truth_text for unit in units})
        ),
    )


def _share_row(name: str, units: Sequence[UnitVerdict]) -> tuple[Cell, ...]:
    right = sum(unit.outcome == "named right" for unit in units)
    share = round(right / len(units), 3)
    if len(units) < MIN_UNITS:
        return (name, len(units), right, share, None, f"fewer than {MIN_UNITS} units")
    interval = proportion_interval(right, len(units))
    return (name, len(units), right, share, f"{interval.low:.2f} to {interval.high:.2f}", None)


def verdict_figures(judged: Sequence[Judged], units: Sequence[UnitVerdict]) -> dict[str, Cell]:
    """Count units by outcome; the interval is None unless every class has units enough.

    Healthy units count as right where nothing is named, and are counted apart as well.
    """
    faulty = [unit for unit in units if unit.truth]
    healthy = [unit for unit in units if not unit.truth]
    right = sum(unit.outcome == "named right" for unit in units)
    figures: dict[str, Cell] = {
        "recordings": len(judged),
        "recordings_right": sum(one.outcome == "named right" for one in judged),
        "recordings_wrong": sum(one.outcome == "named wrong" for one in judged),
        "units": len(units),
        **{
            outcome.replace(" ", "_"): sum(unit.outcome == outcome for unit in units)
            for outcome in OUTCOMES
        },
        "named_wrong_high": sum(unit.wrong_high for unit in units),
        "share_right": round(right / len(units), 4) if units else None,
        "faulty_units": len(faulty),
        "faulty_named_right": sum(unit.outcome == "named right" for unit in faulty),
        "healthy_units": len(healthy),
        "healthy_quiet": sum(unit.outcome == "named right" for unit in healthy),
    }
    return figures | _interval_figures(units, right)


def _interval_figures(units: Sequence[UnitVerdict], right: int) -> dict[str, Cell]:
    reason = too_few(units)
    if reason is not None:
        return {"share_right_low": None, "share_right_high": None, "share_right_why": reason}
    interval = proportion_interval(right, len(units))
    return {
        "share_right_low": round(interval.low, 4),
        "share_right_high": round(interval.high, 4),
        "share_right_why": None,
    }


def verdict_outcome(units: Sequence[UnitVerdict]) -> str:
    """Say in one line what came out."""
    counts = [(o, sum(unit.outcome == o for unit in units)) for o in OUTCOMES]
    wrong_high = sum(unit.wrong_high for unit in units)
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts if count)
    high = f" ({wrong_high} at high confidence)" if wrong_high else ""
    return f"of {len(units)} units {said or 'nothing'}{high}"


def too_few(units: Sequence[UnitVerdict]) -> str | None:
    """Say which class has too few units for an interval, or None."""
    for name in sorted({unit.truth_text for unit in units}):
        count = sum(unit.truth_text == name for unit in units)
        if count < MIN_UNITS:
            return f"class {name!r} has {count} units; fewer than {MIN_UNITS} carry no interval"
    return None if units else "no unit"
