"""Which type a file is taken for when its own severity was left out of learning."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.results.labels import family_of
from app.results.result import ResultTable
from models import multinomial
from models.robust import Floats

RIDGE = 1.0
"""On deviations in scales; fixed beforehand, as one file a severity leaves nothing to choose by."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One file that was left out, and the type it was taken for."""

    title: str
    label: str
    said: str
    chance: float

    @property
    def right(self) -> bool:
        """Whether the type is right."""
        return self.said == self.label

    @property
    def family_right(self) -> bool:
        """Whether it was told at least that it is a bearing fault, or that it is none."""
        return family_of(self.said) == family_of(self.label)


def hold_out_severities(
    titles: Sequence[str], labels: Sequence[str], rows: Floats
) -> list[HeldOut]:
    """Name the type of each file whose type has another severity, learnt from all other files.

    Parameters
    ----------
    titles, labels : sequences of str, length N
        One file each.
    rows : array, shape (N, F)
        Deviations of each file from health, in scales.
    """
    held = []
    for at, label in enumerate(labels):
        rest = [k for k in range(len(labels)) if k != at]
        classes = sorted({labels[k] for k in rest})
        if label not in classes or len(classes) < 2:
            continue
        codes = [classes.index(labels[k]) for k in rest]
        fit = multinomial.fit(rows[rest], codes, ridge=RIDGE)
        chance = fit.probabilities(rows[[at]])[0]
        best = int(chance.argmax())
        held.append(HeldOut(titles[at], label, classes[best], float(chance[best])))
    return held


def held_out_table(held: Sequence[HeldOut]) -> ResultTable:
    """Return every held-out file with what it was taken for."""
    return ResultTable(
        title="What type a held-out severity is taken for, learnt from the other files",
        columns=("held-out file", "type", "taken for", "probability", "right", "bearing or not"),
        rows=tuple(
            (
                one.title,
                one.label,
                one.said,
                round(one.chance, 2),
                "yes" if one.right else "no",
                "right" if one.family_right else "wrong",
            )
            for one in held
        ),
    )
