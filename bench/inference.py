"""One inference of a network of the backbone's shape: int8, float and onnxruntime, on one thread.

Time does not depend on weights, so these are random.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.clock import Rival, cpu_seconds
from bench.replay import ONE_THREAD
from dsp.vector import Float32Array
from models.accelerator.config import AcceleratorConfig
from models.accelerator.golden import make_golden
from models.accelerator.runner import Accelerator
from models.accelerator.tflite_model import TfliteModel, parse_model
from models.stage2.net import EMBEDDING, LAYERS, ConvLayer, ConvNet
from models.stage2.onnx_file import to_onnx
from models.stage2.quantised import quantise
from models.stage2.spectra import LANES, SpectraSpec
from models.stage2.tflite_file import assemble

INT8, FLOAT, ONNX = "int8", "float", "onnxruntime"
ROUNDS, CALLS = 15, 300


def run(rounds: int = ROUNDS, calls: int = CALLS) -> dict[str, float]:
    """Measure in a process of its own, where nothing else has started threads."""
    command = [sys.executable, "-m", "bench.inference", str(rounds), str(calls)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return figures(measured["cpu_s"], measured["whole_s"], measured["worker_mb"])


def figures(cpu_s: dict[str, list[float]], whole_s: float, worker_mb: float) -> dict[str, float]:
    """Return the published figures.

    Parameters
    ----------
    cpu_s : dict of str to list of float
        Processor time of one inference in each round, by runtime.
    whole_s : float
        Wall time of one embedding as the gateway asks for it.
    worker_mb : float
        Most resident memory of the process that runs it.
    """
    times = {name: np.array(seconds) for name, seconds in cpu_s.items()}
    return {
        "stage2_int8_ms": 1e3 * float(np.median(times[INT8])),
        "stage2_int8_over_float": float(np.median(times[INT8] / times[FLOAT])),
        "stage2_int8_over_onnxruntime": float(np.median(times[INT8] / times[ONNX])),
        "stage2_embed_ms": 1e3 * whole_s,
        "stage2_worker_mb": worker_mb,
    }


def random_net() -> ConvNet:
    """Return a network of the backbone's shape."""
    random, inputs, bins = np.random.default_rng(7), len(LANES), SpectraSpec().bins
    layers = []
    for outputs, width, stride in LAYERS:
        weight = random.standard_normal((outputs, width, inputs)) / np.sqrt(width * inputs)
        layers.append(ConvLayer(weight.astype("f4"), np.zeros(outputs, "f4"), stride))
        inputs, bins = outputs, -(-bins // stride)
    dense = random.standard_normal((EMBEDDING, inputs * bins)) / np.sqrt(inputs * bins)
    biases = np.zeros(EMBEDDING, "f4")
    return ConvNet(len(LANES), SpectraSpec().bins, tuple(layers), dense.astype("f4"), biases)


def measure(rounds: int, calls: int) -> dict[str, object]:
    """Time all three runtimes here, then the whole way through the gateway's own process."""
    net = random_net()
    spectra = np.random.default_rng(8).random((100, net.lanes, net.bins), dtype=np.float32)
    raw = assemble(net)
    model = parse_model(quantise(raw, spectra))
    turned = np.ascontiguousarray(spectra[:1].transpose(0, 2, 1))[:, None]
    rivals = {
        INT8: Rival(_tflite(model.content, model.input.counts(turned)), calls),
        FLOAT: Rival(_tflite(raw, turned), calls),
        ONNX: Rival(_onnxruntime(to_onnx(net), spectra[:1]), calls),
    }
    taken = {name: seconds.tolist() for name, seconds in cpu_seconds(rivals, rounds).items()}
    whole_s, worker_mb = _whole(model, spectra)
    return {"cpu_s": taken, "whole_s": whole_s, "worker_mb": worker_mb}


def _tflite(raw: bytes, given: npt.NDArray[Any]) -> Any:  # noqa: ANN401 - a call
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=raw, num_threads=1)
    interpreter.allocate_tensors()
    place = interpreter.get_input_details()[0]["index"]
    output = interpreter.get_output_details()[0]["index"]

    def call() -> object:
        interpreter.set_tensor(place, given)
        interpreter.invoke()
        return interpreter.get_tensor(output)

    return call


def _onnxruntime(raw: bytes, given: Float32Array) -> Any:  # noqa: ANN401 - a call
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"spectra": given})


def _whole(model: TfliteModel, spectra: Float32Array) -> tuple[float, float]:
    """Return wall time of one embedding, and the most memory of the process that computes it."""
    turned = np.ascontiguousarray(spectra[:3].transpose(0, 2, 1))[:, None, None]
    golden = make_golden(model, model.input.counts(turned))
    with Accelerator(AcceleratorConfig(), model, golden) as accelerator:
        seconds = [_timed(accelerator, one) for _ in range(10) for one in spectra]
        (child,) = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        status = Path(f"/proc/{child}/status").read_text()
    return float(np.median(seconds)), int(status.split("VmHWM:")[1].split()[0]) / 1024


def _timed(accelerator: Accelerator, spectra: Float32Array) -> float:
    start = time.perf_counter()
    accelerator.embed(spectra)
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
