"""Runs one TFLite model for a parent process: a script of its own, also under an old Python.

It needs numpy and one runtime, nothing of this package, and keeps to what Python 3.6 knows, so
that `edgetpu-pycoral` may use the Python that Google's pycoral was built for (3.6 to 3.9). Frames
come on standard input and go out on standard output: one byte for the kind, four for the length
(little-endian), then the content.

    O  JSON length (4 bytes), JSON options, model file  ->  D  JSON: what was loaded
    R  one input, as its bytes                          ->  A  8 bytes: ns of the run; the output
    anything that is refused                            ->  E  text

No answer within the limit that the options state ends the process: a parent that died meanwhile
leaves nothing behind.
"""

import importlib
import json
import os
import signal
import struct
import sys
import time
from typing import IO, Any, Callable  # noqa: UP035 - where the oldest Python has it

import numpy as np

Runner = Callable[[bytes], bytes]

HEAD = struct.Struct("<cI")
LENGTH = struct.Struct("<I")
NANOSECONDS = struct.Struct("<Q")
RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter")
PYCORAL = "pycoral.utils.edgetpu"
REFUSALS = (ValueError, RuntimeError, TypeError, KeyError, OSError, ImportError, AttributeError,
            MemoryError)  # fmt: skip


def main() -> None:
    """Answer frames until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    # Libraries print where they like; our answers must stay whole.
    os.dup2(2, 1)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    runner: Runner = _unloaded
    limits = {"O": 60.0, "R": 60.0}
    while True:
        kind, content = read(sys.stdin.buffer)
        if not kind:
            return
        signal.setitimer(signal.ITIMER_REAL, limits[kind])
        try:
            if kind == "O":
                runner, answer, limits = load(content)
                reply = b"D", json.dumps(answer).encode()
            else:
                reply = b"A", runner(content)
        except REFUSALS as error:
            reply = b"E", f"{type(error).__name__}: {error}".encode()
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(HEAD.pack(reply[0], len(reply[1])) + reply[1])
        answers.flush()


def _unloaded(content: bytes) -> bytes:
    raise RuntimeError("no model is loaded")


def read(source: IO[bytes]) -> "tuple[str, bytes]":
    """Return kind and content of the next frame; an empty kind at the end."""
    head = source.read(HEAD.size)
    if len(head) < HEAD.size:
        return "", b""
    kind, length = HEAD.unpack(head)
    return kind.decode(), source.read(length)


def load(content: bytes) -> "tuple[Runner, dict[str, str], dict[str, float]]":
    """Load a model; return how to run it, what was loaded, and the limits stated."""
    (length,) = LENGTH.unpack_from(content)
    options = json.loads(content[LENGTH.size : LENGTH.size + length].decode())
    interpreter, runtime = interpreter_of(options, content[LENGTH.size + length :])
    interpreter.allocate_tensors()
    (given,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    place, kind, shape = given["index"], given["dtype"], tuple(given["shape"])

    def run(raw: bytes) -> bytes:
        values = np.frombuffer(raw, dtype=kind).reshape(shape)
        start = time.perf_counter()
        interpreter.set_tensor(place, values)
        interpreter.invoke()
        said = interpreter.get_tensor(output["index"])
        spent = time.perf_counter() - start
        return NANOSECONDS.pack(int(spent * 1e9)) + bytes(said.tobytes())

    loaded = {"runtime": runtime, "python": sys.version.split()[0]}
    return run, loaded, {"O": options["start_s"], "R": options["answer_s"]}


def interpreter_of(options: "dict[str, Any]", model: bytes) -> "tuple[Any, str]":
    """Return an interpreter for the backend asked for, and the name of its runtime."""
    if options["backend"] == "edgetpu-pycoral":
        # Another project's package on PyPI has the same name, and no such module.
        edgetpu = importlib.import_module(PYCORAL)
        made = edgetpu.make_interpreter(model, device=options["device"] or None)
        return made, "pycoral"
    module = runtime_module()
    delegates = []
    if options["backend"] == "edgetpu-delegate":
        delegates = [module.load_delegate(options["library"], options["options"])]
    made = module.Interpreter(model_content=model, experimental_delegates=delegates, num_threads=1)
    return made, module.__name__.split(".")[0]


def runtime_module() -> Any:  # noqa: ANN401 - whichever there is
    """Return the first TFLite runtime that this Python has."""
    for name in RUNTIMES:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ImportError(
        f"no TFLite runtime in {sys.executable}: pip install ai-edge-litert or tflite-runtime"
    )


if __name__ == "__main__":
    main()
