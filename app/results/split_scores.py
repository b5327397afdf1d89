"""One data set under one split, with the leaking random split beside it as a warning."""

from collections.abc import Iterator, Sequence

import numpy as np

from app.recipe import stage1_recipe
from app.results.class_scores import (
    ClassScores,
    said_table,
    score_splits,
    units_said,
)
from app.results.labelled_windows import LabelledWindows, gather
from app.results.result import Cell, Result, ResultTable
from app.results.separation import measure_separation, separation_figures, separation_table
from app.results.stage1_scores import FOLDS, SEED
from app.training import lives_of, provenance_of
from dsp.features import FeatureSpec
from models.intervals import Claim
from models.metrics import claim_auroc
from models.run_to_failure import leave_one_life_out, training_set
from models.splits import (
    Split,
    SplitKind,
    leave_one_out,
    split_at_random,
    split_by_load,
    split_by_machine,
)
from sensors.capture import Sense, Unit
from sensors.errors import BadConfig, OneClass
from sensors.recordings.recording import Recording


def split_scores(recordings: Sequence[Recording], split: SplitKind) -> Result:
    """Fit stage 1 under a split and report its AUROC, and what a random split would have said.

    Parameters
    ----------
    recordings : sequence of Recording
        Lives that run to failure (late against early windows), or labelled recordings (class
        against the others).
    split : str
        ``bearing`` and ``load`` keep every physical bearing on one side, ``machine`` every rig;
        ``random`` does not, and says so.

    Raises
    ------
    BadConfig
        Nothing to learn from, or the split needs two bearings, loads or machines and there is one.
    OneClass
        Fewer than two classes with two units each, or no healthy windows to compare with.
    """
    lives = [recording for recording in recordings if recording.run_to_failure]
    if lives:
        return _split_lives(lives, split)
    return _split_labelled(recordings, split)


def _split_lives(recordings: Sequence[Recording], split: SplitKind) -> Result:
    if split not in ("bearing", "random"):
        raise BadConfig(
            f"split by {split}: lives to failure are left out bearing by bearing; "
            "use --split bearing, or --split random to see how much it flatters"
        )
    spec = FeatureSpec()
    recipe = stage1_recipe(spec)
    lives = lives_of(recordings, spec)
    samples = training_set(lives, spec.names, recipe)
    provenance = provenance_of(recordings, samples, "early against late life")
    left_out = leave_one_life_out(lives, spec.names, recipe, provenance)
    found = measure_separation(left_out, samples, recipe)
    return Result(
        name=f"split_{split}",
        title=f"Late against early life, split by {split}",
        protocol="Stage 1 is fitted without each bearing and scores it; first 30 % of a life "
        "early, last 5 % late. The random split stands beside it as a warning.",
        tables=(separation_table(found),),
        figures=separation_figures(found),
        remarks=_warning(split),
        outcome=_said(found.honest, found.leaking),
    )


def _split_labelled(recordings: Sequence[Recording], split: SplitKind) -> Result:
    windows = gather(recordings, gain_free=not calibrated(recordings))
    if split != "random":
        windows = _with_two_units(windows)
    random = score_splits(windows, splits_of(windows, "random"))
    scores = random if split == "random" else score_splits(windows, splits_of(windows, split))
    if not len(scores.windows.labels):
        raise OneClass(f"split by {split}: no training side holds two classes; use --split bearing")
    claim = claim_of(scores)
    return Result(
        name=f"split_{split}",
        title=f"Class of {len(set(windows.units.tolist()))} units, split by {split}",
        protocol="Multinomial logistic regression of the class on rises of features over the "
        "rig's own health, at matched bandwidth; scaling and fit on the training side only. "
        "Classes with a single unit cannot be tested and are left out, but for the random split.",
        tables=(
            _score_table(split, claim, scores, random),
            *_honest_table(split, scores),
            said_table("Every unit, random windows: leaks", units_said(random)),
        ),
        figures=_figures(claim, scores, random),
        remarks=_warning(split),
        outcome=_leaking(random.auroc) if split == "random" else _said(claim, random.auroc),
    )


