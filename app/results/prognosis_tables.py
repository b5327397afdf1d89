"""Tables of remaining life: every series listed, silence included."""

from collections.abc import Mapping, Sequence

from app.results.prognosis_scores import (
    Estimate,
    bearing_scores,
    coverage,
    covers,
    first_word_covered,
    look_nearest,
    mean_life,
    mean_life_covered,
    mean_scores,
    model_median,
    prognosis_figures,
    straight_line,
)
from app.results.result import Cell, ResultTable
from models.life import verdict_of
from models.prognosis.withheld_life import Look, WithheldLife

SHARES = (0.25, 0.5, 0.75, 0.9, 0.95)
MINUTE_S = 60.0


def together_table(judged: Sequence[WithheldLife]) -> ResultTable:
    """Set the model beside naive guesses."""
    spoke = [one for one in judged if one.spoken]
    rows = [
        _together("model", spoke, model_median, True, [first_word_covered(o) for o in spoke]),
        _together("straight line, same instants", spoke, straight_line, True, None),
        _together("mean life less age, same instants", spoke, mean_life, True, None),
        _together(
            "mean life less age, every instant",
            judged,
            mean_life,
            False,
            [mean_life_covered(one) for one in judged],
        ),
    ]
    return ResultTable(
        title="Together: means over bearings, each counted once",
        columns=(
            "estimate",
            "bearings",
            "share within 20 % of the truth",
            "PHM 2012 accuracy, 1 is best",
            "PHM08 penalty in % of life, median, 0 is best",
            "80 % interval covers",
            "95 % interval of the coverage",
        ),
        rows=tuple(rows),
    )


def _together(
    label: str,
    judged: Sequence[WithheldLife],
    estimate: Estimate,
    where_spoken: bool,
    hits: Sequence[bool] | None,
) -> tuple[Cell, ...]:
    scores = mean_scores(judged, estimate, where_spoken=where_spoken)
    interval = coverage(hits or ())
    return (
        label,
        len(judged),
        *((None, None, None) if scores is None else (round(score, 3) for score in scores)),
        None if not hits else f"{sum(hits)} of {len(hits)}",
        None if interval is None else f"{interval.low:.2f} to {interval.high:.2f}",
    )


def series_table(judged: Sequence[WithheldLife]) -> ResultTable:
    """List every bearing with its first trend, or why there was none."""
    return ResultTable(
        title="Every series",
        columns=(
            "bearing",
            "life h",
            "level trended",
            "looks",
            "looks with a trend",
            "of these early",
            "lead min",
            "verdict",
            "rise dB at the last look",
            "why silent at the last look",
        ),
        rows=tuple(
            (
                one.life.unit_id,
                round((one.life.end_ns - one.life.start_ns) / 3.6e12, 2),
                one.chosen.indicator,
                len(one.looks),
                len(one.spoken),
                len(one.early),
                _minutes(one.lead_s),
                verdict_of(one.lead_s),
                round(one.looks[-1].rise_db, 1),
                one.looks[-1].abstained,
            )
            for one in judged
        ),
    )


def words_table(judged: Sequence[WithheldLife]) -> ResultTable:
    """Show what was said where something was: at the first word, and on the way to the end."""
    rows = [
        (one.life.unit_id, when, *_said(look))
        for one in judged
        if one.spoken
        for when, look in _on_the_way(one)
    ]
    return ResultTable(
        title="What was said from the first trend to the end",
        columns=(
            "bearing",
            "when",
            "truth min",
            "low",
            "median",
            "high",
            "covers",
            "straight line",
            "mean life",
        ),
        rows=tuple(rows),
    )


def _on_the_way(one: WithheldLife) -> list[tuple[str, Look]]:
    first = one.spoken[0]
    found = [("first word", first)]
    for share in (0.25, 0.5, 0.75):
        wanted_s = first.age_s + share * first.left_s
        look = min(one.spoken, key=lambda said: abs(said.age_s - wanted_s))
        if look not in [each for _, each in found]:
            found.append((f"near {share:.0%} of the rest", look))
    return found


def _said(look: Look) -> tuple[Cell, ...]:
    bounds = look.model or (None, None, None)
    return (
        _minutes(look.left_s),
        *(_minutes(bound) for bound in bounds),
        "yes" if covers(bounds, look.left_s) else "no",
        _minutes(look.line_s),
        _minutes(look.mean_life[1]),
    )


def shares_table(judged: Sequence[WithheldLife]) -> ResultTable:
    """Show at fixed shares of every life what the model and the mean life said."""
    rows = []
    for one in judged:
        life_s = (one.life.end_ns - one.life.start_ns) / 1e9
        looks = [look_nearest(one.looks, life_s, share) for share in SHARES]
        rows.append(
            (
                one.life.unit_id,
                *(_against(look, look.model) for look in looks),
                *(_against(look, look.mean_life) for look in (looks[1], looks[3])),
                _accuracy(one),
            )
        )
    return ResultTable(
        title="At shares of each life: truth, then median (interval), min; a dash is silence",
        columns=(
            "bearing",
            *(f"model at {share:.0%}" for share in SHARES),
            f"mean life at {SHARES[1]:.0%}",
            f"mean life at {SHARES[3]:.0%}",
            "PHM 2012 accuracy of the model",
        ),
        rows=tuple(rows),
    )


def _against(look: Look, bounds: tuple[float | None, ...] | None) -> str | None:
    if bounds is None:
        return None
    low, median, high = ("none" if bound is None else f"{bound / MINUTE_S:.0f}" for bound in bounds)
    return f"{look.left_s / MINUTE_S:.0f}: {median} ({low} to {high})"


def _accuracy(one: WithheldLife) -> float | None:
    scores = bearing_scores(one, one.spoken, model_median)
    return None if scores is None else round(scores[1], 3)


def variants_table(variants: Mapping[str, Sequence[WithheldLife]]) -> ResultTable:
    """Show how much hangs on each choice."""
    rows = []
    for label, judged in variants.items():
        found = prognosis_figures(judged)
        names = ("trend_before_end", "predicted", "early_trends", "spoke", "covered")
        scores = ("model_alpha", "model_phm12", "line_phm12", "mean_life_phm12")
        rows.append((label, *(found[name] for name in (*names, *scores))))
    return ResultTable(
        title="Other settings: how much hangs on a choice",
        columns=(
            "setting",
            "trend before the end",
            "lead of 10 min or more",
            "bearings with an early trend",
            "bearings that spoke",
            "first word covers",
            "share within 20 %",
            "PHM 2012 model",
            "straight line",
            "mean life",
        ),
        rows=tuple(rows),
    )


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / MINUTE_S, 1)
