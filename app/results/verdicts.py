"""What physics verdicts are worth where the truth is known: right, abstained, missed or wrong.

Recordings are judged one by one; what counts is the unit, the physical bearing, from all of its
recordings together.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from models.diagnosis import diagnose
from models.finding import Diagnosis
from models.window import LONGEST_S
from sensors.capture import Capture
from sensors.conditions import Condition
from sensors.motor import Motor
from sensors.recordings.recording import Recording
from sensors.replay import snapshot

Outcome = Literal["named right", "abstained", "missed", "named wrong"]
OUTCOMES: tuple[Outcome, ...] = ("named right", "abstained", "missed", "named wrong")
SNAPSHOTS = 6
"""A recording of snapshots is judged by up to so many of them, spread evenly."""
UNIT_RULE = (
    "A recording is named right where something is named and nothing beside its label, named "
    "wrong where anything else is named, abstained where nothing is named and a reason is given, "
    "missed where nothing is said; a healthy one is right where nothing is named. A unit is named "
    "wrong if any of its recordings is; named right if more than half of them are; abstained if "
    "more than half are right or abstained; else missed."
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One capture with its truth and what was said of it.

    Attributes
    ----------
    title, unit_id, group : str
        Which recording, of which bearing, on which rig.
    truth : frozenset of Condition
        Empty where healthy.
    said : Diagnosis
        The verdict.
    """

    title: str
    unit_id: str
    group: str
    truth: frozenset[Condition]
    said: Diagnosis

    @property
    def outcome(self) -> Outcome:
        """What the verdict is worth."""
        named = {finding.condition for finding in self.said.findings}
        if named - self.truth:
            return "named wrong"
        if named or not self.truth:
            return "named right"
        return "abstained" if self.said.abstained else "missed"

    @property
    def wrong_high(self) -> bool:
        """Whether something wrong is named at high confidence."""
        return any(
            finding.condition not in self.truth and finding.confidence == "high"
            for finding in self.said.findings
        )

    @property
    def stopped(self) -> str | None:
        """What the audit says of a motor at standstill: then this is no test of a diagnosis."""
        notes = self.said.audit
        return next((n.text for n in notes if n.check == "stopped" and n.level == "refuse"), None)


@dataclass(frozen=True, slots=True)
class UnitVerdict:
    """One physical bearing, from all of its recordings.

    Attributes
    ----------
    unit_id, group : str
        Which bearing on which rig.
    truth : frozenset of Condition
        Empty where healthy.
    counts : dict of str to int
        Recordings by outcome.
    wrong_high : bool
        Whether any of them names something wrong at high confidence.
    """

    unit_id: str
    group: str
    truth: frozenset[Condition]
    counts: dict[Outcome, int]
    wrong_high: bool

    @property
    def outcome(self) -> Outcome:
        """The unit's outcome by `UNIT_RULE`."""
        half = sum(self.counts.values()) / 2
        if self.counts["named wrong"]:
            return "named wrong"
        if self.counts["named right"] > half:
            return "named right"
        if self.counts["named right"] + self.counts["abstained"] > half:
            return "abstained"
        return "missed"

    @property
    def truth_text(self) -> str:
        """Its class: ``healthy`` or the conditions."""
        return truth_text(self.truth)


def truth_text(truth: frozenset[Condition]) -> str:
    """Name a set of labels."""
    return " + ".join(sorted(truth)) or "healthy"


def captures_of(recording: Recording) -> Iterator[tuple[str, Capture]]:
    """Yield title and capture: ten seconds of a recording, or of each of some snapshots."""
    count = len(recording.segments)
    step = max(count / SNAPSHOTS, 1.0)
    for turn in range(min(count, SNAPSHOTS)):
        number = int(turn * step)
        title = recording.title if count == 1 else f"{recording.title} snapshot {number + 1}"
        yield title, snapshot(recording, number, LONGEST_S)


Change = Callable[[Capture, Motor], tuple[Capture, Motor]]


def unchanged(capture: Capture, motor: Motor) -> tuple[Capture, Motor]:
    """Leave what is judged as it was recorded."""
    return capture, motor


def judge_recordings(
    recordings: Iterable[Recording], change: Change = unchanged
) -> tuple[Judged, ...]:
    """Judge every labelled recording by physics.

    Parameters
    ----------
    recordings : iterable of Recording
        Those without labels are left out.
    change : callable
        Applied to capture and motor first, for tests of robustness.
    """
    judged = []
    for recording in recordings:
        if recording.labels is None:
            continue
        for title, capture in captures_of(recording):
            said = diagnose(*change(capture, recording.motor))
            unit = recording.unit_id or recording.recording_id
            judged.append(Judged(title, unit, recording.group or "", recording.labels, said))
    return tuple(judged)


def units_of(judged: Sequence[Judged]) -> tuple[UnitVerdict, ...]:
    """Gather recordings by physical bearing, in order of rig, class and name."""
    gathered: dict[tuple[str, str, str], list[Judged]] = {}
    for one in judged:
        gathered.setdefault((one.group, truth_text(one.truth), one.unit_id), []).append(one)
    return tuple(_unit(gathered[key]) for key in sorted(gathered))


def _unit(parts: Sequence[Judged]) -> UnitVerdict:
    first = parts[0]
    return UnitVerdict(
        unit_id=first.unit_id,
        group=first.group,
        truth=first.truth,
        counts={outcome: sum(p.outcome == outcome for p in parts) for outcome in OUTCOMES},
        wrong_high=any(part.wrong_high for part in parts),
    )
