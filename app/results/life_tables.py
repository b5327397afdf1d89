"""Tables and figures of lives run to failure: every series listed, exposure beside every rate."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.results.result import Cell, ResultTable
from models.episodes import debounce
from models.intervals import rate_bound
from models.life import Life, LifeOutcome, summarise
from models.monitor import Judgement
from models.run_to_failure import LeftOutLife


def life_table(outcomes: Sequence[LifeOutcome]) -> ResultTable:
    """List every series with its alarm, its lead and the reason."""
    return ResultTable(
        title="Every series",
        columns=(
            "bearing",
            "life h",
            "learning h",
            "healthy h at risk",
            "early alarms",
            "alarm at h",
            "lead min",
            "verdict",
            "alarms in all",
            "reason of the alarm",
        ),
        rows=tuple(_life_row(outcome) for outcome in outcomes),
    )


def _life_row(one: LifeOutcome) -> tuple[Cell, ...]:
    lead_h = None if one.lead_s is None else one.lead_s / 3600
    return (
        one.unit_id,
        round(one.life_h, 2),
        round(one.learning_h, 2),
        round(one.early_h, 2),
        one.early_alarms,
        None if lead_h is None else round(one.life_h - lead_h, 2),
        None if lead_h is None else round(lead_h * 60, 1),
        one.verdict,
        one.alarms,
        "; ".join(one.reasons) or None,
    )


def summary_table(parts: Mapping[str, Sequence[LifeOutcome]]) -> ResultTable:
    """Alarms before the end and in health, with exposure and Poisson bound, each part a row."""
    rows = []
    for label, outcomes in parts.items():
        total = summarise(outcomes)
        rows.append(
            (
                label,
                total.lives,
                total.alarmed,
                total.predicted,
                total.early_alarms,
                round(total.early_h, 2),
                round(rate_bound(total.early_alarms, total.early_h), 3),
                round(total.bound_per_month, 1),
            )
        )
    return ResultTable(
        title="Together",
        columns=(
            "judged by",
            "lives",
            "alarm before the end",
            "of these with 10 min or more",
            "early alarms",
            "healthy h at risk",
            "95 % bound per h",
            "95 % bound per motor-month",
        ),
        rows=tuple(rows),
    )


def rise_table(left_out: Sequence[LeftOutLife], names: Sequence[str]) -> ResultTable:
    """How far each series rose, in health and after, so that a miss can be understood."""
    at = list(names).index("vib_carpet_db")
    rows = []
    for one in left_out:
        judged = [j for j in one.judgements if j.triage.logit is not None]
        learnt = [j for j in one.judgements if j.triage.state == "learning"]
        level = float(np.median([j.vector.values[at] for j in learnt]))
        rise = debounce([j.vector.values[at] - level for j in judged], one.release.rule)
        logit = debounce([j.triage.logit or 0.0 for j in judged], one.release.rule)
        health = np.array([_early(one.life, j) for j in judged])
        late = np.array([j.vector.t0_ns >= one.life.late_start_ns for j in judged])
        rows.append(
            (
                one.life.unit_id,
                *(_largest(rise[rows]) for rows in (health, ~health & ~late, late)),
                *(_largest(logit[rows]) for rows in (health, ~health & ~late, late)),
                round(one.release.alert.value, 2),
            )
        )
    return ResultTable(
        title="How far it rose, third highest of five windows: first 30 %, middle, last 5 %",
        columns=(
            "bearing",
            "carpet dB early",
            "middle",
            "late",
            "logit early",
            "middle",
            "late",
            "threshold of the logit",
        ),
        rows=tuple(rows),
    )


def _early(life: Life, judgement: Judgement) -> bool:
    return judgement.vector.t1_ns <= life.early_end_ns


def _largest(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(known.max()), 2) if known.size else None


def lives_outcome(outcomes: Sequence[LifeOutcome]) -> str:
    """Say in one line what came out."""
    total = summarise(outcomes)
    return (
        f"alarm before the end in {total.alarmed} of {total.lives}, ten minutes or more before it "
        f"in {total.predicted}; {total.early_alarms} early alarms in {total.early_h:.1f} h at risk "
        f"(at most {total.bound_per_month:.0f} a motor-month)"
    )


def lives_figures(prefix: str, outcomes: Sequence[LifeOutcome]) -> dict[str, Cell]:
    """Return the summary as flat figures."""
    total = summarise(outcomes)
    return {
        f"{prefix}lives": total.lives,
        f"{prefix}alarmed": total.alarmed,
        f"{prefix}predicted": total.predicted,
        f"{prefix}early_alarms": total.early_alarms,
        f"{prefix}early_h": round(total.early_h, 2),
        f"{prefix}bound_per_month": round(total.bound_per_month, 1),
    }
