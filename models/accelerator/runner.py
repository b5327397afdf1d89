"""Stage 2's network on the backend that is there: the preferred one, or the CPU until it is back.

Every backend passes its golden vectors before it answers for anything. A preferred one that is
lost, stuck, slow or wrong is ended, its window is answered by the CPU, which stands by with the
same model, and a thread tries it again until it is back.
"""

import threading
import time
from collections.abc import Callable

import numpy as np

from dsp.vector import Float32Array
from models.accelerator.config import AcceleratorConfig, Backend, Cpu, backend_name, cpu_of
from models.accelerator.golden import Golden, check_golden, self_test
from models.accelerator.latency import measure
from models.accelerator.model_input import check_models, model_for, to_counts
from models.accelerator.status import Embedding, Event, Status
from models.accelerator.tflite_model import TfliteModel
from models.accelerator.worker_process import Values, Worker
from sensors.errors import BackendLost, BadModel

RUNS = 50
"""Of each backend, for the choice between them."""
STEADY = 100
"""Answers after which a returned backend counts as sound, and probing starts anew from short."""


class Accelerator:
    """Runs an int8 backbone where the configuration wants it, and always somewhere.

    Parameters
    ----------
    config : AcceleratorConfig
        Backends and deadlines.
    model : TfliteModel
        Int8, for the CPU.
    golden : Golden
        Its golden vectors.
    compiled : TfliteModel or None
        The same, compiled for the Edge TPU; without it an Edge TPU cannot be used.
    tell : callable
        Gets every `Event`, also from another thread.

    Raises
    ------
    BadModel
        The model is not int8, is compiled, or the compiled one is another; the golden vectors
        are another model's.
    BackendLost
        Not even the CPU runs it, or it fails its golden vectors there.
    """

    def __init__(
        self,
        config: AcceleratorConfig,
        model: TfliteModel,
        golden: Golden,
        *,
        compiled: TfliteModel | None = None,
        tell: Callable[[Event], None] = lambda event: None,
    ) -> None:
        check_models(model, compiled)
        check_golden(golden, model)
        self._config, self._model, self._compiled = config, model, compiled
        self._golden, self._tell = golden, tell
        self._lock, self._closing = threading.RLock(), threading.Event()
        self._latency_ms: dict[str, float] = {}
        self._lost, self._reason, self._wait_s, self._answered = 0, "", config.probe_s, 0
        self._standby = self._started(cpu_of(config))
        self._preferred: Worker | None = None
        if not isinstance(config.preferred, Cpu):
            self._first_try(config.preferred)

    def embed(self, spectra: Float32Array) -> Embedding:
        """Run the network on one set of spectra.

        Parameters
        ----------
        spectra : float array, shape (lanes, bins)
            Finite; lanes of senses that are missing are masked by whoever made them.

        Raises
        ------
        SpecMismatch
            They are of another shape than the model's.
        BadSamples
            They are no floats, or not all finite.
        BackendLost
            The CPU failed twice.
        """
        counts, saturated = to_counts(spectra, self._model)
        start = time.perf_counter()
        with self._lock:
            name, said = self._run(counts)
        latency_s = time.perf_counter() - start
        values = self._model.output.values(said.astype(np.int8).ravel())
        return Embedding(values, name, latency_s, saturated)

    def status(self) -> Status:
        """Say where the network runs and why."""
        with self._lock:
            active = self._preferred or self._standby
            return Status(
                preferred=backend_name(self._config.preferred),
                active=active.name,
                reason=self._reason,
                lost=self._lost,
                latency_ms=dict(self._latency_ms),
            )

    def close(self) -> None:
        """End all processes; nothing can be run afterwards."""
        self._closing.set()
        with self._lock:
            for worker in (self._preferred, self._standby):
                if worker:
                    worker.close()
            self._preferred = None

    def __enter__(self) -> "Accelerator":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _run(self, counts: Values) -> tuple[str, Values]:
        """Return which backend answered, and what."""
        if self._preferred:
            try:
                said = self._preferred.run(counts).values
            except BackendLost as error:
                self._lose(error)
            else:
                self._answered += 1
                if self._answered == STEADY:
                    self._wait_s = self._config.probe_s
                return self._preferred.name, said
        try:
            return self._standby.name, self._standby.run(counts).values
        except BackendLost as error:
            self._standby = self._started(cpu_of(self._config))
            name = self._standby.name
            self._tell(Event(kind="restarted", backend=name, reason=_why(error, name)))
            return self._standby.name, self._standby.run(counts).values

    def _started(self, backend: Backend) -> Worker:
        """Start a backend, run its golden vectors, measure it."""
        model = model_for(backend, self._model, self._compiled)
        worker = Worker(
            backend, model, start_s=self._config.start_s, deadline_s=self._config.deadline_s
        )
        self_test(worker, self._golden)
        self._latency_ms[worker.name] = measure(worker, self._golden.inputs, RUNS).median_ms
        return worker

    def _first_try(self, backend: Backend) -> None:
        try:
            self._adopt(self._started(backend))
        except BackendLost as error:
            self._lose(error)
        except BadModel as error:
            # Trying again would not change it.
            self._reason = str(error)
            self._tell(Event(kind="lost", backend=backend_name(backend), reason=self._reason))

    def _adopt(self, worker: Worker) -> None:
        """Take a sound backend into use, or leave it if the CPU is faster."""
        cpu_ms, its_ms = self._latency_ms["cpu"], self._latency_ms[worker.name]
        said = f"{its_ms:.3f} ms, {cpu_ms:.3f} ms on the CPU"
        with self._lock:
            if self._closing.is_set():
                worker.close()
                return
            if self._config.choose == "measured" and its_ms > cpu_ms:
                worker.close()
                self._reason = f"{worker.name} is slower: {said}"
                self._tell(Event(kind="slower", backend=worker.name, reason=said))
                return
            self._preferred, self._reason, self._answered = worker, "", 0
        self._tell(Event(kind="returned", backend=worker.name, reason=said))

    def _lose(self, error: BackendLost) -> None:
        """Note that the preferred backend is gone, and start to look for it."""
        name = backend_name(self._config.preferred)
        reason = _why(error, name)
        self._preferred, self._reason = None, reason
        self._lost += 1
        self._tell(Event(kind="lost", backend=name, reason=reason))
        threading.Thread(target=self._seek, name="accelerator probe", daemon=True).start()

    def _seek(self) -> None:
        """Try the preferred backend until it is back, after ever longer waits."""
        while not self._closing.wait(self._wait_s):
            self._wait_s = min(2 * self._wait_s, self._config.longest_probe_s)
            try:
                worker = self._started(self._config.preferred)
            except BackendLost as error:
                self._reason = _why(error, backend_name(self._config.preferred))
                continue
            self._adopt(worker)
            return


def _why(error: BackendLost, name: str) -> str:
    """Return what an error says beside the backend's name."""
    return str(error).removeprefix(f"{name}: ")