def _honest_table(split: SplitKind, scores: ClassScores) -> tuple[ResultTable, ...]:
    if split == "random":
        return ()
    return (said_table(f"Every unit, split by {split}", units_said(scores)),)


def calibrated(recordings: Sequence[Recording]) -> bool:
    """Whether levels of vibration and sound mean the same in every recording."""
    units = {
        channel.unit
        for recording in recordings
        for channel in recording.channels
        if channel.sense in (Sense.VIBRATION, Sense.SOUND)
    }
    return Unit.UNSCALED not in units and len(units) == 1


def splits_of(windows: LabelledWindows, kind: SplitKind) -> Iterator[Split]:
    """Yield the splits of one kind."""
    units = windows.units.tolist()
    if kind == "bearing":
        return leave_one_out(units)
    if kind == "load":
        return split_by_load(units, windows.loads.tolist())
    if kind == "machine":
        return split_by_machine(units, windows.rigs.tolist())
    return split_at_random(len(units), folds=FOLDS, seed=SEED)


def claim_of(scores: ClassScores) -> Claim:
    """Macro AUROC with its interval over units, or why there is none."""
    windows = scores.windows
    return claim_auroc(
        scores.probabilities,
        windows.labels.astype(str),
        windows.units.tolist(),
        scores.classes,
        seed=SEED,
    )


def _with_two_units(windows: LabelledWindows) -> LabelledWindows:
    labels = sorted(set(windows.labels.tolist()))
    many = [
        label for label in labels if len(set(windows.units[windows.labels == label].tolist())) > 1
    ]
    if len(many) < 2:
        raise OneClass(
            f"of the classes {', '.join(labels)} only {len(many)} have two units or more; a unit "
            "cannot be left out and still be taught: bring more bearings"
        )
    return windows.take(np.isin(windows.labels, many))


def _score_table(
    split: SplitKind, claim: Claim, scores: ClassScores, random: ClassScores
) -> ResultTable:
    interval = claim.interval
    honest: tuple[Cell, ...] = (
        split,
        _share_right(scores),
        *_units_right(scores),
        None if claim.value is None else round(claim.value, 3),
        None if interval is None else f"{interval.low:.2f} to {interval.high:.2f}",
        claim.reason,
    )
    leaking: tuple[Cell, ...] = (
        "random windows",
        _share_right(random),
        *_units_right(random),
        None if random.auroc is None else round(random.auroc, 3),
        None,
        "leaks: the same bearing on both sides; a warning, not a result",
    )
    return ResultTable(
        title="Macro AUROC over classes",
        columns=("split", "windows right", "units right", "units", "AUROC", "interval", "remark"),
        rows=(leaking,) if split == "random" else (honest, leaking),
    )


def _share_right(scores: ClassScores) -> float:
    return round(float((scores.said == scores.windows.labels).mean()), 3)


def _units_right(scores: ClassScores) -> tuple[int, int]:
    found = units_said(scores)
    return sum(one.said == one.label for one in found), len(found)


def _figures(claim: Claim, scores: ClassScores, random: ClassScores) -> dict[str, Cell]:
    right, units = _units_right(scores)
    return {
        "units": units,
        "units_right": right,
        "windows_right": _share_right(scores),
        "auroc": None if claim.value is None else round(claim.value, 3),
        "auroc_low": None if claim.interval is None else round(claim.interval.low, 3),
        "auroc_high": None if claim.interval is None else round(claim.interval.high, 3),
        "auroc_why": claim.reason,
        "random_windows_right": _share_right(random),
        "random_auroc": None if random.auroc is None else round(random.auroc, 3),
    }


def _said(claim: Claim, leaking: float | None) -> str:
    honest = f"AUROC {claim.value:.2f}" if claim.value is not None else f"no AUROC: {claim.reason}"
    return f"{honest}; {_leaking(leaking)}"


def _leaking(auroc: float | None) -> str:
    return f"random windows, leaking: {'none' if auroc is None else f'{auroc:.2f}'}"


def _warning(split: SplitKind) -> tuple[str, ...]:
    if split != "random":
        return ()
    return (
        "A random split puts windows of one bearing on both sides: what it measures is how well "
        "a bearing is recognised, not how well a fault is. It is no result.",
    )
