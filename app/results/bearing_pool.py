"""All bearing sets pooled, and what becomes of their verdicts when facts are wrong or withheld.

Declared speed off by 5 %, channels at another gain, bearing unknown: the same recordings, the
same physics.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from app.results.bearing_sets import NOTHING_FITTED, missed_lines, split_stopped, why_missed
from app.results.bearing_withheld import withheld_figures, withheld_table, withhold
from app.results.result import Cell, Protocol, Result, ResultTable
from app.results.verdict_tables import class_table, unit_table, verdict_figures, verdict_outcome
from app.results.verdicts import (
    OUTCOMES,
    UNIT_RULE,
    Change,
    Judged,
    UnitVerdict,
    judge_recordings,
    unchanged,
    units_of,
)
from sensors.capture import Capture
from sensors.motor import Motor
from sensors.recordings.recording import Recording

MANIFESTS = ("cwru", "mfpt", "hit_sm_bearing", "uestc_bearing")
"""IMS is smoke only and stays out of the pool."""
MFPT_RIG = "MFPT rig"
AIM = 0.8
GAINS = (np.float32(0.1), np.float32(10.0))


def change_speed(factor: float) -> Change:
    """Declare a speed that is off by a factor."""

    def change(capture: Capture, motor: Motor) -> tuple[Capture, Motor]:
        declared, usual = capture.speed_rpm, motor.nominal_rpm
        return (
            replace(capture, speed_rpm=None if declared is None else declared * factor),
            msgspec.structs.replace(motor, nominal_rpm=None if usual is None else usual * factor),
        )

    return change


def change_gain(capture: Capture, motor: Motor) -> tuple[Capture, Motor]:
    """Give channels another gain each, a tenth and ten by turns."""
    blocks = tuple(
        replace(block, values=block.values * GAINS[number % len(GAINS)])
        for number, block in enumerate(capture.blocks)
    )
    return replace(capture, blocks=blocks), motor


VARIANTS: Mapping[str, tuple[str, Change]] = {
    "as recorded": ("plain", unchanged),
    "declared speed 5 % low": ("speed_low", change_speed(0.95)),
    "declared speed 5 % high": ("speed_high", change_speed(1.05)),
    "channel gains 0.1 and 10": ("gain", change_gain),
}
"""What is done to capture and motor, and the prefix of its figures."""


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Judge every bearing set, as recorded and under each variant, and with bearings withheld."""
    del folder
    pooled = [recording for name in MANIFESTS for recording in recordings[name]]
    judged = {
        label: split_stopped(judge_recordings(pooled, change))[0]
        for label, (_, change) in VARIANTS.items()
    }
    plain = judged["as recorded"]
    units = units_of(plain)
    known = _with_known_bearing(pooled, units)
    withheld = withhold(pooled)
    figures = verdict_figures(plain, units)
    figures |= {f"known_bearing_{key}": value for key, value in _short(known).items()}
    for label, (prefix, _) in VARIANTS.items():
        figures |= {
            f"{prefix}_{key}": value for key, value in _short(units_of(judged[label])).items()
        }
    return Result(
        name="bearing_pool",
        title="All bearing sets pooled, and their robustness",
        protocol=NOTHING_FITTED
        + UNIT_RULE
        + f" Aim: at least {AIM:.0%} of units right and none named wrong at high confidence.",
        tables=(
            _aim_table(
                {
                    "all units": units,
                    "units whose bearing is known": known,
                    "the same, MFPT's loads taken as one bearing a race": _loads_as_one(known),
                }
            ),
            class_table(units),
            _variant_table(judged),
            withheld_table(withheld),
            unit_table(units),
        ),
        figures=figures | withheld_figures(withheld),
        remarks=_remarks(pooled, units, known),
        aim=f"at least {AIM:.0%} of units right, none wrong at high confidence",
        outcome=f"{verdict_outcome(units)}; where the bearing is known: {verdict_outcome(known)}",
    )


