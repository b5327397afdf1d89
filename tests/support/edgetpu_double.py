"""An Edge TPU that is not there: its driver compiled from C, and a model 'compiled' for it."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from models.accelerator.edgetpu import COMPILED
from models.accelerator.tflite_model import TfliteModel, parse_model
from models.stage2.tflite_file import pack, unpack

SOURCE = Path(__file__).with_name("fake_edgetpu.c")


def build_driver(folder: Path) -> Path:
    """Compile the driver; skip by name where there is no compiler."""
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("needs gcc")
    library = folder / "libfakeedgetpu.so"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library)]
    subprocess.run([gcc, *flags, str(SOURCE), "-lm"], check=True, capture_output=True)
    return library


def compile_for_double(model: TfliteModel) -> TfliteModel:
    """Put the driver's custom operator in place of a reshape and one dense layer."""
    dense = model.operators[-1]
    given, weight, _ = (model.tensors[number] for number in dense.inputs)
    scale = given.scales[0] * weight.scales[0] / model.output.scales[0]
    head = struct.pack(
        "<4if",
        given.size,
        model.output.size,
        given.zero_points[0],
        model.output.zero_points[0],
        scale,
    )
    made = unpack(model.content)
    graph = made.subgraphs[0]
    stored = [
        np.asarray(made.buffers[graph.tensors[number].buffer].data, dtype=np.uint8).tobytes()
        for number in (dense.inputs[2], dense.inputs[1])
    ]
    assert len(stored[0]) == 4 * model.output.size and weight.zero_points[0] == 0
    operator = graph.operators[-1]
    operator.inputs, operator.outputs = list(model.inputs), list(model.outputs)
    operator.builtinOptionsType, operator.builtinOptions = 0, None
    operator.customOptions = np.frombuffer(head + b"".join(stored), dtype=np.uint8)
    operator.opcodeIndex = 0
    code = made.operatorCodes[0]
    code.builtinCode = code.deprecatedBuiltinCode = 32
    code.customCode, code.version = COMPILED, 1
    made.operatorCodes, graph.operators = [code], [operator]
    return parse_model(pack(made))


class Device:
    """The device's state, as a file that the driver reads."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.state = "ok"

    @property
    def state(self) -> str:
        return self.file.read_text()

    @state.setter
    def state(self, said: str) -> None:
        beside = self.file.with_suffix(".new")
        beside.write_text(said)
        beside.replace(self.file)
