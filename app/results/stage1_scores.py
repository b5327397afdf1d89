"""Stage-1 logits of windows that the fit has not seen, for AUROC under any split.

Shared by the leaking random split, printed as a warning, and by the check that labels matter.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from models import logistic
from models.baseline import Z_LIMIT
from models.metrics import auroc
from models.robust import Floats, Mask
from models.splits import IndexArray, Split
from models.training import Recipe, TrainingSet, block_weights

FOLDS = 5
SEED = 0


def out_of_fold_logits(samples: TrainingSet, recipe: Recipe, splits: Iterable[Split]) -> Floats:
    """Fit on each split's training rows and score its test rows.

    Returns
    -------
    array, shape (N,)
        NaN where no split tested a row.
    """
    evidence = read_evidence(samples, recipe)
    logits = np.full(len(samples.z), np.nan)
    for split in splits:
        part = rows_of(samples, split.train)
        fit = logistic.fit(
            evidence[split.train],
            part.positive,
            ridge=recipe.ridge,
            weights=block_weights(part, recipe.block_s),
        )
        logits[split.test] = fit.logit(evidence[split.test])
    return logits


def within_unit_auroc(samples: TrainingSet, logits: Floats) -> float:
    """Mean over units of the AUROC within each, for units that hold both classes.

    Scores are compared within a unit only, so that differing intercepts of the fits that left
    each unit out neither help nor harm: with meaningless labels it is 0.5 on average.
    """
    found = []
    for unit in sorted(set(samples.units.tolist())):
        rows = (samples.units == unit) & np.isfinite(logits)
        if 0 < samples.positive[rows].sum() < rows.sum():
            found.append(auroc(logits[rows], samples.positive[rows]))
    return float(np.mean(found))


def read_evidence(samples: TrainingSet, recipe: Recipe) -> Floats:
    """Deviations as the score reads them: rises alone, or either way, and only those it reads."""
    rising = np.isin(samples.feature_names, recipe.rising)
    either = np.isin(samples.feature_names, recipe.either)
    least = np.where(either, -Z_LIMIT, 0.0)
    return np.clip(samples.z, least, Z_LIMIT)[:, rising | either]


def rows_of(samples: TrainingSet, rows: IndexArray | Mask) -> TrainingSet:
    """Return some rows of a training set."""
    return replace(
        samples,
        z=samples.z[rows],
        mask=samples.mask[rows],
        positive=samples.positive[rows],
        units=samples.units[rows],
        t0_ns=samples.t0_ns[rows],
    )
