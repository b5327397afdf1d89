"""Cases known to be hard, each with what must hold: looked up after judging, by label and fact."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from app.results.result import Cell, ResultTable
from app.results.senses_judged import Plan, Sensed, judge_all, names_of
from app.results.senses_tables import words
from models.finding import Diagnosis
from sensors.capture import Capture, Sense
from sensors.conditions import Condition
from sensors.motor import Motor
from sensors.recordings.recording import Recording

DRIVEN = "mcsa_misalignment"
POLES = 4
"""Stated for the drive-fed motor whose nameplate is not known: the commonest."""
RACES = frozenset({Condition.BEARING_INNER_RACE, Condition.BEARING_OUTER_RACE})
BEARING = RACES | {Condition.BEARING_ROLLING_ELEMENT, Condition.BEARING_CAGE}
OF_SLIP = frozenset({Condition.BROKEN_ROTOR_BAR, Condition.SHAFT_ASYMMETRY})

Test = Callable[[Sensed, Diagnosis], bool]


@dataclass(frozen=True, slots=True)
class HardCase:
    """Recordings of one kind and what must hold of every verdict on them.

    Attributes
    ----------
    title, demand : str
        Which recordings, and what must hold.
    concerns : callable
        Which of the judged they are.
    holds : callable
        Whether it does.
    """

    title: str
    demand: str
    concerns: Callable[[Sensed], bool]
    holds: Test


def names_none_of(conditions: frozenset[Condition]) -> Test:
    """Return a test that none of these conditions is named."""
    return lambda one, said: not names_of(said) & conditions


def is_quiet(one: Sensed, said: Diagnosis) -> bool:
    """Nothing is named."""
    del one
    return not said.findings


def slip_is_not_used(one: Sensed, said: Diagnosis) -> bool:
    """Nothing that hangs on slip is named, and the reason is given."""
    del one
    power = next(report for report in said.senses if report.sense is Sense.POWER)
    given = any(reason.startswith("rotor:") for reason in power.inhibited)
    return given and not names_of(said) & OF_SLIP


def is_refused_for_clipping(one: Sensed, said: Diagnosis) -> bool:
    """Nothing is named, for the audit refuses what is clipped."""
    del one
    clipped = any(note.check == "clipping" and note.level == "refuse" for note in said.audit)
    return clipped and not said.findings


def _labelled(data_set: str, *conditions: Condition) -> Callable[[Sensed], bool]:
    return lambda one: one.data_set == data_set and one.truth == frozenset(conditions)


CASES = (
    HardCase(
        "CWRU: balls of unclear records (118, 119, 222, 223 and the others)",
        "never named as a race",
        _labelled("cwru", Condition.BEARING_ROLLING_ELEMENT),
        names_none_of(RACES),
    ),
    HardCase(
        "HIT-SM: healthy, with a line of over 20 dB at BPFI",
        "nothing named",
        _labelled("hit_sm_bearing"),
        is_quiet,
    ),
    HardCase(
        "ADI and UESTC: bearing not stated",
        "no part of a bearing named",
        lambda one: one.data_set in ("adi_motor_vib", "uestc_bearing"),
        names_none_of(BEARING),
    ),
    HardCase(
        "Drive's input at 50 Hz, shaft at 425 and 750 rpm",
        "nothing that hangs on slip, and the reason",
        lambda one: one.data_set == DRIVEN,
        slip_is_not_used,
    ),
    HardCase(
        "Closed valve of a pump rig",
        "a process change is no motor fault: nothing named",
        _labelled("skab", Condition.PROCESS_CHANGE),
        is_quiet,
    ),
    HardCase(
        "Motor at standstill",
        "nothing named",
        lambda one: Condition.STOPPED in one.truth,
        is_quiet,
    ),
    HardCase(
        "Fan blade recorded into clipping",
        "refused by the audit",
        _labelled("fan_state_audio", Condition.BLADE_FAULT),
        is_refused_for_clipping,
    ),
)


def undeclared_drive(
    recordings: Sequence[Recording],
) -> tuple[HardCase, tuple[Sensed, ...]]:
    """Judge the drive-fed motor again as if its nameplate did not tell of the drive."""
    case = HardCase(
        f"The same with the drive left out of the nameplate, and {POLES} poles stated",
        "speed does not fit poles and line: nothing that hangs on slip, and the reason",
        lambda one: one.data_set == DRIVEN,
        slip_is_not_used,
    )

    def change(capture: Capture, motor: Motor) -> tuple[Capture, Motor]:
        plate = msgspec.structs.replace(
            motor.nameplate, variable_frequency_drive=False, poles=POLES
        )
        return capture, msgspec.structs.replace(motor, nameplate=plate)

    return case, judge_all(Plan(DRIVEN), recordings, change)


@dataclass(frozen=True, slots=True)
class Tried:
    """A hard case with its recordings, both verdicts of each where there are two."""

    case: HardCase
    verdicts: tuple[tuple[Sensed, Diagnosis], ...]

    @property
    def broken(self) -> int:
        """How many verdicts break it."""
        return sum(not self.case.holds(one, said) for one, said in self.verdicts)


def try_case(case: HardCase, judged: Sequence[Sensed]) -> Tried:
    """Look a hard case up among the judged."""
    own = [one for one in judged if case.concerns(one)]
    beside = [(one, one.referred) for one in own if one.referred is not None]
    return Tried(case, (*((one, one.said) for one in own), *beside))


def hard_table(tried: Sequence[Tried]) -> ResultTable:
    """Say of each case what was demanded, what was said, and whether it holds."""
    rows: list[tuple[Cell, ...]] = []
    for one in tried:
        said = [words(verdict) for _, verdict in one.verdicts]
        counts = ", ".join(f"{said.count(text)} {text}" for text in dict.fromkeys(said))
        verdict = "yes" if not one.broken else f"no, {one.broken} times"
        rows.append((one.case.title, len(said), one.case.demand, counts, verdict))
    return ResultTable(
        title="Hard cases",
        columns=("case", "verdicts", "what must hold", "what was said", "holds"),
        rows=tuple(rows),
    )
