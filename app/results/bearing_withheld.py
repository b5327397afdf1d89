"""Known faults with the bearing's number withheld: the line must be seen, and nothing be named.

The catalogue is ranked instead; the rank of a bearing with the true line is what is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from app.results.result import Cell, ResultTable
from app.results.verdicts import captures_of, truth_text
from dsp.order import SLIP_ABOVE, SLIP_BELOW, defect_lines
from models.diagnosis import diagnose
from models.finding import Candidate
from sensors.conditions import Condition
from sensors.recordings.recording import Recording

SAME_ORDER = 0.01
"""Bearings whose lines differ by less are one bearing to any search."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What was said of one faulty recording without its bearing.

    Attributes
    ----------
    title : str
        The recording.
    truth : frozenset of Condition
        Its label.
    true_order : float or None
        Order of the true line; None where the bearing is not known to anybody.
    named : int
        Findings, of which there must be none.
    candidates : tuple of Candidate
        What would fit, best first.
    """

    title: str
    truth: frozenset[Condition]
    true_order: float | None
    named: int
    candidates: tuple[Candidate, ...]

    @property
    def found_true_line(self) -> bool | None:
        """Whether the strongest family stands at the true line; None where that is unknown."""
        if self.true_order is None:
            return None
        if not self.candidates:
            return False
        off = self.candidates[0].order / self.true_order - 1
        return -SLIP_BELOW - 0.005 <= off <= SLIP_ABOVE + 0.005

    @property
    def rank(self) -> int | None:
        """Place of the first candidate with the true line and the true condition, from 1."""
        for place, candidate in enumerate(self.candidates, start=1):
            order = self.true_order or candidate.expected_order
            near = abs(candidate.expected_order / order - 1) <= SAME_ORDER
            if near and candidate.condition in self.truth:
                return place
        return None


def withhold(recordings: Sequence[Recording]) -> tuple[Withheld, ...]:
    """Judge every faulty recording as if its bearing were unknown."""
    return tuple(
        _withheld(recording, title, said.findings, said.provisional)
        for recording in recordings
        if recording.labels
        for title, capture in captures_of(recording)
        for said in [diagnose(capture, msgspec.structs.replace(recording.motor, bearings=()))]
    )


def _withheld(
    recording: Recording, title: str, named: Sequence[object], candidates: tuple[Candidate, ...]
) -> Withheld:
    truth = recording.labels or frozenset()
    lines = [line for bearing in recording.motor.bearings for line in defect_lines(bearing)]
    order = next((line.order for line in lines if line.condition in truth), None)
    return Withheld(title, truth, order, len(named), candidates)


def withheld_table(found: Sequence[Withheld]) -> ResultTable:
    """List what was seen without the bearing's number."""
    return ResultTable(
        title="Bearing withheld: nothing may be named, the catalogue is ranked",
        columns=(
            "recording",
            "truth",
            "true order",
            "strongest order",
            "named",
            "first that fits",
            "rank of a bearing with the true line",
        ),
        rows=tuple(
            (
                one.title,
                truth_text(one.truth),
                None if one.true_order is None else round(one.true_order, 3),
                round(one.candidates[0].order, 3) if one.candidates else None,
                one.named,
                _first(one),
                one.rank,
            )
            for one in found
        ),
    )


def _first(one: Withheld) -> str | None:
    if not one.candidates:
        return None
    return f"{one.candidates[0].bearing} ({one.candidates[0].condition.value})"


def withheld_figures(found: Sequence[Withheld]) -> dict[str, Cell]:
    """Count how often the true line was found and the true bearing's kind ranked."""
    return {
        "withheld_recordings": len(found),
        "withheld_named": sum(one.named for one in found),
        "withheld_true_line": sum(one.found_true_line is True for one in found),
        "withheld_ranked": sum(one.rank is not None for one in found),
        "withheld_first": sum(one.rank == 1 for one in found),
    }
