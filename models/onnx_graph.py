"""ONNX files from a list of steps: models for other runtimes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sensors.errors import MissingDependency

OPSET = 17
IR_VERSION = 8
"""Both of 2022: what is in service reads them."""
ADVICE = "writing ONNX needs onnx; pip install 'motorwatch[exchange]'"
BATCH = "n"
"""Name of the leading size, which is free."""


class Step(NamedTuple):
    """One operator.

    Attributes
    ----------
    operator : str
        Its name in ONNX.
    inputs : sequence of str
        Values and constants it reads.
    output : str
        What it computes.
    options : mapping
        Its attributes.
    """

    operator: str
    inputs: Sequence[str]
    output: str
    options: Mapping[str, Any] = {}


def onnx_file(
    name: str,
    steps: Sequence[Step],
    *,
    inputs: Mapping[str, Sequence[int]],
    outputs: Mapping[str, Sequence[int]],
    constants: Mapping[str, npt.NDArray[Any]],
    kind: type[np.generic],
    facts: Mapping[str, str],
) -> bytes:
    """Write steps as an ONNX file.

    Parameters
    ----------
    name : str
        Of the graph.
    steps : sequence of Step
        In order.
    inputs, outputs : mapping of str to sequence of int
        Sizes after the leading one, which is free.
    constants : mapping of str to array
        Weights and the like.
    kind : type
        Number type of inputs and outputs.
    facts : mapping of str to str
        Kept in the file: names of features or classes, the release.

    Raises
    ------
    MissingDependency
        onnx is not installed.
    """
    try:
        import onnx
        from onnx import helper, numpy_helper
    except ImportError as error:
        raise MissingDependency(ADVICE) from error
    code = helper.np_dtype_to_tensor_dtype(np.dtype(kind))

    def described(values: Mapping[str, Sequence[int]]) -> list[Any]:
        return [
            helper.make_tensor_value_info(key, code, [BATCH, *sizes])
            for key, sizes in values.items()
        ]

    graph = helper.make_graph(
        [helper.make_node(s.operator, list(s.inputs), [s.output], **s.options) for s in steps],
        name,
        described(inputs),
        described(outputs),
        [numpy_helper.from_array(array, key) for key, array in constants.items()],
    )
    model = helper.make_model(
        graph,
        producer_name="motorwatch",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    helper.set_model_props(model, dict(facts))
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())
