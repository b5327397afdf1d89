"""The backbone in int8, as the Edge TPU, microcontrollers and CPUs run it.

Weights of convolutions have a scale a channel; those of the dense layer a single one, because
neither the Edge TPU's compiler nor its runtime's age knows dense layers quantised by channel
(TFLite has had them since 2024).
"""

import contextlib
import io
import warnings
from collections.abc import Iterator

import numpy as np

from dsp.vector import Float32Array
from models.accelerator.tflite_model import TfliteModel, operator_names, parse_model
from models.stage2.tflite_file import INPUT, SIGNATURE, pack, unpack
from sensors.errors import BadModel, BadSamples, MissingDependency

ADVICE = "quantising needs ai-edge-quantizer; pip install 'motorwatch[backbone]'"
INT8_VERSIONS = {"CONV_2D": 3, "FULLY_CONNECTED": 4, "RESHAPE": 1}
"""Version of each operator that says int8, as TFLite's own converter states it (op_version.cc)."""


def quantise(float_file: bytes, calibration: Float32Array) -> bytes:
    """Quantise a float backbone to full int8, inputs and outputs included.

    A tensor's scale covers the least and greatest value that the calibration spectra bring about;
    what lies beyond is held there (saturation).

    Parameters
    ----------
    float_file : bytes
        As `models.stage2.tflite_file.assemble` writes it.
    calibration : ndarray
        Spectra that span the operating envelope, shape ``(n, lanes, bins)``; some hundreds.

    Returns
    -------
    bytes
        TFLite file; all its tensors are int8, biases int32.

    Raises
    ------
    BadSamples
        No calibration spectra, of another shape, or not all finite.
    BadModel
        The file is none that can be quantised, or something in it stayed float.
    MissingDependency
        ai-edge-quantizer is not installed.
    """
    model = parse_model(float_file)
    spectra = _calibration(model, calibration)
    try:
        with _quiet():
            raw = _quantised(float_file, spectra)
    except ImportError as error:
        raise MissingDependency(ADVICE) from error
    except (ValueError, RuntimeError, KeyError) as error:
        raise BadModel(f"cannot be quantised: {error}") from error
    return check_int8(_with_versions(raw))


def check_int8(raw: bytes) -> bytes:
    """Return a model file as it is, if every tensor in it is int8 and every bias int32.

    Raises
    ------
    BadModel
        Something in it is of another type or has no scale; the tensor is named.
    """
    model = parse_model(raw)
    biases = {one.inputs[2] for one in model.operators if len(one.inputs) > 2}
    for number, tensor in enumerate(model.tensors):
        wanted = "int32" if number in biases else "int8"
        if tensor.kind != wanted or not tensor.scales:
            raise BadModel(f"tensor {tensor.name} is {tensor.kind}, not quantised {wanted}")
    return raw


def _calibration(model: TfliteModel, spectra: Float32Array) -> Float32Array:
    """Return the spectra as the model takes them, shape ``(n, 1, 1, bins, lanes)``."""
    if len(model.input.shape) != 4 or model.input.kind != "float32":
        raise BadModel(
            f"its input is {model.input.kind} {model.input.shape}, not that of a float "
            "backbone, (1, 1, bins, lanes)"
        )
    bins, lanes = model.input.shape[2:]
    if spectra.ndim != 3 or not len(spectra) or spectra.shape[1:] != (lanes, bins):
        raise BadSamples(
            f"calibration spectra of shape {spectra.shape}; (n, {lanes}, {bins}) is needed"
        )
    if not np.isfinite(spectra).all():
        raise BadSamples("calibration spectra must be finite; mask missing senses with zeros")
    turned = np.ascontiguousarray(spectra.transpose(0, 2, 1), dtype=np.float32)
    return turned[:, None, None]


def _quantised(float_file: bytes, spectra: Float32Array) -> bytes:
    from ai_edge_quantizer import calibrator, qtyping, quantizer, recipe_manager
    from ai_edge_quantizer.utils import qsv_utils

    recipe = recipe_manager.RecipeManager()
    operators, one_scale = qtyping.TFLOperationName, qtyping.QuantGranularity.TENSORWISE
    recipe.add_static_config(".*", operators.ALL_SUPPORTED, 8, 8)
    recipe.add_static_config(".*", operators.FULLY_CONNECTED, 8, 8, one_scale)
    # The default averages the extremes of the samples: outputs beyond that average saturate.
    seen = calibrator.Calibrator(
        float_file, num_threads=1, qsv_update_func=qsv_utils.min_max_update
    )
    seen.calibrate({SIGNATURE: [{INPUT: one} for one in spectra]}, recipe)
    worker = quantizer.Quantizer(float_file, recipe.get_quantization_recipe())
    made = worker.quantize(
        seen.get_model_qsvs(), enable_progress_bar=False, enable_progress_report=False
    )
    return bytes(made.quantized_model)


def _with_versions(raw: bytes) -> bytes:
    """State the operators' int8 versions, which the quantiser leaves at those of float."""
    model = unpack(raw)
    for code in model.operatorCodes:
        name = operator_names().get(code.builtinCode, "")
        code.version = INT8_VERSIONS.get(name, code.version)
    return pack(model)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back the quantiser's progress bars and its remark on memory."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
