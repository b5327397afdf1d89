"""How well stage 1 parts late from early life: honestly, leaking, and with meaningless labels.

The random split is printed as a warning of how much it flatters, never as a result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.results.result import Cell, ResultTable
from app.results.stage1_scores import FOLDS, SEED, out_of_fold_logits, within_unit_auroc
from models.intervals import Claim, Interval
from models.metrics import Labels, auroc, claim_auroc, permuted_label_interval
from models.run_to_failure import LeftOutLife, early_late_scores
from models.splits import leave_one_out, split_at_random
from models.training import Recipe, TrainingSet

REPEATS = 1000
PERMUTATIONS = 20


@dataclass(frozen=True, slots=True)
class Separation:
    """AUROC of late against early windows.

    Attributes
    ----------
    honest : Claim
        Each bearing scored by what was fitted without it.
    leaking : float
        Windows split at random: the same bearing on both sides.
    within : float
        Leave one bearing out again, early against late of the same bearing alone, mean.
    permuted : Interval
        The same with early and late exchanged at random within bearings and everything fitted
        anew: must cover 0.5.
    """

    honest: Claim
    leaking: float
    within: float
    permuted: Interval


def measure_separation(
    left_out: Sequence[LeftOutLife], samples: TrainingSet, recipe: Recipe
) -> Separation:
    """Measure all three.

    Parameters
    ----------
    left_out : sequence of LeftOutLife
        Every life, judged without itself.
    samples : TrainingSet
        The same lives together, for the leaking split and the permuted labels.
    """
    scores, labels, units = early_late_scores(left_out)
    classes = ("early", "late")
    honest = claim_auroc(scores, np.array(labels), units, classes, seed=SEED, repeats=REPEATS)
    folds = split_at_random(len(samples.z), folds=FOLDS, seed=SEED)
    leaking = auroc(out_of_fold_logits(samples, recipe, folds), samples.positive)
    names = [str(unit) for unit in samples.units]

    def refit(given: Labels) -> float:
        labelled = replace(samples, positive=given == "late")
        logits = out_of_fold_logits(labelled, recipe, leave_one_out(names))
        return within_unit_auroc(labelled, logits)

    truth = np.where(samples.positive, "late", "early")
    permuted = permuted_label_interval(refit, truth, names, seed=SEED, repeats=PERMUTATIONS)
    return Separation(honest, leaking, refit(truth), permuted)


def separation_table(found: Separation) -> ResultTable:
    """Set the three beside one another."""
    honest = found.honest
    return ResultTable(
        title="AUROC of late against early windows",
        columns=("split", "AUROC", "interval", "what it is"),
        rows=(
            (
                "leave one bearing out",
                _rounded(honest.value),
                _text(honest.interval),
                honest.reason or f"95 % bootstrap over {honest.units} bearings",
            ),
            ("random windows", _rounded(found.leaking), None, "leaks; a warning, not a result"),
            (
                "leave one bearing out, within each bearing",
                _rounded(found.within),
                None,
                "mean over bearings of early against late of the same one",
            ),
            (
                "the same, labels permuted",
                None,
                _text(found.permuted),
                "95 % of permutations; must cover 0.5",
            ),
        ),
    )


def separation_figures(found: Separation) -> dict[str, Cell]:
    """Return the three as flat figures."""
    interval = found.honest.interval
    return {
        "auroc": _rounded(found.honest.value),
        "auroc_low": None if interval is None else _rounded(interval.low),
        "auroc_high": None if interval is None else _rounded(interval.high),
        "auroc_random_split": _rounded(found.leaking),
        "auroc_within": _rounded(found.within),
        "auroc_permuted_low": _rounded(found.permuted.low),
        "auroc_permuted_high": _rounded(found.permuted.high),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _text(interval: Interval | None) -> str | None:
    return None if interval is None else f"{interval.low:.2f} to {interval.high:.2f}"
