"""Golden vectors: inputs whose answers are known, run at every start of a backend."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.accelerator.config import Cpu
from models.accelerator.tflite_model import TfliteModel
from models.accelerator.worker_process import Worker
from sensors.errors import BackendLost, BadModel

Counts = npt.NDArray[np.int8]
START_S, DEADLINE_S = 60.0, 5.0
WITHIN = 2
"""Kernels differ by one count in how they round; the next layer may make two of it."""


@dataclass(frozen=True, slots=True)
class Golden:
    """Inputs and the outputs that belong to them.

    Attributes
    ----------
    inputs : int8 array, shape (k, *input)
        Counts.
    outputs : int8 array, shape (k, *output)
        Counts.
    within : int
        Counts by which an answer may differ.
    """

    inputs: Counts
    outputs: Counts
    within: int = WITHIN


def make_golden(model: TfliteModel, inputs: Counts) -> Golden:
    """Run inputs on the CPU and keep what comes out, to be shipped with the model.

    Parameters
    ----------
    model : TfliteModel
        Int8, not compiled.
    inputs : int8 array, shape (k, *input)
        A few that make different outputs.

    Raises
    ------
    BackendLost
        The model does not run.
    """
    worker = Worker(Cpu(), model, start_s=START_S, deadline_s=DEADLINE_S)
    try:
        outputs = [worker.run(one).values for one in inputs]
    finally:
        worker.close()
    return Golden(inputs, np.asarray(outputs, dtype=np.int8))


def check_golden(golden: Golden, model: TfliteModel) -> None:
    """Raise unless golden vectors are of a model's shapes.

    Raises
    ------
    BadModel
        They were made for another model, or there are none.
    """
    shapes = golden.inputs.shape[1:], golden.outputs.shape[1:]
    if not len(golden.inputs) or len(golden.inputs) != len(golden.outputs):
        raise BadModel(
            f"{len(golden.inputs)} golden inputs with {len(golden.outputs)} outputs; "
            "a model ships with as many of each, at least one"
        )
    if shapes != (model.input.shape, model.output.shape):
        raise BadModel(
            f"golden vectors of shapes {shapes} for a model of {model.input.shape} and "
            f"{model.output.shape}; they belong to another model"
        )


def self_test(worker: Worker, golden: Golden) -> None:
    """Run the golden vectors on a backend.

    Raises
    ------
    BackendLost
        An answer is further off than allowed; the process is ended.
    """
    for one, wanted in zip(golden.inputs, golden.outputs, strict=True):
        off = np.abs(worker.run(one).values.astype(int) - wanted).max()
        if off > golden.within:
            worker.close()
            raise BackendLost(
                f"{worker.name}: its self-test is {off} counts off; {golden.within} are allowed"
            )
