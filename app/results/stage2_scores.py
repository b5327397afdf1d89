"""What one model's names are worth, window by window and bearing by bearing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.backbone.head_rows import HeadRows
from app.backbone.measure import calibration_error, macro_f1
from app.results.result import Cell
from app.results.verdicts import judge_recordings, units_of
from models.metrics import macro_auroc
from models.stage2.release import HEALTHY
from sensors.recordings.recording import Recording

RULES = "rules of physics"
OURS = "head "
"""How the names of stage 2's own models begin."""
COLUMNS = (
    "model",
    "left out",
    "macro AUROC over windows",
    "macro F1 over windows",
    "calibration error",
    "bearings",
    "right",
    "wrong",
    "of these healthy named faulty",
)


@dataclass(frozen=True, slots=True)
class Scored:
    """One model's score.

    Attributes
    ----------
    model, kept_apart : str
        Which, and what was left out of its training.
    auroc, macro_f1, calibration : float or None
        Over windows.
    units, right, wrong, false : int
        Bearings; named right; named wrong (a healthy one as faulty, or one fault as another);
        healthy ones among the wrong.
    named : dict of str to str
        What each bearing was called.
    """

    model: str
    kept_apart: str
    auroc: float | None
    macro_f1: float | None
    calibration: float | None
    units: int
    right: int
    wrong: int
    false: int
    named: dict[str, str]

    @property
    def ours(self) -> bool:
        """Whether this is stage 2."""
        return self.model.startswith(OURS)

    @property
    def row(self) -> tuple[Cell, ...]:
        """For `COLUMNS`."""
        figures = (self.auroc, self.macro_f1, self.calibration)
        return (
            self.model,
            self.kept_apart,
            *(None if figure is None else round(figure, 3) for figure in figures),
            self.units,
            self.right,
            self.wrong,
            self.false,
        )


def score(
    model: str,
    kept_apart: str,
    chances: npt.NDArray[np.float64],
    rows: HeadRows,
    classes: tuple[str, ...],
) -> Scored:
    """Score the probabilities that a model gave to windows it had not seen.

    Windows of NaN were judged by nobody: their bearings count, as named nothing.
    """
    truth = dict(zip(rows.units, rows.labels, strict=True))
    judged = np.flatnonzero(np.isfinite(chances).all(axis=1))
    chances, rows = chances[judged], rows.take(judged)
    labels = np.asarray(rows.labels)
    named = np.asarray(classes)[chances.argmax(axis=1)]
    votes: dict[str, Counter[str]] = {}
    for unit, name in zip(rows.units, named.tolist(), strict=True):
        votes.setdefault(unit, Counter())[name] += 1
    by_unit = {unit: count.most_common(1)[0][0] for unit, count in votes.items()}
    wrong = [u for u, name in by_unit.items() if name not in (truth[u], HEALTHY)]
    whole = len(classes) > 1 and set(classes) <= set(rows.labels)
    return Scored(
        model=model,
        kept_apart=kept_apart,
        auroc=macro_auroc(chances, labels, classes) if whole else None,
        macro_f1=macro_f1(labels, named) if judged.size else None,
        calibration=calibration_error(chances, labels, classes) if judged.size else None,
        units=len(truth),
        right=sum(name == truth[unit] for unit, name in by_unit.items()),
        wrong=len(wrong),
        false=sum(truth[unit] == HEALTHY for unit in wrong),
        named=by_unit,
    )


def score_rules(recordings: Sequence[Recording], truth: dict[str, str]) -> Scored:
    """Score the rules on the same bearings."""
    named: dict[str, str] = {}
    right = wrong = false = 0
    for unit in units_of(judge_recordings(recordings)):
        key = f"{unit.group}: {unit.unit_id}"
        if key not in truth:
            continue
        named[key] = unit.outcome
        right += unit.outcome == "named right"
        wrong += unit.outcome == "named wrong"
        false += unit.outcome == "named wrong" and truth[key] == HEALTHY
    return Scored(RULES, "nothing learnt", None, None, None, len(named), right, wrong, false, named)
