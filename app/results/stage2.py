"""Stage 2 on real bearings: leave one bearing out, leave one rig out, beside simpler rivals."""

from collections.abc import Sequence
from pathlib import Path

from app.backbone.embedder import int8_embedder
from app.backbone.head_rows import HeadRows, rows_of
from app.backbone.recorded import recorded_examples
from app.results.result import Cell, Protocol, Result, ResultTable
from app.results.stage2_ablation import ablation_table, senses_of
from app.results.stage2_rivals import RETRAINED, SHIPPED, predictions, rivals
from app.results.stage2_scores import COLUMNS, RULES, Scored, score, score_rules
from app.results.stage2_stage1 import judge_rigs, stage1_table
from app.stage2 import SHIPPED_STAGE2
from models.accelerator.tflite_model import parse_model
from models.stage2.head import Head
from models.stage2.release import HEALTHY, load_stage2
from sensors.errors import RecordingError
from sensors.recordings.recording import Recording

NAME = "stage2"
MANIFESTS = ("cwru", "mfpt", "hit_sm_bearing", "ims_excerpt")
"""Rigs whose bearing is known: without geometry no race can be told from another."""


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Judge every labelled bearing by models that have not seen it, nor its rig."""
    release = load_stage2(SHIPPED_STAGE2)
    pooled = [one for name in MANIFESTS for one in recordings.get(name, ()) if one.motor.bearings]
    if not pooled:
        raise RecordingError(f"{folder}: no recording with a known bearing in any of these sets")
    examples = recorded_examples(pooled)
    embed = int8_embedder(parse_model(release.backbone))
    rows = rows_of(examples, embed)
    classes = tuple(sorted(set(rows.labels)))
    truth = dict(zip(rows.units, rows.labels, strict=True))
    scored = [*_scores(rows, classes, release.head), score_rules(pooled, truth)]
    healthy = rows.probabilities(release.head)[:, release.head.classes.index(HEALTHY)]
    said, without = judge_rigs(pooled)
    return Result(
        name=NAME,
        title="Stage 2 on real bearings, beside simpler models",
        protocol=_protocol(release.release_id),
        tables=(
            ResultTable(
                title="Which names best", columns=COLUMNS, rows=tuple(one.row for one in scored)
            ),
            _unit_table(scored, truth),
            stage1_table(said, without, rows, healthy),
            ablation_table(examples, embed, release.head, truth, classes),
        ),
        figures=_figures(scored) | {_key(f"stage1 {one.rig} auroc"): one.auroc for one in said},
        remarks=_remarks(truth, scored, senses_of(examples)),
        aim="stage 2 beats the rules and simpler models, or the page says that it does not",
        outcome=_outcome(scored),
    )


def _scores(rows: HeadRows, classes: tuple[str, ...], head: Head) -> list[Scored]:
    """Score every rival with one bearing left out, and one rig, where there are two of them."""
    found = []
    for rival in rivals(head):
        for kept_apart, keys in (("bearing", rows.units), ("rig", rows.rigs)):
            if len(set(keys)) > 1:
                chances = predictions(rival, rows, keys, classes)
                found.append(score(rival.name, kept_apart, chances, rows, classes))
    return found


def _protocol(release_id: str) -> str:
    return (
        "Windows of two seconds of every labelled recording whose bearing is known, at most eight "
        "of a recording and one of each of twelve snapshots of a series. The backbone has seen "
        f"simulated machines only (release {release_id[:12]}). Every other model learns from the "
        "windows of the other bearings, or of the other rigs, each bearing weighing the same; none "
        "has seen the bearing it names, and no threshold or setting was chosen on any of this. A "
        "bearing is named by most of its windows. The rules judge ten seconds of a recording, and "
        "a bearing counts as their own pages count it: they may abstain, which the others cannot."
    )


def _unit_table(scored: Sequence[Scored], truth: dict[str, str]) -> ResultTable:
    shown = [one for one in scored if one.kept_apart != "rig"]
    return ResultTable(
        title="Every bearing, left out of what the model learnt from",
        columns=("bearing", "truth", *(one.model for one in shown)),
        rows=tuple(
            (unit, label, *(one.named.get(unit, "–") for one in shown))
            for unit, label in truth.items()
        ),
    )


def _figures(scored: Sequence[Scored]) -> dict[str, Cell]:
    figures: dict[str, Cell] = {}
    for one in scored:
        key = _key(f"{one.model} {one.kept_apart}")
        figures |= {f"{key}_units_right": one.right, f"{key}_macro_f1": one.macro_f1}
    return figures


def _key(words: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in words.lower())


def _remarks(
    truth: dict[str, str], scored: Sequence[Scored], senses: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    few = {name: list(truth.values()).count(name) for name in sorted(set(truth.values()))}
    counted = ", ".join(f"{count} {name}" for name, count in few.items())
    several = [rig for rig, found in senses.items() if len(found) > 1]
    return (
        f"{len(truth)} bearings: {counted}. With so few in a class no interval is given and no "
        "AUROC is claimed; the figure over windows serves to compare models in this run.",
        _verdict(scored),
        *_unjudged(scored, len(truth)),
        "The head held against the rules is always the one that ships, which has learnt nothing "
        "from any recording, whichever of the two does better here. The retrained one stands in "
        "the table as what a plant with labels might make of it.",
        "Two of the rivals see the same inputs as the head, embedding included; none has the "
        "shipped head as prior.",
        f"Senses: {_senses_said(senses)}. "
        + (
            f"Sense by sense is shown of {', '.join(several)}."
            if several
            else "No rig here has a second sense, so what a sense is worth cannot be shown on real "
            "bearings: the table takes away parts of the one there is, and sense by sense stands "
            "on the page of simulated machines. Of the other real sets at hand none has two "
            "senses as waveforms with a labelled fault: one has vibration, current and "
            "temperature as one value a second, in which there are no spectra."
        ),
        "Stage 1 alone says faulty or not, and no more: the template release, learnt from "
        "simulated motors, at one bandwidth a rig, against the first half of the rig's own "
        "healthy windows. Those are one bearing's, and so are the healthy ones that it is tested "
        "on: a sound bearing newly mounted might stand out from them as a faulty one does, so an "
        "area of 1 is no promise. Stage 2's probability of health knows no health of these rigs.",
    )


def _senses_said(senses: dict[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{rig}: {', '.join(found) or 'none'}" for rig, found in senses.items())


def _unjudged(scored: Sequence[Scored], units: int) -> tuple[str, ...]:
    """Say where a single class was left to learn from, or nothing could be left out."""
    said, models = [], [one for one in scored if one.model != RULES]
    for one in models:
        if len(one.named) < units:
            said.append(
                f"{one.model}, one {one.kept_apart} left out: {units - len(one.named)} bearings "
                "are named by nobody, since a single class was left to learn from."
            )
    if not any(one.kept_apart == "rig" for one in models):
        said.append("All bearings are of one rig: none can be left out.")
    return tuple(said)


def _shipped(scored: Sequence[Scored]) -> Scored | None:
    """Return the shipped head's score, with one rig left out where there are several."""
    ours = [one for one in scored if one.model == SHIPPED]
    return next((one for one in ours if one.kept_apart == "rig"), ours[0] if ours else None)


