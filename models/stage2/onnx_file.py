"""Stage 2 as ONNX, for other runtimes: the float backbone, and the head."""

import numpy as np
import numpy.typing as npt

from models.onnx_graph import Step, onnx_file
from models.stage2.head import Head
from models.stage2.head_inputs import HELD
from models.stage2.net import ConvNet


def to_onnx(net: ConvNet) -> bytes:
    """Write a float backbone: ``spectra (n, lanes, bins)`` to ``embedding (n, width)``, float32.

    Parameters
    ----------
    net : ConvNet
        As trained.

    Raises
    ------
    MissingDependency
        onnx is not installed.
    """
    steps, constants = list[Step](), dict[str, npt.NDArray[np.float32]]()
    held, bins = "spectra", net.bins
    for number, layer in enumerate(net.convolutions):
        name, width = f"conv{number}", layer.weight.shape[1]
        count = -(-bins // layer.stride)
        pad = max((count - 1) * layer.stride + width - bins, 0)
        constants[f"{name}/weight"] = np.ascontiguousarray(layer.weight.transpose(0, 2, 1))
        constants[f"{name}/bias"] = layer.bias
        # TFLite's SAME puts the odd zero at the end.
        options = {"strides": [layer.stride], "pads": [pad // 2, pad - pad // 2]}
        inputs = [held, f"{name}/weight", f"{name}/bias"]
        steps.append(Step("Conv", inputs, f"{name}/sum", options))
        steps.append(Step("Relu", [f"{name}/sum"], name))
        held, bins = name, count
    constants |= {"dense/weight": net.dense_weight, "dense/bias": net.dense_bias}
    steps += [
        Step("Transpose", [held], "by_bin", {"perm": [0, 2, 1]}),
        Step("Flatten", ["by_bin"], "flat", {"axis": 1}),
        Step("Gemm", ["flat", "dense/weight", "dense/bias"], "embedding", {"transB": 1}),
    ]
    return onnx_file(
        "backbone",
        steps,
        inputs={"spectra": [net.lanes, net.bins]},
        outputs={"embedding": [net.width]},
        constants=constants,
        kind=np.float32,
        facts={},
    )


def head_to_onnx(head: Head, *, inputs: tuple[str, ...] = (), release_id: str = "") -> bytes:
    """Write a head: ``inputs (n, q)`` to ``probabilities (n, K)``, float64.

    Inputs are those of `Head.probabilities`, NaN where masked. What is unknown is not in it.

    Parameters
    ----------
    head : Head
        As trained.
    inputs : tuple of str
        Names of the inputs, kept in the file.
    release_id : str
        Where it comes from, likewise.

    Raises
    ------
    MissingDependency
        onnx is not installed.
    """
    return onnx_file(
        "head",
        [
            Step("Sub", ["inputs", "centre"], "offset"),
            Step("Div", ["offset", "scale"], "scaled"),
            Step("IsNaN", ["scaled"], "nan"),
            Step("IsInf", ["scaled"], "infinite"),
            Step("Or", ["nan", "infinite"], "masked"),
            Step("Where", ["masked", "zero", "scaled"], "filled"),
            Step("Clip", ["filled", "low", "high"], "held"),
            Step("MatMul", ["held", "coefficients"], "product"),
            Step("Add", ["product", "intercepts"], "logits"),
            Step("Softmax", ["logits"], "probabilities", {"axis": 1}),
        ],
        inputs={"inputs": [head.centre.size]},
        outputs={"probabilities": [len(head.classes)]},
        constants={
            "centre": head.centre,
            "scale": head.scale,
            "zero": np.array(0.0),
            "low": np.array(-HELD),
            "high": np.array(HELD),
            "coefficients": np.ascontiguousarray(head.coefficients.T),
            "intercepts": head.intercepts,
        },
        kind=np.float64,
        facts={
            "release_id": release_id,
            "inputs": "\n".join(inputs),
            "classes": "\n".join(head.classes),
        },
    )
