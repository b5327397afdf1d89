"""What a TFLite file holds, read without any runtime: operators, tensors, shapes, scales.

The file comes from outside, and the runtime's own reader may crash on a damaged one; so it is
looked through here first, with every offset checked. Field numbers are those of TensorFlow Lite's
public schema, version 3.
"""

import math
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.accelerator.flatbuffer import I32, U32, Table, root
from sensors.errors import BadModel
from sensors.toml_file import read_toml

MAX_BYTES = 16 * 1024 * 1024
IDENTIFIER = b"TFL3"
CUSTOM = 32
LOW, HIGH = -128, 127
"""What int8 holds."""
I8, I64, F32 = struct.Struct("<b"), struct.Struct("<q"), struct.Struct("<f")
TYPES = {
    0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 6: "bool", 7: "int16",
    9: "int8", 10: "float64",
}  # fmt: skip
"""TensorType of the schema, where numpy has the same."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the graph.

    Attributes
    ----------
    name, kind : str
        Its name; its numpy type, or ``type N`` where numpy has none.
    shape : tuple of int
        Sizes, as the file states them.
    dynamic : bool
        Whether a size is left open until run time.
    constant : bool
        Whether its values are in the file.
    scales : tuple of float
        Real value of one count: one for the tensor or one a channel; empty where it is not
        quantised.
    zero_points : tuple of int
        The count that stands for zero, likewise.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    dynamic: bool
    constant: bool
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    def counts(self, values: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Turn real values into int8 counts, ``round(x / scale) + zero``, held at -128 and 127."""
        scaled = np.rint(np.asarray(values, dtype=np.float64) / self.scales[0])
        return np.asarray(np.clip(scaled + self.zero_points[0], LOW, HIGH), dtype=np.int8)

    def values(self, counts: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
        """Turn int8 counts into real values, ``(q - zero) scale``."""
        offsets = counts.astype(np.float32) - np.float32(self.zero_points[0])
        return np.asarray(offsets * np.float32(self.scales[0]), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of the graph: its operator's name and version, and tensors by number."""

    name: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TfliteModel:
    """A model file and what it holds.

    Attributes
    ----------
    content : bytes
        The file.
    tensors, operators : tuple
        Of its first graph.
    inputs, outputs : tuple of int
        Numbers of the tensors that go in and come out.
    graphs : int
        How many graphs the file has; one, unless it branches or loops.
    """

    content: bytes
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    graphs: int

    @property
    def input(self) -> Tensor:
        """The first tensor that goes in."""
        return self.tensors[self.inputs[0]]

    @property
    def output(self) -> Tensor:
        """The first tensor that comes out."""
        return self.tensors[self.outputs[0]]


def load_model(path: Path) -> TfliteModel:
    """Read a TFLite file.

    Raises
    ------
    BadModel
        It is missing, too large, or not a whole TFLite file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise BadModel(f"model {path} cannot be read: {said}") from error
    try:
        return parse_model(content)
    except BadModel as error:
        raise BadModel(f"model {path}: {error}") from error


def parse_model(content: bytes) -> TfliteModel:
    """Look through a TFLite file.

    Raises
    ------
    BadModel
        It is too large, is no TFLite file, is cut off, or its parts contradict each other.
    """
    if len(content) > MAX_BYTES:
        raise BadModel(f"over {MAX_BYTES >> 20} MB; no model here is")
    if content[4:8] != IDENTIFIER:
        raise BadModel("not a TFLite file; name a .tflite file")
    try:
        return _parse(content)
    except BadModel as error:
        raise BadModel(f"damaged or cut off ({error}); fetch it again") from error


def _parse(content: bytes) -> TfliteModel:
    model = root(content)
    graphs, buffers = model.tables(2), model.tables(4)
    if not graphs:
        raise BadModel("it holds no graph")
    tensors = tuple(_tensor(table, buffers) for table in graphs[0].tables(0))
    codes = model.tables(1)
    operators = tuple(_operator(table, codes, len(tensors)) for table in graphs[0].tables(3))
    inputs = _within(graphs[0].integers(1), len(tensors))
    outputs = _within(graphs[0].integers(2), len(tensors))
    if not (operators and inputs and outputs):
        raise BadModel("its graph has no operators, no input or no output")
    return TfliteModel(content, tensors, operators, inputs, outputs, len(graphs))


def _tensor(table: Table, buffers: list[Table]) -> Tensor:
    name, shape, signature = table.text(3), table.integers(0), table.integers(7)
    number = table.number(1, I8)
    kind, constant = TYPES.get(number, f"type {number}"), False
    buffer = table.number(2, U32)
    if buffer:
        _within((buffer,), len(buffers))
        stored = buffers[buffer].length(0)
        constant = stored > 0
        if constant and kind in TYPES.values():
            needed = math.prod(shape) * np.dtype(kind).itemsize
            if min(shape, default=0) < 0 or stored != needed:
                raise BadModel(f"tensor {name} of shape {shape} has {stored} bytes")
    scale = table.table(4)
    scales, zeros = (scale.numbers(2, F32), scale.integers(3, I64)) if scale else ((), ())
    return Tensor(
        name, kind, shape, -1 in (*shape, *signature), constant, tuple(map(float, scales)), zeros
    )


def _operator(table: Table, codes: list[Table], tensors: int) -> Operator:
    (place,) = _within((table.number(0, U32),), len(codes))
    code = codes[place]
    number = max(code.number(0, I8), code.number(3, I32))
    name = code.text(1) if number == CUSTOM else operator_names().get(number, f"number {number}")
    inputs = table.integers(1)
    # An optional input that is not given is -1.
    _within(tuple(one for one in inputs if one != -1), tensors)
    version = code.number(2, I32, default=1)
    return Operator(name, version, inputs, _within(table.integers(2), tensors))


def _within(numbers: tuple[int, ...], count: int) -> tuple[int, ...]:
    wrong = [number for number in numbers if not 0 <= number < count]
    if wrong:
        raise BadModel(f"it names part {wrong[0]} of {count}")
    return numbers


@cache
def operator_names() -> dict[int, str]:
    """Return the names of TFLite's builtin operators by their numbers."""
    names = read_toml(Path(__file__).with_name("operators.toml"))["names"]
    return dict(enumerate(names))
