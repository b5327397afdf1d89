"""MFPT: no healthy recording exists, so the true line is ranked among pseudo-lines instead."""

from collections.abc import Sequence
from pathlib import Path

from app.results.bearing_sets import evaluate
from app.results.line_ranks import rank_table, true_lines
from app.results.result import Protocol, Result
from sensors.recordings.recording import Recording


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Judge and rank every MFPT recording."""
    del folder
    listed = recordings["mfpt"]
    judged = evaluate("mfpt", "MFPT: seeded race faults, 1500 rpm", listed)
    ranks = true_lines(listed)
    lowest = min((rank.match.level_db - rank.match.bar_db for rank in ranks), default=None)
    return Result(
        name=judged.name,
        title=judged.title,
        protocol=judged.protocol + " The recording is the unit; there are no negatives.",
        tables=(rank_table("The true line among pseudo-lines", ranks), *judged.tables),
        figures=judged.figures
        | {
            "lines_ranked": len(ranks),
            "lines_above_99": sum(rank.stands for rank in ranks),
            "worst_chance": max((round(rank.match.chance, 4) for rank in ranks), default=None),
            "smallest_lead_db": None if lowest is None else round(lowest, 1),
        },
        remarks=(
            "Six recordings of seeded, clear race faults at one speed: this shows that the lines "
            "are found where kinematics puts them, and nothing about false alarms or early faults.",
            "How many physical bearings stand behind the recordings is not stated; if the loads "
            "share one, there are two units and not six.",
            *judged.remarks,
        ),
        aim="the true line above 99 % of pseudo-lines",
        outcome=f"{sum(rank.stands for rank in ranks)} of {len(ranks)} true lines above 99 % of "
        f"pseudo-lines; {judged.outcome}",
    )


PROTOCOLS = (Protocol("mfpt", ("mfpt",), run),)
