"""Tables of what all senses said: a row a data set, beside a reference, a row a recording."""

from collections.abc import Sequence

from app.results.result import Cell, ResultTable
from app.results.senses_judged import Plan, Sensed, Worth, names_of, worth
from app.results.verdict_tables import evidence_text
from app.results.verdicts import truth_text
from models.finding import Diagnosis

FAULTY: tuple[Worth, ...] = ("named right", "cause family", "abstained", "missed", "named wrong")
SOUND: tuple[Worth, ...] = ("clear", "abstained", "named wrong")
LONGEST_REASON = 450


def sets_table(plans: Sequence[Plan], judged: Sequence[Sensed]) -> ResultTable:
    """Count verdicts by what they are worth, a row a data set and one for all."""
    groups = [(plan.name, [one for one in judged if one.data_set == plan.name]) for plan in plans]
    return ResultTable(
        title="Every data set, each recording by itself",
        columns=(
            "data set",
            "senses",
            "units",
            "faulty",
            *FAULTY,
            "not faulty",
            *(f"of these {kind}" for kind in SOUND),
            "wrong at high",
        ),
        rows=tuple(_set_row(name, own) for name, own in [*groups, ("all", judged)] if own),
    )


def _set_row(name: str, own: Sequence[Sensed]) -> tuple[Cell, ...]:
    senses = sorted({sense.value for one in own for sense in one.senses})
    faulty, sound = counts_of([(one, one.said) for one in own])
    return (
        name,
        ", ".join(senses) if name != "all" else None,
        len({(one.data_set, one.unit_id) for one in own}),
        sum(faulty),
        *faulty,
        sum(sound),
        *sound,
        sum(wrong_high(one, one.said) for one in own),
    )


def counts_of(verdicts: Sequence[tuple[Sensed, Diagnosis]]) -> tuple[list[int], list[int]]:
    """Count verdicts on faulty recordings, and on the others, by what they are worth."""
    values = [(one.faulty, worth(one.truth, said)) for one, said in verdicts]
    return (
        [values.count((True, kind)) for kind in FAULTY],
        [values.count((False, kind)) for kind in SOUND],
    )


def wrong_high(one: Sensed, said: Diagnosis) -> bool:
    """Say whether a verdict is wrong and sure of it."""
    return worth(one.truth, said) == "named wrong" and any(
        finding.confidence == "high" and finding.condition not in one.truth
        for finding in said.findings
    )


def reference_table(plans: Sequence[Plan], judged: Sequence[Sensed]) -> ResultTable:
    """Set the same recordings by themselves and beside a healthy one, two rows a data set."""
    rows: list[tuple[Cell, ...]] = []
    for plan in plans:
        own = [one for one in judged if one.data_set == plan.name and one.referred is not None]
        if not own:
            continue
        beside = [(one, one.referred) for one in own if one.referred is not None]
        for label, verdicts in (
            ("by itself", [(one, one.said) for one in own]),
            ("with reference", beside),
        ):
            faulty, sound = counts_of(verdicts)
            rows.append((plan.name, plan.reference, label, len(own), *faulty, *sound))
    return ResultTable(
        title="The same recordings by themselves, and with a healthy one as reference",
        columns=(
            "data set",
            "reference",
            "judged",
            "recordings",
            *(f"faulty: {kind}" for kind in FAULTY),
            *(f"not faulty: {kind}" for kind in SOUND),
        ),
        rows=tuple(rows),
    )


def verdict_table(title: str, judged: Sequence[Sensed]) -> ResultTable:
    """List recordings with both verdicts and the reason."""
    return ResultTable(
        title=title,
        columns=(
            "data set",
            "recording",
            "truth",
            "by itself",
            "worth",
            "with reference",
            "worth then",
            "evidence or reason",
        ),
        rows=tuple(_verdict_row(one) for one in judged),
    )


def _verdict_row(one: Sensed) -> tuple[Cell, ...]:
    referred = one.referred
    last = referred if referred is not None and referred.findings else one.said
    return (
        one.data_set,
        one.title,
        truth_text(one.truth),
        words(one.said),
        worth(one.truth, one.said),
        None if referred is None else words(referred),
        None if referred is None else worth(one.truth, referred),
        reason(last),
    )


def words(said: Diagnosis) -> str:
    """Say what is named and how surely, or how nothing is."""
    named = [f"{finding.condition.value} ({finding.confidence})" for finding in said.findings]
    return " + ".join(named) or ("abstains" if said.abstained else "nothing found")


def reason(said: Diagnosis) -> str | None:
    """Return the evidence of each finding, else why nothing is named, shortened."""
    text = "; ".join(evidence_text(finding) for finding in said.findings) or said.abstained
    if text is None or len(text) <= LONGEST_REASON:
        return text
    return text[:LONGEST_REASON].rsplit(" ", 1)[0] + " ..."


def figures_of(judged: Sequence[Sensed]) -> dict[str, Cell]:
    """Count verdicts over all data sets, by themselves and beside references."""
    figures: dict[str, Cell] = {
        "recordings": len(judged),
        "units": len({(one.data_set, one.unit_id) for one in judged}),
        "named": sum(bool(names_of(one.said)) for one in judged),
    }
    beside = [(one, one.referred) for one in judged if one.referred is not None]
    for prefix, verdicts in (("", [(one, one.said) for one in judged]), ("referred_", beside)):
        faulty, sound = counts_of(verdicts)
        figures |= {f"{prefix}faulty": sum(faulty), f"{prefix}not_faulty": sum(sound)}
        for group, kinds, counts in (("faulty", FAULTY, faulty), ("not_faulty", SOUND, sound)):
            for kind, count in zip(kinds, counts, strict=True):
                figures[f"{prefix}{group}_{kind.replace(' ', '_')}"] = count
        figures[f"{prefix}wrong_high"] = sum(wrong_high(one, said) for one, said in verdicts)
    return figures
