"""The diagnosis of all senses on every real recording with a label."""

from collections.abc import Sequence
from pathlib import Path

from app.results.result import Protocol, Result, ResultTable
from app.results.senses_hard import (
    CASES,
    DRIVEN,
    Tried,
    hard_table,
    try_case,
    undeclared_drive,
)
from app.results.senses_invariance import (
    Turn,
    compare,
    invariance_figures,
    invariance_table,
    turned_table,
)
from app.results.senses_judged import FAMILIES, Plan, Sensed, judge_all, names_of
from app.results.senses_tables import figures_of, reference_table, sets_table, verdict_table
from app.results.verdicts import Change, unchanged
from models.finding import Diagnosis
from sensors.errors import RecordingError
from sensors.recordings.recording import Recording

NAME = "all_senses"
PLANS = (
    Plan("cwru", "the healthy recording, at 0 hp; only for faults at 0 hp"),
    Plan("mfpt"),
    Plan("hit_sm_bearing", "the healthy recording of the rig and speed; in another unknown unit"),
    Plan("uestc_bearing", "the healthy recording of the rig and speed"),
    Plan("ims_excerpt"),
    Plan("adi_motor_vib", "the healthy assembly at the same speed"),
    Plan("itsc", "a healthy recording of the motor, at no load as all are"),
    Plan(DRIVEN, "a recording without misalignment at the same speed"),
    Plan("bldc_iq_unbalance", "a balanced recording at the same speed"),
    Plan("skab", "the anomaly-free part of the rig"),
    Plan("fan_state_audio"),
    Plan("ceiling_fan_accel"),
)
LISTED = frozenset({"cwru", "mfpt", "hit_sm_bearing", "uestc_bearing", "ims_excerpt"})
"""Their own sections list every recording with its verdict."""


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Judge everything as recorded, beside references, and with facts changed."""
    plans = [plan for plan in PLANS if recordings.get(plan.name)]

    def judge(change: Change) -> list[Sensed]:
        return [one for p in plans for one in judge_all(p, recordings[p.name], change)]

    judged = judge(unchanged)
    if not judged:
        raise RecordingError(f"{folder}: no recording with a label in any of these data sets")
    tried = [try_case(case, judged) for case in CASES]
    if driven := recordings.get(DRIVEN):
        tried.append(try_case(*undeclared_drive(driven)))
    tried = [one for one in tried if one.verdicts]
    turns = compare(judged, judge)
    figures = figures_of(judged) | invariance_figures(turns)
    return Result(
        name=NAME,
        title="Diagnosis by all senses: every real recording with a label",
        protocol=_protocol(),
        tables=_tables(plans, judged, tried, turns),
        figures=figures | {"hard_cases_broken": sum(bool(one.broken) for one in tried)},
        remarks=_remarks(judged, turns),
        aim="fault or its family named, else a reason; nothing named wrong; hard cases hold",
        outcome=_outcome(judged, tried, turns),
    )


def _protocol() -> str:
    families = "; ".join(
        f"`{name.value}` stands for {', '.join(sorted(one.value for one in causes))}"
        for name, causes in FAMILIES.items()
    )
    return (
        "`diagnose` on ten seconds of every recording with a label, of up to six snapshots of a "
        "series, on an hour of trends; nothing is trained and no threshold was set on any of it. "
        "A verdict is wrong if anything beside the label is named; right if the fault is; of the "
        "cause's family where a sense cannot tell the causes apart and names what they share "
        f"({families}); abstained where nothing is named and a reason is given; missed, or clear "
        "where there is no fault, where nothing is said. Standstill, a process change and "
        "undocumented states are no motor faults: nothing may be named. Where a healthy recording "
        "of the same machine at the same declared speed exists, every other one is judged again "
        "with it as reference, which is counted apart. Not judged: labels that follow loudness "
        "(compressor_audio) and averaged rows (mafaulda_decimated)."
    )


def _tables(
    plans: Sequence[Plan], judged: Sequence[Sensed], tried: Sequence[Tried], turns: Sequence[Turn]
) -> tuple[ResultTable, ...]:
    turned = turned_table(turns)
    listed = [one for one in judged if one.data_set not in LISTED]
    return (
        sets_table(plans, judged),
        reference_table(plans, judged),
        hard_table(tried),
        invariance_table(turns),
        *([turned] if turned.rows else []),
        *([verdict_table("Every recording not listed elsewhere", listed)] if listed else []),
    )


def _remarks(judged: Sequence[Sensed], turns: Sequence[Turn]) -> tuple[str, ...]:
    helped = sorted(
        {
            one.data_set
            for one in judged
            if one.referred is not None and names_of(one.referred) != names_of(one.said)
        }
    )
    where = (
        f"It changes what is named in {', '.join(helped)} alone" if helped else "It changes none"
    )
    calibrated = (
        "A gain that is wrong in amperes is a wrong current, not a hidden fact: what is then named "
        "or no longer named hangs on the rated current.",
    )
    return (
        "A reference speaks for the shaft's vibration only: currents, sound and temperatures have "
        f"no baseline capture. {where}. Assemblies of the rig were changed between recordings, so "
        "a change is of the assembly.",
        "Most abstentions are of the data: bearings nobody states, speeds nobody gives, currents "
        "without scale or phase, temperatures without nameplate. They bound nothing.",
        *(calibrated if any(turn.outcome != "same" for turn in turns) else ()),
        "Recordings of one unit are alike, and most faults were seeded: counts of recordings are "
        "no rates of a plant.",
    )


def _outcome(judged: Sequence[Sensed], tried: Sequence[Tried], turns: Sequence[Turn]) -> str:
    figures = figures_of(judged)
    both: list[tuple[Sensed, Diagnosis]] = [(one, one.said) for one in judged]
    both += [(one, one.referred) for one in judged if one.referred is not None]
    broken = sum(bool(one.broken) for one in tried)
    new = sum(turn.outcome == "new" for turn in turns)
    return (
        f"of {figures['faulty']} faulty recordings {figures['faulty_named_right']} named right, "
        f"{figures['faulty_cause_family']} by family, {figures['faulty_abstained']} abstained, "
        f"{figures['faulty_missed']} missed, {figures['faulty_named_wrong']} wrong; of "
        f"{figures['not_faulty']} others {figures['not_faulty_named_wrong']} named; with "
        f"reference {figures['referred_faulty_named_wrong']} wrong; "
        f"{len(tried) - broken} of {len(tried)} hard cases hold; {new} new names in "
        f"{len(turns)} verdicts with a fact changed"
    )


PROTOCOLS = (Protocol(NAME, tuple(plan.name for plan in PLANS), run, some_suffice=True),)
