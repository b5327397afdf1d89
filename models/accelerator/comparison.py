"""Int8 against float: how far apart they are, what saturates, which decisions flip."""

from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt

from dsp.vector import Float32Array
from models.accelerator.tflite_model import HIGH, LOW, TfliteModel

Decide = Callable[[Float32Array], npt.NDArray[np.int64]]
"""A head: embeddings of shape (n, width) to one class each."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The int8 model beside its float original on the same spectra.

    Attributes
    ----------
    spectra : int
        How many sets were run.
    rms_share : float
        Root mean square difference of the outputs over their standard deviation in float.
    greatest : float
        Greatest difference of one output, in the embedding's own unit.
    greatest_counts : float
        The same in counts of the int8 output.
    saturated_inputs, saturated_outputs : float
        Share of values held at the ends of int8.
    decisions, flips : int or None
        How many decisions a head made, and how many differ; None without a head.
    """

    spectra: int
    rms_share: float
    greatest: float
    greatest_counts: float
    saturated_inputs: float
    saturated_outputs: float
    decisions: int | None
    flips: int | None


def compare(
    model: TfliteModel,
    counts_in: npt.NDArray[np.int8],
    counts_out: npt.NDArray[np.int8],
    wanted: Float32Array,
    decide: Decide | None = None,
) -> Comparison:
    """Compare outputs of an int8 model with those of its float original.

    Parameters
    ----------
    model : TfliteModel
        The int8 one.
    counts_in, counts_out : int8 arrays, shapes (n, *input) and (n, *output)
        What went into it and came out.
    wanted : float32 array, shape (n, *output)
        What float says.
    decide : callable or None
        The head whose decisions are to be compared.
    """
    got = model.output.values(counts_out)
    apart = np.abs(got - wanted)
    flips = None
    if decide:
        rows = len(wanted), -1
        flips = int(np.count_nonzero(decide(got.reshape(rows)) != decide(wanted.reshape(rows))))
    return Comparison(
        spectra=len(wanted),
        rms_share=float(np.sqrt(np.mean(apart**2)) / max(float(wanted.std()), 1e-12)),
        greatest=float(apart.max()),
        greatest_counts=float(apart.max() / model.output.scales[0]),
        saturated_inputs=_at_ends(counts_in),
        saturated_outputs=_at_ends(counts_out),
        decisions=None if decide is None else len(wanted),
        flips=flips,
    )


def _at_ends(counts: npt.NDArray[np.int8]) -> float:
    return float(np.mean((counts == LOW) | (counts == HIGH)))
