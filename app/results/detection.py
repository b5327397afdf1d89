"""Every fault of the simulator at falling level: where naming ends, and what it costs in health.

Synthetic, and labelled so. It shows what the rules can see when a fault is exactly what the rules
expect; a machine in the field is never so tidy, so real levels are higher.
"""

from collections.abc import Sequence
from pathlib import Path

from app.results.detection_bars import ROTORS, Rotor, RotorKind, judge_rotor_case
from app.results.detection_cases import Said, judge_trial, trials
from app.results.detection_plot import draw
from app.results.detection_score import Shares, curves, gather, last_level, right, share, wrong
from app.results.detection_second import FALSE_ALARMS, SHARED, Second, judge_second, seconds
from app.results.detection_settings import SETTINGS, Setting
from app.results.detection_tables import (
    RotorSaid,
    curve_table,
    ends_table,
    rotor_table,
    target_table,
)
from app.results.result import Cell, Protocol, Result
from app.workers import cores, shared
from models.intervals import proportion_interval
from sensors.conditions import Condition
from sensors.recordings.recording import Recording

CASES = 6
"""A level of each fault, in `make results`; `python -m app.soak.curves` takes more."""
AIMED_CASES, AIMED_TWINS = 8, 8
"""Times as many cases of one second at the level aimed at, and of its healthy twins."""


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Measure with few cases on all cores; no recordings are needed."""
    del recordings, folder
    return measure()


def measure(
    *, cases: int = CASES, jobs: int | None = None, settings: tuple[Setting, ...] = SETTINGS
) -> Result:
    """Simulate and judge every fault at every level.

    Parameters
    ----------
    cases : int
        Machines a level.
    jobs : int, optional
        Processes; all cores if not given.
    settings : tuple of Setting
        From what faults are judged.
    """
    crew = jobs or cores()
    said = list(shared(judge_trial, trials(settings, cases), crew))
    rotors = list(shared(judge_rotor_case, _rotors(cases), crew))
    aimed = seconds(settings, AIMED_CASES * cases, AIMED_TWINS * cases)
    heard = list(shared(judge_second, aimed, crew))
    shares = gather([one for one in said if one.trial.condition is not None])
    twins = [one for one in said if one.trial.condition is None]
    figures = _figures(shares, twins, rotors) | _aimed_figures(heard)
    return Result(
        name="detection",
        title="Simulated faults at falling level (synthetic): where naming ends",
        protocol=f"Synthetic. Every fault of the simulator at falling level, {cases} cases a "
        "level: each another machine of one make on another day, at 40, 70 or 100 % load "
        "(overload at 100 %), its speed declared right in every second case and wrong by 2 or 5 % "
        "in the others. Level is the power that the fault adds over that of the healthy signal, "
        "full band, in the first vibration or current channel; four faults have no level in dB "
        "and are graded by the simulator's severity (1 is severe). Named right is named with any "
        "confidence; wrong is anything named that is neither there nor a vaguer name for it. No "
        "threshold was chosen by these cases; the false alarms that go with them are those of "
        "the same machines without the fault.",
        tables=(
            ends_table(shares, twins),
            target_table(heard),
            rotor_table(rotors),
            curve_table(shares),
        ),
        figures=figures,
        remarks=(*_remarks(cases), _say_price(figures)),
        aim="bearings named at -15 dB from one second, one broken bar at slip 1.5 %, its twin "
        "ambiguous",
        outcome=f"at -15 dB from one second {_percent(figures['one_second_right_at_minus_15_db'])} "
        "of bearing defects named right as shipped, "
        f"{_percent(figures['one_second_right_at_1_percent'])} by the same rules at "
        f"{FALSE_ALARMS:.0%} false alarms, "
        f"{_percent(figures['one_second_right_from_one_direction'])} from one direction alone, "
        f"{_percent(figures['one_second_right_sharing_noise'])} where directions share "
        f"{SHARED:.0%} of their noise; "
        f"one bar {figures['one_bar_named']} of "
        f"{figures['rotor_cases']}, its twin named {figures['twin_named']}; "
        f"{figures['false_findings']} false findings in {figures['healthy_twins']} healthy twins",
        data="simulated",
    )


def _rotors(cases: int) -> list[Rotor]:
    return [Rotor(kind, case) for kind in ROTORS for case in range(cases)]


def _figures(shares: Sequence[Shares], twins: Sequence[Said], rotors: RotorSaid) -> dict[str, Cell]:
    everything = [one for each in shares for one in (*each.exact, *each.off)]
    healthy = [*twins, *(one for rotor, one in rotors if rotor.kind == "sound")]
    false = sum(bool(one.named) for one in healthy)
    figures: dict[str, Cell] = {
        "captures": len(everything) + len(twins) + len(rotors),
        "named_wrong": sum(bool(wrong(one)) for one in everything),
        "healthy_twins": len(healthy),
        "false_findings": false,
        "false_findings_bound": round(proportion_interval(false, len(healthy)).high, 4),
        "rotor_cases": sum(rotor.kind == "one bar" for rotor, _ in rotors),
        "one_bar_named": _bars_named(rotors, "one bar"),
        "twin_named": _bars_named(rotors, "swinging load"),
        "twin_ambiguous": sum(
            bool(one.doubts) and not one.named
            for rotor, one in rotors
            if rotor.kind == "swinging load"
        ),
    }
    for setting, condition, some in curves(shares):
        key = f"{_key(setting)}_{condition.value}_level"
        figures[key] = last_level([(each.level, share(each.exact)) for each in some])
    return figures


def _aimed_figures(heard: Sequence[Second]) -> dict[str, Cell]:
    faulty = [one for one in heard if one.said.trial.condition is not None]
    healthy = [one for one in heard if one.said.trial.condition is None]
    allowed = [one for one in faulty if one.allowed is not None]
    false = sum(one.allowed is not None for one in healthy)
    return {
        "one_second_right_at_minus_15_db": share([one.said for one in faulty]),
        "one_second_right_from_one_direction": share([one.alone for one in faulty]),
        "one_second_right_sharing_noise": share([one.sharing for one in faulty]),
        "one_second_cases": len(faulty),
        "one_second_right": sum(right(one.said) for one in faulty),
        "one_second_wrong": sum(bool(wrong(one.said)) for one in faulty),
        "one_second_right_at_1_percent": _part(sum(one.allowed_right for one in faulty), faulty),
        "one_second_wrong_at_1_percent": sum(not one.allowed_right for one in allowed),
        "one_second_twins": len(healthy),
        "one_second_false": sum(bool(one.said.named) for one in healthy),
        "one_second_false_at_1_percent": false,
    }


def _part(count: int, of: Sequence[object]) -> float | None:
    return round(count / len(of), 3) if of else None


def _say_price(figures: dict[str, Cell]) -> str:
    return (
        f"At {FALSE_ALARMS:.0%} false alarms means: the same rules for faint bearing lines, alone "
        "and without the audit's say, with no other change than that a name may be noise's in one "
        "healthy capture of a hundred, not of ten thousand. What lies between the two columns is "
        "the price of silence on sound machines; it is left as a doubt, which says where the line "
        "stands. On "
        f"{figures['one_second_twins']} healthy seconds the shipped rules named "
        f"{figures['one_second_false']}, the others {figures['one_second_false_at_1_percent']}. "
        "A defect shakes the simulator's three directions in step, as one mode of a housing does, "
        "and each has noise of its own: the most that three sensors can gain. On a machine they "
        "share some of it, as in the last column: three then tell about what one does, or less."
    )


def _key(setting: Setting) -> str:
    if setting.gear:
        return "one_second"
    return "referenced" if setting.reference else "ten_seconds"


def _bars_named(rotors: RotorSaid, kind: RotorKind) -> int:
    return sum(
        Condition.BROKEN_ROTOR_BAR in one.named for rotor, one in rotors if rotor.kind == kind
    )


def _percent(value: Cell) -> str:
    return f"{value:.0%}" if isinstance(value, float) else "none tried:"


def _remarks(cases: int) -> tuple[str, ...]:
    right_speed = -(-cases // 2)
    bound = proportion_interval(right_speed, right_speed).low
    return (
        f"{right_speed} of {cases} cases a level have their speed declared right: all of them "
        f"named shows no more than a true share above {bound:.0%} (95 %). "
        "`python -m app.soak.curves --cases 48` narrows that.",
        "Full band, a level says little of how a fault stands in the band that shows it: impacts "
        "ring at the structure's modes, where the background is low, and a line of a shaft stands "
        "in a few bins. So levels of different faults do not compare.",
        "A speed declared 5 % too high is above synchronous speed here, which no motor on the line "
        "can reach. It is a wrong nameplate or a wrong tachometer, and abstaining is then right.",
        "`lubrication` raises broadband noise only: nothing names it from one capture. "
        "`overheating` is known from one capture only where the insulation class is passed.",
        "A broken blade is an unbalance too, and the simulator gives it one: `unbalance` alone is "
        "the vaguer name, and beside the blade it is evidence for that. Single phasing below "
        "severity 1 is a phase half open, as a bad contact is.",
        "The gear's tone is not on the nameplate, so that it is one more stranger in the spectrum. "
        "A defect's level there is over the healthy signal without the tone.",
        "False findings are counted on far more machines by `make soak`, which writes "
        "`docs/SOAK.md`.",
    )


PROTOCOLS = (Protocol("detection", (), run, draw),)