def _with_known_bearing(
    recordings: Sequence[Recording], units: Sequence[UnitVerdict]
) -> tuple[UnitVerdict, ...]:
    known = {(r.group or "", r.unit_id) for r in recordings if r.motor.bearings}
    return tuple(unit for unit in units if (unit.group, unit.unit_id) in known)


def _loads_as_one(units: Sequence[UnitVerdict]) -> tuple[UnitVerdict, ...]:
    """Keep one unit a race of MFPT, the worst: its loads may share a bearing."""
    worst = sorted(units, key=lambda unit: OUTCOMES.index(unit.outcome), reverse=True)
    kept = {(u.group, u.truth if u.group == MFPT_RIG else u.unit_id): u for u in reversed(worst)}
    return tuple(kept.values())


def _short(units: Sequence[UnitVerdict]) -> dict[str, Cell]:
    right = sum(unit.outcome == "named right" for unit in units)
    return {
        "units": len(units),
        "units_right": right,
        "units_wrong": sum(unit.outcome == "named wrong" for unit in units),
        "units_wrong_high": sum(unit.wrong_high for unit in units),
        "units_share": round(right / len(units), 4) if units else None,
    }


def _aim_table(parts: Mapping[str, Sequence[UnitVerdict]]) -> ResultTable:
    """Set every way of counting beside the aim, faulty units apart from healthy ones."""
    rows: list[tuple[Cell, ...]] = []
    for label, units in parts.items():
        for kind, some in (
            ("faulty and healthy", units),
            ("faulty alone", [unit for unit in units if unit.truth]),
        ):
            right = sum(unit.outcome == "named right" for unit in some)
            share = right / len(some) if some else 0.0
            rows.append(
                (
                    f"{label}, {kind}",
                    len(some),
                    *(sum(unit.outcome == outcome for unit in some) for outcome in OUTCOMES),
                    sum(unit.wrong_high for unit in some),
                    round(share, 3),
                    "yes" if share >= AIM and not any(u.wrong_high for u in some) else "no",
                )
            )
    return ResultTable(
        title=f"Against the aim of {AIM:.0%}",
        columns=("counted", "units", *OUTCOMES, "wrong at high", "share right", "aim reached"),
        rows=tuple(rows),
    )


def _variant_table(judged: Mapping[str, Sequence[Judged]]) -> ResultTable:
    """Units and recordings by outcome, each variant a row."""
    rows: list[tuple[Cell, ...]] = []
    for label, some in judged.items():
        units = units_of(some)
        rows.append(
            (
                label,
                len(units),
                *(sum(unit.outcome == outcome for unit in units) for outcome in OUTCOMES),
                sum(unit.wrong_high for unit in units),
                len(some),
                sum(one.outcome == "named right" for one in some),
                sum(one.outcome == "named wrong" for one in some),
            )
        )
    return ResultTable(
        title="Robustness: the same recordings with facts changed",
        columns=(
            "changed",
            "units",
            *OUTCOMES,
            "wrong at high",
            "recordings",
            "recordings right",
            "recordings wrong",
        ),
        rows=tuple(rows),
    )


def _remarks(
    recordings: Sequence[Recording], units: Sequence[UnitVerdict], known: Sequence[UnitVerdict]
) -> tuple[str, ...]:
    nameless = len(units) - len(known)
    return (
        "Seeded faults, mostly clear ones, on laboratory rigs at one speed each: this bounds what "
        "is named wrong, and is no estimate of sensitivity to early damage in the field. Healthy "
        f"units are {sum(not unit.truth for unit in units)}: no false-alarm rate.",
        f"{nameless} units have a bearing that nobody states: there the right answer is to abstain "
        "and ask, which counts as not named.",
        *why_missed(units, missed_lines(recordings, units)),
    )


PROTOCOLS = (Protocol("bearing_pool", MANIFESTS, run),)
