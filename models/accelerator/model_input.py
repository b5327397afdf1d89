"""What goes into the network, at the door: models that are int8, spectra that are numbers."""

import math

import numpy as np

from dsp.vector import Float32Array
from models.accelerator.config import Backend, Cpu, backend_name
from models.accelerator.edgetpu import is_compiled
from models.accelerator.tflite_model import HIGH, LOW, Tensor, TfliteModel
from models.accelerator.worker_process import Values
from sensors.errors import BadModel, BadSamples, SpecMismatch


def check_models(model: TfliteModel, compiled: TfliteModel | None) -> None:
    """Raise unless a model is int8, and the compiled one has the same input and output.

    Raises
    ------
    BadModel
        It is float, compiled, of another shape than a backbone, or the two differ.
    """
    if is_compiled(model):
        raise BadModel("this model is compiled for the Edge TPU; the CPU needs the plain one")
    for tensor in (model.input, model.output):
        if tensor.kind != "int8":
            raise BadModel(
                f"tensor {tensor.name} is {tensor.kind}; an int8 model is needed: quantise it first"
            )
        _check_scale(tensor)
    if len(model.input.shape) != 4 or model.input.dynamic:
        raise BadModel(f"its input is of shape {model.input.shape}, not (1, 1, bins, lanes)")
    if compiled is None:
        return
    for plain, other in ((model.input, compiled.input), (model.output, compiled.output)):
        if (plain.kind, plain.shape, plain.scales) != (other.kind, other.shape, other.scales):
            raise BadModel("the compiled model has another input or output; compile this one")


def _check_scale(tensor: Tensor) -> None:
    """Raise unless counts of a tensor stand for numbers."""
    scales, zeros = tensor.scales, tensor.zero_points
    one = len(scales) == len(zeros) == 1
    if not one or not 0.0 < scales[0] < math.inf or not LOW <= zeros[0] <= HIGH:
        raise BadModel(
            f"tensor {tensor.name} has scale {scales} and zero point {zeros}; int8 needs one of "
            "each, finite"
        )


def model_for(backend: Backend, plain: TfliteModel, compiled: TfliteModel | None) -> TfliteModel:
    """Return the file that a backend runs.

    Raises
    ------
    BadModel
        An Edge TPU is asked for and there is no compiled file: the plain one would run on the CPU
        under the Edge TPU's name.
    """
    if isinstance(backend, Cpu):
        return plain
    if compiled is None or not is_compiled(compiled):
        raise BadModel(
            f"{backend_name(backend)}: no model compiled for the Edge TPU; see "
            "`motorwatch accelerator compile`"
        )
    return compiled


def to_counts(spectra: Float32Array, model: TfliteModel) -> tuple[Values, int]:
    """Return spectra as the model's int8 input, and how many values its scale cannot hold.

    Parameters
    ----------
    spectra : float array, shape (lanes, bins)
        As the backbone was trained on.
    model : TfliteModel
        Int8; its input is ``(1, 1, bins, lanes)``.

    Raises
    ------
    SpecMismatch
        They are of another shape than the model's.
    BadSamples
        They are no floats, or not all finite.
    """
    given = model.input
    bins, lanes = given.shape[2:]
    if not np.issubdtype(spectra.dtype, np.floating):
        raise BadSamples(f"spectra of type {spectra.dtype}; floats are needed")
    if spectra.shape != (lanes, bins):
        raise SpecMismatch(f"spectra of shape {spectra.shape} for a model of ({lanes}, {bins})")
    if not np.isfinite(spectra).all():
        raise BadSamples("spectra must be finite; mask missing senses before the network")
    counts = given.counts(spectra.T).reshape(given.shape)
    scaled = np.rint(spectra / given.scales[0]) + given.zero_points[0]
    return counts, int(np.count_nonzero((scaled < LOW) | (scaled > HIGH)))
