"""Tables of detection curves: where naming ends, one second at the target, rotors, all shares."""

from collections.abc import Iterator, Sequence

from app.results.detection_bars import ROTORS, SLIP, Rotor
from app.results.detection_cases import GEAR_OVER_DEFECT, Said
from app.results.detection_score import (
    Shares,
    curves,
    last_level,
    right,
    share,
    sure,
    taken_for,
    vague,
    wrong,
)
from app.results.detection_second import FALSE_ALARMS, SHARED, Second
from app.results.detection_settings import TARGET_DB
from app.results.result import Cell, ResultTable
from sensors.conditions import Condition
from sensors.simulator.fault import LEVELLESS_CONDITIONS

CURVES = "Share of cases named at each level"

RotorSaid = Sequence[tuple[Rotor, Said]]


def ends_table(shares: Sequence[Shares], twins: Sequence[Said]) -> ResultTable:
    """Return one row a fault: how far down it is named."""
    return ResultTable(
        title="The lowest level at which, as at every higher one, 95 % are named right",
        columns=(
            "judged from",
            "fault",
            "levels tried",
            "speed declared right",
            "of these at medium confidence or better",
            "speed wrong by 2 or 5 %",
            "named wrong, all levels",
            "named on healthy twins",
        ),
        rows=tuple(_ends(shares, twins)),
    )


def _ends(shares: Sequence[Shares], twins: Sequence[Said]) -> Iterator[tuple[Cell, ...]]:
    for setting, condition, some in curves(shares):
        everything = [one for each in some for one in (*each.exact, *each.off)]
        healthy = [twin for twin in twins if twin.trial.setting.name == setting.name]
        false = sum(condition in twin.named for twin in healthy)
        ends = (
            [(each.level, share(each.exact)) for each in some],
            [(each.level, share(each.exact, sure)) for each in some],
            [(each.level, share(each.off)) for each in some],
        )
        yield (
            setting.name,
            condition.value,
            f"{_graded(condition, some[0].level)} to {_graded(condition, some[-1].level)}",
            *(_end_text(condition, curve) for curve in ends),
            f"{sum(bool(wrong(one)) for one in everything)} of {len(everything)}",
            f"{false} of {len(healthy)}",
        )


def _end_text(condition: Condition, curve: Sequence[tuple[float, float | None]]) -> str | None:
    if curve[0][1] is None:
        return None  # no such cases
    end = last_level(curve)
    if end is None:
        return "not reached"
    return _graded(condition, end) + (" or less" if end == curve[-1][0] else "")


def target_table(heard: Sequence[Second]) -> ResultTable:
    """Return what was said of bearing defects of one second at the level aimed at."""
    conditions = dict.fromkeys(one.said.trial.condition for one in heard)
    return ResultTable(
        title=f"One second at {TARGET_DB:g} dB, band unknown, slip jitter 2 %, gear tone of "
        f"{GEAR_OVER_DEFECT:g} times the defect's RMS",
        columns=(
            "fault",
            "named right, speed declared right",
            "named right, speed wrong by 2 or 5 %",
            "named wrong",
            "left as a doubt",
            f"named right at {FALSE_ALARMS:.0%} false alarms",
            "named wrong there",
            "named right from the best direction alone",
            f"named right where directions share {SHARED:.0%} of their noise",
        ),
        rows=tuple(_aimed(c, heard) for c in conditions if c is not None),
    )


def _aimed(condition: Condition, heard: Sequence[Second]) -> tuple[Cell, ...]:
    some = [one for one in heard if one.said.trial.condition is condition]
    said = [one.said for one in some]
    exact = [one for one in said if not _off(one)]
    off = [one for one in said if _off(one)]
    there = sum(one.allowed_right for one in some)
    return (
        condition.value,
        f"{sum(map(right, exact))} of {len(exact)}",
        f"{sum(map(right, off))} of {len(off)}",
        sum(bool(wrong(one)) for one in said),
        sum(bool(one.doubts) and not one.named for one in said),
        f"{there} of {len(some)}",
        sum(one.allowed is not None for one in some) - there,
        f"{sum(right(one.alone) for one in some)} of {len(some)}",
        f"{sum(right(one.sharing) for one in some)} of {len(some)}",
    )


def rotor_table(rotors: RotorSaid) -> ResultTable:
    """Return what was said of one broken bar, of its innocent twin, and of a sound rotor."""
    rows = []
    for kind in ROTORS:
        for speed, some in (
            ("declared right", [s for r, s in rotors if r.kind == kind and not _off(s)]),
            ("wrong by 2 or 5 %", [s for r, s in rotors if r.kind == kind and _off(s)]),
        ):
            named = sum(Condition.BROKEN_ROTOR_BAR in one.named for one in some)
            other = sum(bool(set(one.named) - {Condition.BROKEN_ROTOR_BAR}) for one in some)
            doubt = sum(bool(one.doubts) and not one.named for one in some)
            silent = sum(not one.doubts and not one.named for one in some)
            rows.append((kind, speed, len(some), named, other, doubt, silent))
    return ResultTable(
        title=f"Rotor at slip {SLIP:.1%}, 10 s, supply walking by 5 mHz per root second; the load "
        "swings so as to add as much to f (1 - 2s) as one bar",
        columns=(
            "rotor",
            "speed",
            "cases",
            "broken bar named",
            "anything else named",
            "left ambiguous",
            "nothing said",
        ),
        rows=tuple(rows),
    )


def _off(one: Said) -> bool:
    return one.trial.speed_error != 0.0


def curve_table(shares: Sequence[Shares]) -> ResultTable:
    """Return the shares of every fault at every level."""
    rows = []
    for one in shares:
        everything = (*one.exact, *one.off)
        taken = ", ".join(f"{name} {count}" for name, count in taken_for(everything).most_common())
        row: tuple[Cell, ...] = (
            one.setting.name,
            one.condition.value,
            one.level,
            share(one.exact),
            share(one.exact, sure),
            share(one.off),
            share(everything, vague),
            share(everything, wrong),
            taken or None,
        )
        rows.append(row)
    return ResultTable(
        title=CURVES,
        columns=(
            "judged from",
            "fault",
            "level, dB or severity",
            "right, speed right",
            "of these medium or better",
            "right, speed wrong",
            "only by a vaguer name",
            "wrong",
            "taken for",
        ),
        rows=tuple(rows),
    )


def _graded(condition: Condition, level: float) -> str:
    return f"severity {level:g}" if condition in LEVELLESS_CONDITIONS else f"{level:g} dB"
