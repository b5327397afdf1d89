"""The backbone as a float TFLite file, written without TensorFlow.

A graph of CONV_2D with fused ReLU, one RESHAPE and one FULLY_CONNECTED, over an input of shape
``(1, 1, bins, lanes)``: spectra lie along the width, as one-dimensional nets do in TFLite, and no
tensor has more than three sizes above one, which the Edge TPU asks for.
"""

from typing import Any, NamedTuple

import numpy as np

from dsp.vector import Float32Array
from models.stage2.net import ConvLayer, ConvNet
from sensors.errors import MissingDependency

SIGNATURE = "serving_default"
INPUT, OUTPUT = "spectra", "embedding"
IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3
ADVICE = "writing TFLite files needs ai-edge-litert; pip install 'motorwatch[stage2]'"


def assemble(net: ConvNet) -> bytes:
    """Write a network as a float32 TFLite file with a static batch of one.

    Parameters
    ----------
    net : ConvNet
        As trained.

    Returns
    -------
    bytes
        A flatbuffer whose signature `serving_default` maps ``spectra (1, 1, bins, lanes)`` to
        ``embedding (1, width)``.

    Raises
    ------
    MissingDependency
        ai-edge-litert, whose schema this uses, is not installed.
    """
    graph = _Graph()
    held = given = graph.tensor(INPUT, (1, 1, net.bins, net.lanes))
    bins = net.bins
    for number, layer in enumerate(net.convolutions):
        bins = -(-bins // layer.stride)
        held = graph.convolve(held, layer, bins, f"conv{number}")
    flat = graph.reshape(held, (1, net.dense_weight.shape[1]))
    return graph.finish(given, graph.dense(flat, net.dense_weight, net.dense_bias))


def unpack(raw: bytes) -> Any:  # noqa: ANN401 - ModelT of a module without types
    """Return a TFLite file as the schema's objects, to be changed and packed again.

    Raises
    ------
    MissingDependency
        As `assemble`.
    """
    return _schema().ModelT.InitFromPackedBuf(raw)


def pack(model: Any) -> bytes:  # noqa: ANN401 - as above
    """Return the schema's objects as a TFLite file."""
    from flatbuffers import Builder

    builder = Builder()
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def _schema() -> Any:  # noqa: ANN401 - a module without types
    try:
        from ai_edge_litert import schema_py_generated
    except ImportError as error:
        raise MissingDependency(ADVICE) from error
    return schema_py_generated


class _Code(NamedTuple):
    """A builtin operator, the options it takes, and the version that float tensors need."""

    name: str
    options: str
    version: int = 1


CONVOLVE = _Code("CONV_2D", "Conv2DOptions")
RESHAPE = _Code("RESHAPE", "ReshapeOptions")
DENSE = _Code("FULLY_CONNECTED", "FullyConnectedOptions")


class _Graph:
    """A TFLite graph as it grows: tensors and operators by number."""

    def __init__(self) -> None:
        self.schema = _schema()
        self.model, self.graph = self.schema.ModelT(), self.schema.SubGraphT()
        # By convention buffer 0 is empty: that of every tensor that is computed.
        self.model.buffers = [self.schema.BufferT()]
        self.model.operatorCodes, self.codes = [], dict[_Code, int]()
        self.graph.tensors, self.graph.operators = [], []

    def tensor(self, name: str, shape: tuple[int, ...], values: Float32Array | None = None) -> int:
        made = self.schema.TensorT()
        made.name, made.shape, made.type = name, list(shape), self.schema.TensorType.FLOAT32
        made.buffer = 0
        if values is not None:
            buffer = self.schema.BufferT()
            little = np.ascontiguousarray(values, dtype="<f4")
            buffer.data = np.frombuffer(little.tobytes(), dtype=np.uint8)
            made.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(made)
        return len(self.graph.tensors) - 1

    def operator(self, code: _Code, inputs: list[int], output: int, **options: object) -> int:
        made = self.schema.OperatorT()
        made.opcodeIndex = self._code(code)
        made.inputs, made.outputs = inputs, [output]
        made.builtinOptionsType = getattr(self.schema.BuiltinOptions, code.options)
        made.builtinOptions = getattr(self.schema, f"{code.options}T")()
        for name, value in options.items():
            setattr(made.builtinOptions, name, value)
        self.graph.operators.append(made)
        return output

    def _code(self, code: _Code) -> int:
        if code not in self.codes:
            made = self.schema.OperatorCodeT()
            number = getattr(self.schema.BuiltinOperator, code.name)
            # Runtimes and compilers from before 2020 read the old field alone.
            made.builtinCode = made.deprecatedBuiltinCode = number
            made.version = code.version
            self.codes[code] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(made)
        return self.codes[code]

    def convolve(self, held: int, layer: ConvLayer, bins: int, name: str) -> int:
        outputs, width, inputs = layer.weight.shape
        weight = self.tensor(f"{name}/weight", (outputs, 1, width, inputs), layer.weight)
        bias = self.tensor(f"{name}/bias", (outputs,), layer.bias)
        return self.operator(
            CONVOLVE,
            [held, weight, bias],
            self.tensor(name, (1, 1, bins, outputs)),
            padding=self.schema.Padding.SAME,
            strideW=layer.stride,
            strideH=1,
            dilationWFactor=1,
            dilationHFactor=1,
            fusedActivationFunction=self.schema.ActivationFunctionType.RELU,
        )

    def reshape(self, held: int, shape: tuple[int, ...]) -> int:
        return self.operator(RESHAPE, [held], self.tensor("flat", shape), newShape=list(shape))

    def dense(self, held: int, weight: Float32Array, bias: Float32Array) -> int:
        inputs = [
            held,
            self.tensor("dense/weight", weight.shape, weight),
            self.tensor("dense/bias", bias.shape, bias),
        ]
        return self.operator(DENSE, inputs, self.tensor(OUTPUT, (1, bias.size)))

    def finish(self, given: int, output: int) -> bytes:
        self.graph.inputs, self.graph.outputs = [given], [output]
        self.model.version, self.model.description = SCHEMA_VERSION, "motorwatch backbone"
        self.model.subgraphs, self.model.signatureDefs = [self.graph], [self._signature()]
        return pack(self.model)

    def _signature(self) -> Any:  # noqa: ANN401 - as above
        made = self.schema.SignatureDefT()
        made.signatureKey, made.subgraphIndex = SIGNATURE, 0
        made.inputs = [self._named(INPUT, self.graph.inputs[0])]
        made.outputs = [self._named(OUTPUT, self.graph.outputs[0])]
        return made

    def _named(self, name: str, tensor: int) -> Any:  # noqa: ANN401 - as above
        made = self.schema.TensorMapT()
        made.name, made.tensorIndex = name, tensor
        return made
