"""Stage 2 on real bearings: leave one bearing out, leave one rig out, beside simpler rivals."""

from collections.abc import Sequence
from pathlib import Path

from app.backbone.embedder import int8_embedder
from app.backbone.head_rows import rows_of
from app.backbone.recorded import recorded_examples
from app.results.result import Cell, Protocol, Result, ResultTable
from app.results.stage2_rivals import predictions, rivals
from app.results.stage2_scores import COLUMNS, RULES, Scored, score, score_rules
from app.stage2 import SHIPPED_STAGE2
from models.accelerator.tflite_model import parse_model
from models.stage2.release import load_stage2
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
    rows = rows_of(examples, int8_embedder(parse_model(release.backbone)))
    classes = tuple(sorted(set(rows.labels)))
    truth = dict(zip(rows.units, rows.labels, strict=True))
    scored: list[Scored] = []
    for rival in rivals(release.head):
        for kept_apart, keys in (("bearing", rows.units), ("rig", rows.rigs)):
            chances = predictions(rival, rows, keys, classes)
            scored.append(score(rival.name, kept_apart, chances, rows, classes))
    scored.append(score_rules(pooled, truth))
    return Result(
        name=NAME,
        title="Stage 2 on real bearings, beside simpler models",
        protocol=_protocol(release.release_id),
        tables=(
            ResultTable(
                title="Which names best", columns=COLUMNS, rows=tuple(one.row for one in scored)
            ),
            _unit_table(scored, truth),
        ),
        figures=_figures(scored),
        remarks=_remarks(truth, scored),
        aim="stage 2 beats the rules and simpler models, or the page says that it does not",
        outcome=_outcome(scored),
    )


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
        key = "".join(c if c.isalnum() else "_" for c in f"{one.model} {one.kept_apart}".lower())
        figures |= {f"{key}_units_right": one.right, f"{key}_macro_f1": one.macro_f1}
    return figures


def _remarks(truth: dict[str, str], scored: Sequence[Scored]) -> tuple[str, ...]:
    few = {name: list(truth.values()).count(name) for name in sorted(set(truth.values()))}
    counted = ", ".join(f"{count} {name}" for name, count in few.items())
    return (
        f"{len(truth)} bearings: {counted}. With so few in a class no interval is given and no "
        "AUROC is claimed; the figure over windows serves to compare models in this run.",
        _verdict(scored),
        "Two of the rivals see the same inputs as the head, embedding included; none has the "
        "shipped head as prior.",
    )


def _verdict(scored: Sequence[Scored]) -> str:
    rules = next(one for one in scored if one.model == RULES)
    best = max((one for one in scored if one.ours and one.kept_apart == "rig"), key=_merit)
    others = [one for one in scored if not one.ours and one.model != RULES]
    beaten = all(_merit(best) > _merit(one) for one in others if one.kept_apart == "rig")
    if _merit(best) > _merit(rules) and beaten:
        return "Stage 2 beats the rules and every simpler model with one rig left out."
    return (
        f"With one rig left out stage 2 names {best.right} of {best.units} bearings right and "
        f"{best.wrong} wrong, the rules {rules.right} and {rules.wrong}: the rules stay the "
        "verdict that ships, and stage 2 is shown beside them as a second opinion."
    )


def _merit(one: Scored) -> int:
    """Right less wrong: a wrong name costs what a right one gains."""
    return one.right - one.wrong


def _outcome(scored: Sequence[Scored]) -> str:
    ours = max((one for one in scored if one.ours and one.kept_apart == "rig"), key=_merit)
    rules = next(one for one in scored if one.model == RULES)
    return (
        f"one rig left out: {ours.right} of {ours.units} bearings right, {ours.wrong} wrong; the "
        f"rules {rules.right} right, {rules.wrong} wrong"
    )


PROTOCOLS = (Protocol(NAME, MANIFESTS, run),)
