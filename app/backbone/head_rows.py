"""What the head learns from: embeddings and physics features of cases that show one thing.

Every case is seen once with all its senses and again with some of them taken away, since most
machines have fewer than a simulated one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.backbone.augment import DROPPED, elsewhere
from app.backbone.drawn import PREFIX, drawn_case, fault_orders
from app.backbone.examples import CONDITIONS, Examples
from dsp.vector import BoolArray, Float32Array
from models.stage2.head import Head
from models.stage2.needs import NEEDS, lane_rows, told, told_classes
from models.stage2.physics import FAMILIES, NAMES, PER_FAMILY
from models.stage2.release import HEALTHY
from models.stage2.spectra import FAULT_LANES, SHAFT_LANES, SUPPLY_LANES

EVIDENT = 0.15
"""Severity below which a drawn fault may not show: it is no example of it, nor of health."""
UNCALIBRATED_SHARE = 0.5
"""Cases whose vibration is taken to have no unit, as of many recordings."""
BLUR_DB = np.array([6.0 if name == "velocity_db" else 2.0 for name in NAMES])
"""How far physics features of another machine with the same fault may stand from these."""
READ_OFF = (
    (FAULT_LANES, (*NAMES[: len(FAMILIES) * len(PER_FAMILY)], "envelope_kurtosis_db")),
    (SHAFT_LANES, ("velocity_db",)),
    (SUPPLY_LANES, ("current_unbalance_db",)),
)
"""Physics features that nobody can read without these lanes."""
Embed = Callable[[Float32Array], Float32Array]
"""Spectra ``(n, lanes, bins)`` to embeddings ``(n, width)``."""


@dataclass(frozen=True, slots=True)
class HeadRows:
    """Rows for `models.stage2.head.train_head`.

    Attributes
    ----------
    embeddings, physics : float32 arrays, shape (n, width) and (n, P)
    lanes_masked : bool array, shape (n, lanes)
    labels : tuple of str, length n
        ``healthy`` or a condition.
    units, rigs : tuple of str, length n
        Which case or bearing, and on which rig.
    """

    embeddings: Float32Array
    physics: Float32Array
    lanes_masked: BoolArray
    labels: tuple[str, ...]
    units: tuple[str, ...]
    rigs: tuple[str, ...]

    def inputs(self) -> npt.NDArray[np.float64]:
        """Return what the head takes, shape (n, width + P)."""
        return np.concatenate([self.embeddings, self.physics], axis=1).astype(np.float64)

    def take(self, at: npt.NDArray[np.intp]) -> "HeadRows":
        """Return some of the rows."""
        rows = [int(k) for k in at]
        return HeadRows(
            self.embeddings[at],
            self.physics[at],
            self.lanes_masked[at],
            tuple(self.labels[k] for k in rows),
            tuple(self.units[k] for k in rows),
            tuple(self.rigs[k] for k in rows),
        )

    def probabilities(self, head: Head) -> npt.NDArray[np.float64]:
        """Return what a head makes of the rows, each by what its lanes can tell, shape (n, K)."""
        can = told_classes(head.classes, self.lanes_masked)
        return head.probabilities(self.inputs(), can)


def joined(*parts: HeadRows) -> HeadRows:
    """Return the rows of all parts."""
    return HeadRows(
        np.concatenate([part.embeddings for part in parts]),
        np.concatenate([part.physics for part in parts]),
        np.concatenate([part.lanes_masked for part in parts]),
        tuple(label for part in parts for label in part.labels),
        tuple(unit for part in parts for unit in part.units),
        tuple(rig for part in parts for rig in part.rigs),
    )


def drawn_rows(examples: Examples, embed: Embed, *, views: int, seed: int) -> HeadRows:
    """Return rows of drawn cases, each seen whole and `views` times with senses taken away."""
    some = examples.take(evident(examples))
    random = np.random.default_rng(seed)
    parts = [rows_of(some, embed)]
    parts += [rows_of(without_senses(some, random), embed) for _ in range(views)]
    return joined(*parts)


def rows_of(examples: Examples, embed: Embed) -> HeadRows:
    """Return the rows that show one thing, or nothing, in lanes that can carry it."""
    kept, labels = _labels(examples)
    some = examples.take(kept)
    return HeadRows(
        embed(some.spectra.astype(np.float32)),
        some.physics,
        some.lanes_masked,
        tuple(labels),
        tuple(f"{rig}: {unit}" for rig, unit in zip(some.rigs, some.units, strict=True)),
        tuple(str(rig) for rig in some.rigs),
    )


def _labels(examples: Examples) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Return rows with one label that their lanes can show, and these labels.

    Where no lane is left there is nothing to see, health as little as a fault.
    """
    columns = {condition.value: k for k, condition in enumerate(NEEDS)}
    can, seen = told(examples.lanes_masked), (~examples.lanes_masked).sum(axis=1)
    kept, labels = [], []
    for at, row in enumerate(examples.truth):
        if not seen[at]:
            continue
        names = [CONDITIONS[k] for k in np.flatnonzero(row)]
        if not names or (len(names) == 1 and names[0] in columns and can[at, columns[names[0]]]):
            kept.append(at)
            labels.append(names[0] if names else HEALTHY)
    return np.array(kept, dtype=np.intp), labels


def evident(examples: Examples) -> BoolArray:
    """Say which drawn cases show what they have: no fault, or none that is faint, shape (n,)."""
    numbers = [int(unit.removeprefix(PREFIX)) for unit in examples.units.tolist()]
    faults = [drawn_case(number).scenario.faults for number in numbers]
    return np.array([all((f.severity or 0.0) >= EVIDENT for f in some) for some in faults])


def without_senses(examples: Examples, random: np.random.Generator) -> Examples:
    """See examples as another rig might: fewer senses, foreign lines, no unit, blurred physics."""
    gone = examples.lanes_masked.copy()
    for names, share in DROPPED:
        gone[np.ix_(random.random(len(gone)) < share, lane_rows(names))] = True
    orders = fault_orders(examples.units.tolist())
    spectra = elsewhere(examples.spectra.astype(np.float32), orders, random).astype(np.float16)
    physics = examples.physics + (random.normal(size=examples.physics.shape) * BLUR_DB)
    unscaled = random.random(len(gone)) < UNCALIBRATED_SHARE
    physics[unscaled, NAMES.index("velocity_db")] = np.nan
    return hidden(replace(examples, spectra=spectra, physics=physics.astype(np.float32)), gone)


def hidden(examples: Examples, gone: BoolArray) -> Examples:
    """Take lanes away, shape (n, lanes), and the physics features that are read off them."""
    spectra, physics = examples.spectra.copy(), examples.physics.copy()
    spectra[gone] = 0
    for lanes, features in READ_OFF:
        unread = gone[:, lane_rows(lanes)].all(axis=1)
        physics[np.ix_(unread, np.array([NAMES.index(name) for name in features]))] = np.nan
    return replace(examples, spectra=spectra, lanes_masked=gone, physics=physics)
