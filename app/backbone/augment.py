"""What training does to spectra so that the backbone leans on no single sense, line or gain.

Whole senses are dropped, foreign lines stand where they like, floors rise: what rigs differ in.
"""

from dataclasses import dataclass

import numpy as np

from app.backbone.examples import CONDITIONS
from app.backbone.foreign import Floats, draw_into, foreign_lines
from dsp.vector import BoolArray, Float32Array
from models.stage2.needs import NEEDS, lane_rows, told
from models.stage2.spectra import (
    FAULT_LANES,
    SHAFT_LANES,
    SOUND_LANES,
    SUPPLY_LANES,
    SpectraSpec,
)

DROPPED = ((SHAFT_LANES + FAULT_LANES, 0.15), (FAULT_LANES, 0.1), (SOUND_LANES, 0.5),
           (SUPPLY_LANES, 0.4))  # fmt: skip
"""Groups of lanes, and how often each is taken away."""
GAIN = (0.6, 1.2)
NOISE = 0.02
FOREIGN_SHARE = 0.7
"""How often foreign lines are drawn into the vibration, and into the sound."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Spectra with targets, and which of these may be learnt from."""

    spectra: Float32Array
    targets: Float32Array
    weights: Float32Array


def targets_of(truth: BoolArray) -> Float32Array:
    """Return the columns of `NEEDS` from truth over all conditions."""
    columns = [CONDITIONS.index(condition.value) for condition in NEEDS]
    return np.asarray(truth[:, columns], dtype=np.float32)


def augmented(
    spectra: Float32Array,
    masked: BoolArray,
    truth: BoolArray,
    fault_orders: Floats,
    random: np.random.Generator,
) -> Batch:
    """Return a batch as another rig might have given it.

    Parameters
    ----------
    spectra : float32 array, shape (n, lanes, bins)
    masked : bool array, shape (n, lanes)
    truth : bool array, shape (n, conditions)
    fault_orders : float array, shape (n, 4)
        Of the bearing, in the order of the fault lanes; NaN where unknown.
    random : Generator
        Determines everything.
    """
    gone = masked.copy()
    for names, share in DROPPED:
        gone[np.ix_(random.random(len(gone)) < share, lane_rows(names))] = True
    seen = elsewhere(spectra, fault_orders, random)
    seen[gone] = 0.0
    return Batch(seen, targets_of(truth), told(gone).astype(np.float32))


def elsewhere(
    spectra: Float32Array, fault_orders: Floats, random: np.random.Generator
) -> Float32Array:
    """Return spectra at another gain, over another floor, among foreign lines."""
    n, lanes, _ = spectra.shape
    seen = spectra * random.uniform(*GAIN, (n, lanes, 1)).astype(np.float32)
    seen += np.abs(random.normal(0.0, NOISE, seen.shape)).astype(np.float32)
    spec = SpectraSpec()
    for row, orders in zip(seen, fault_orders, strict=True):
        if random.random() < FOREIGN_SHARE:
            lines = foreign_lines(orders, random)
            for lane in (*SHAFT_LANES[1:], *FAULT_LANES):
                draw_into(row, lane, lines, orders, spec)
        for lane in (SHAFT_LANES[0], *SOUND_LANES):
            if random.random() < FOREIGN_SHARE:
                draw_into(row, lane, foreign_lines(orders, random), orders, spec)
    return np.clip(seen, 0.0, 1.0, out=seen)