def _verdict(scored: Sequence[Scored]) -> str:
    rules = next(one for one in scored if one.model == RULES)
    ours = _shipped(scored)
    if ours is None:
        return "A single bearing: nothing can be left out, and nothing is compared."
    others = [one for one in scored if not one.ours and one.model != RULES]
    if _merit(ours) > _merit(rules) and all(_merit(ours) > _merit(one) for one in others):
        return "Stage 2 as shipped beats the rules and every simpler model, whatever is left out."
    return (
        f"Stage 2 as shipped names {ours.right} of {ours.units} bearings right and {ours.wrong} "
        f"wrong, the rules {rules.right} and {rules.wrong}: the rules stay the verdict that "
        "ships, and stage 2 is shown beside them as a second opinion."
    )


def _merit(one: Scored) -> int:
    """Right less wrong: a wrong name costs what a right one gains."""
    return one.right - one.wrong


def _outcome(scored: Sequence[Scored]) -> str:
    rules = next(one for one in scored if one.model == RULES)
    ours = _shipped(scored)
    if ours is None:
        return "a single bearing: nothing to compare"
    retrained = next((o for o in scored if o.model == RETRAINED and o.kept_apart == "rig"), None)
    beside = "" if retrained is None else (
        f"; retrained, one rig left out, {retrained.right} right, {retrained.wrong} wrong"
    )  # fmt: skip
    return (
        f"the shipped head {ours.right} of {ours.units} bearings right, {ours.wrong} wrong"
        f"{beside}; the rules {rules.right} right, {rules.wrong} wrong"
    )


PROTOCOLS = (Protocol(NAME, MANIFESTS, run),)
