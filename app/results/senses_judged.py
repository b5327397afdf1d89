"""Verdicts of all senses on labelled recordings, and what each is worth beside the label.

A fault may be named by the family of its cause: a current alone cannot tell misalignment from
unbalance, nor without voltages a shorted winding from an uneven supply.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.results.verdicts import Change, captures_of, unchanged
from models.diagnosis import diagnose
from models.finding import Diagnosis
from models.reference import reference_of
from sensors.capture import Capture, Sense
from sensors.conditions import Condition
from sensors.recordings.recording import Recording
from sensors.replay import whole_capture

Worth = Literal["named right", "cause family", "clear", "abstained", "missed", "named wrong"]

FAMILIES: dict[Condition, frozenset[Condition]] = {
    Condition.CURRENT_UNBALANCE: frozenset(
        {Condition.STATOR_INTER_TURN, Condition.SUPPLY_UNBALANCE, Condition.SINGLE_PHASING}
    ),
    Condition.SHAFT_ASYMMETRY: frozenset(
        {
            Condition.UNBALANCE,
            Condition.MISALIGNMENT,
            Condition.BENT_SHAFT,
            Condition.ECCENTRICITY_STATIC,
            Condition.ECCENTRICITY_DYNAMIC,
        }
    ),
}
"""What a current names where it cannot tell which of these is the cause."""
NO_FAULT = frozenset({Condition.STOPPED, Condition.PROCESS_CHANGE, Condition.UNKNOWN})
"""Labels of something else than health that are no fault of the motor either."""
SAME_SPEED = 0.01
"""Declared speeds that differ by less, relative, are one condition of a machine."""
SLOW_HZ = 10.0
"""Recordings of fewer rows a second hold trends and no waves: they are judged over an hour."""
SLOW_S = 3600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How one data set is judged.

    Attributes
    ----------
    name : str
        The data set.
    reference : str or None
        Which of its healthy recordings serves the others as reference, in words; None where none
        was taken of the same machine at the same condition.
    """

    name: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Sensed:
    """One capture with its label, and what all senses said of it.

    Attributes
    ----------
    data_set, title, unit_id : str
        Which recording, of which unit.
    truth : frozenset of Condition
        Its label; empty where healthy.
    senses : tuple of Sense
        Which it carries.
    said : Diagnosis
        By itself.
    referred : Diagnosis or None
        With a healthy recording of the same machine as reference; None without one.
    """

    data_set: str
    title: str
    unit_id: str
    truth: frozenset[Condition]
    senses: tuple[Sense, ...]
    said: Diagnosis
    referred: Diagnosis | None

    @property
    def key(self) -> tuple[str, str]:
        """Which capture, whatever was changed in it."""
        return self.data_set, self.title

    @property
    def faulty(self) -> bool:
        """Whether its label is a fault of the motor."""
        return bool(self.truth - NO_FAULT)


def worth(truth: frozenset[Condition], said: Diagnosis) -> Worth:
    """Say what a verdict is worth beside the label: wrong if anything named is beside it."""
    faults = truth - NO_FAULT
    named = names_of(said)
    if any(one not in truth and not FAMILIES.get(one, frozenset()) & faults for one in named):
        return "named wrong"
    if named & faults:
        return "named right"
    if named:
        return "cause family"
    if said.abstained:
        return "abstained"
    return "missed" if faults else "clear"


def names_of(said: Diagnosis) -> frozenset[Condition]:
    """Return the conditions that a verdict names."""
    return frozenset(finding.condition for finding in said.findings)


def judge_all(
    plan: Plan, recordings: Sequence[Recording], change: Change = unchanged
) -> tuple[Sensed, ...]:
    """Judge every labelled recording of a data set, by itself and beside its reference.

    Parameters
    ----------
    plan : Plan
        Whether there are references.
    recordings : sequence of Recording
        Those without labels are left out.
    change : callable
        Applied to every capture and its motor first, that of a reference too.
    """
    labelled = [recording for recording in recordings if recording.labels is not None]
    healthy = [one for one in labelled if plan.reference and not one.labels]
    references = {}
    for one in healthy:
        capture, motor = change(next(_captures(one))[1], one.motor)
        references[one.title] = reference_of(capture, motor)
    judged = []
    for recording in labelled:
        sound = next((one for one in healthy if _matches(one, recording)), None)
        for title, recorded in _captures(recording):
            capture, motor = change(recorded, recording.motor)
            beside = None if sound is None else diagnose(capture, motor, references[sound.title])
            judged.append(
                Sensed(
                    data_set=plan.name,
                    title=title,
                    unit_id=recording.unit_id or recording.recording_id,
                    truth=recording.labels or frozenset(),
                    senses=tuple(s for s in Sense if next(recorded.of(s), None) is not None),
                    said=diagnose(capture, motor),
                    referred=beside,
                )
            )
    return tuple(judged)


def _captures(recording: Recording) -> Iterator[tuple[str, Capture]]:
    """Yield title and capture: ten seconds of waves, an hour of trends."""
    if max(track.rate_hz for track in recording.tracks) < SLOW_HZ:
        yield recording.title, whole_capture(recording, SLOW_S)
    else:
        yield from captures_of(recording)


def _matches(healthy: Recording, other: Recording) -> bool:
    """Say whether a healthy recording is another one of the same machine at the same speed."""
    if healthy is other or healthy.motor.motor_id != other.motor.motor_id:
        return False
    if healthy.speed_rpm is None or other.speed_rpm is None:
        return healthy.speed_rpm is other.speed_rpm
    return abs(healthy.speed_rpm / other.speed_rpm - 1) < SAME_SPEED
