"""A backend in a process of its own, as its parent sees it: start, run, end.

The parent imports no TFLite runtime: a driver that hangs or crashes takes its own process down and
nothing else, and its memory is given back with it. Processes are spawned afresh, never forked.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from models.accelerator.channel import Channel
from models.accelerator.config import Backend, backend_name
from models.accelerator.tflite_model import TfliteModel
from sensors.errors import BackendLost

SCRIPT = Path(__file__).with_name("worker.py")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
PATIENCE = 4.0
"""A worker ends itself after this many deadlines, should its parent be gone."""
REFUSED = b"E"

Values = npt.NDArray[np.generic]


class Answer(NamedTuple):
    """What a run gave.

    Attributes
    ----------
    values : ndarray
        The model's output, of its shape and type.
    invoke_s : float
        Time within the runtime, transfer to the device included.
    latency_s : float
        Time as its caller sees it, the way to the process and back included.
    """

    values: Values
    invoke_s: float
    latency_s: float


class Worker:
    """A process with one model loaded.

    Parameters
    ----------
    backend : Cpu, EdgeTpuDelegate or EdgeTpuPycoral
        What to run on.
    model : TfliteModel
        What to run.
    start_s, deadline_s : float
        How long start and each run may take.

    Attributes
    ----------
    name : str
        Of the backend.
    runtime : str
        Library that runs the model, as the process says it.

    Raises
    ------
    BackendLost
        The interpreter or its runtime is missing, the device is, or the model was refused.
    """

    def __init__(
        self, backend: Backend, model: TfliteModel, *, start_s: float, deadline_s: float
    ) -> None:
        self.name = backend_name(backend)
        self._model, self._deadline_s = model, deadline_s
        self._channel = Channel(self._spawn(backend.python or sys.executable))
        options = msgspec.to_builtins(backend)
        options |= {"start_s": PATIENCE * start_s, "answer_s": PATIENCE * deadline_s}
        said = json.dumps(options).encode()
        head = len(said).to_bytes(4, "little")
        doubt = ""
        if backend.python:
            doubt = (
                f"; is {backend.python}, which the settings name as `python`, a Python with numpy "
                "and a TFLite runtime or pycoral?"
            )
        answer = self._ask(b"O", head + said + model.content, b"D", start_s, doubt)
        self.runtime = str(json.loads(answer)["runtime"])

    def run(self, values: Values) -> Answer:
        """Run the model once.

        Parameters
        ----------
        values : ndarray
            Its input, of its shape and type.

        Raises
        ------
        BackendLost
            No right answer in time. The process is ended.
        """
        output = self._model.output
        start = time.perf_counter()
        raw = self._ask(b"R", np.ascontiguousarray(values).tobytes(), b"A", self._deadline_s)
        latency_s = time.perf_counter() - start
        if len(raw) != 8 + output.size * np.dtype(output.kind).itemsize:
            self.close()
            raise BackendLost(f"{self.name}: an answer of {len(raw)} bytes, not the model's")
        said = np.frombuffer(raw, dtype=output.kind, offset=8).reshape(output.shape)
        return Answer(said, int.from_bytes(raw[:8], "little") / 1e9, latency_s)

    def close(self) -> None:
        """End the process."""
        self._channel.close()

    def _spawn(self, python: str) -> subprocess.Popen[bytes]:
        # Isolated: neither the user's folder nor the variables of our own Python belong to it.
        command = [python, "-I", str(SCRIPT)]
        pipe = subprocess.PIPE
        try:
            return subprocess.Popen(
                command,
                bufsize=0,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=os.environ | ONE_THREAD,
                process_group=0,  # an interrupt from the terminal is its parent's to answer
            )
        except OSError as error:
            raise BackendLost(
                f"{self.name}: {python} cannot be started ({error.strerror}); set `python` in the "
                "accelerator settings to the path of an interpreter, or leave it out for this one"
            ) from error

    def _ask(
        self, kind: bytes, content: bytes, wanted: bytes, within_s: float, doubt: str = ""
    ) -> bytes:
        """Return the answer's content; `doubt` is for who wonders why there is none."""
        try:
            got, answer = self._channel.exchange(kind, content, within_s)
        except BackendLost as error:
            self.close()
            raise BackendLost(f"{self.name}: {error}{doubt}") from None
        if got == wanted:
            return answer
        self.close()
        if got != REFUSED:
            raise BackendLost(f"{self.name}: it answers what is no answer{doubt}")
        reason = " ".join(answer.decode("utf-8", "replace").split())[:500]
        raise BackendLost(f"{self.name}: refused: {reason or 'without a reason'}")
