"""The honesty report: what maps to the Edge TPU, what int8 costs, which backend is faster here."""

from collections.abc import Iterable

import msgspec
import numpy as np
import numpy.typing as npt

from dsp.vector import Float32Array
from models.accelerator.comparison import Comparison, Decide, compare
from models.accelerator.config import AcceleratorConfig, Backend, Cpu, backend_name, cpu_of
from models.accelerator.edgetpu import Mapping, edgetpu_rules, is_compiled, map_operators
from models.accelerator.latency import Latency, measure
from models.accelerator.model_input import check_models, model_for
from models.accelerator.tflite_model import TfliteModel
from models.accelerator.worker_process import Values, Worker
from sensors.errors import BackendLost, BadModel, BadSamples

RANDOM_SPECTRA = 200
SEED = 20


class BackendReport(msgspec.Struct, frozen=True, kw_only=True):
    """One backend on this machine.

    Attributes
    ----------
    backend : str
        Its name; `cpu-float` for the float original on the CPU.
    runs : bool
        Whether it ran the model.
    reason : str
        Why it did not.
    runtime : str
        Library that ran it.
    latency : Latency or None
        What a run takes.
    """

    backend: str
    runs: bool
    reason: str = ""
    runtime: str = ""
    latency: Latency | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of a model on this machine.

    Attributes
    ----------
    size_bytes : int
        Of the model file.
    compiled : bool
        Whether there is a file compiled for the Edge TPU.
    mapped, operators : int, list of Mapping
        How many operators the Edge TPU takes, and what becomes of each.
    rules : str
        Source of that judgement.
    inputs : str
        What the model was run on.
    comparison : Comparison or None
        Int8 beside float; None without the float original or without spectra: what is random
        drives the network where no spectrum does.
    backends : list of BackendReport
        Each that was asked for.
    choice, reason : str
        Backend that would be used, and why.
    """

    size_bytes: int
    compiled: bool
    mapped: int
    operators: list[Mapping]
    rules: str
    inputs: str
    comparison: Comparison | None
    backends: list[BackendReport]
    choice: str
    reason: str


def report(
    config: AcceleratorConfig,
    model: TfliteModel,
    *,
    compiled: TfliteModel | None = None,
    original: TfliteModel | None = None,
    spectra: Float32Array | None = None,
    decide: Decide | None = None,
    runs: int = 1000,
) -> Report:
    """Look at a model, run it on every backend of a configuration, and compare.

    Parameters
    ----------
    config : AcceleratorConfig
        Backends and deadlines.
    model : TfliteModel
        Int8, not compiled.
    compiled, original : TfliteModel or None
        The same compiled for the Edge TPU, and in float.
    spectra : float array, shape (n, lanes, bins), or None
        To run them on; None for random values within the range of the model's input, which will
        do for latencies and not for a comparison.
    decide : callable or None
        A head, for the flips of its decisions.
    runs : int
        For each latency.

    Raises
    ------
    BadModel
        The model is not int8, or the float one is another.
    BadSamples
        Spectra of another shape, or not finite.
    """
    check_models(model, compiled)
    values, said = _values(model, spectra)
    counts = model.input.counts(values)
    backends = [_try(one, model, compiled, config, counts, runs) for one in _backends(config)]
    comparison = None
    if original:
        backends.append(_float(original, model, config, values, runs))
    if original and spectra is not None:
        wanted = _outputs(original, config, values).astype(np.float32)
        got = _outputs(model, config, counts).astype(np.int8)
        comparison = compare(model, counts, got, wanted, decide)
    operators = map_operators(model)
    choice, reason = _choice(config, backends)
    return Report(
        size_bytes=len(model.content),
        compiled=compiled is not None and is_compiled(compiled),
        mapped=sum(one.mapped for one in operators),
        operators=operators,
        rules=edgetpu_rules().source,
        inputs=said,
        comparison=comparison,
        backends=backends,
        choice=choice,
        reason=reason,
    )


def _backends(config: AcceleratorConfig) -> Iterable[Backend]:
    if not isinstance(config.preferred, Cpu):
        yield config.preferred
    yield cpu_of(config)


def _values(model: TfliteModel, spectra: Float32Array | None) -> tuple[Float32Array, str]:
    """Return what to run the model on, shape ``(n, *input)``, and what it is."""
    given = model.input
    bins, lanes = given.shape[2:]
    if spectra is None:
        counts = np.random.default_rng(SEED).integers(-128, 128, (RANDOM_SPECTRA, *given.shape))
        return given.values(counts.astype(np.int8)), "random values over the range of the input"
    if spectra.ndim != 3 or spectra.shape[1:] != (lanes, bins) or not len(spectra):
        raise BadSamples(f"spectra of shape {spectra.shape}; (n, {lanes}, {bins}) is needed")
    if not np.issubdtype(spectra.dtype, np.floating) or not np.isfinite(spectra).all():
        raise BadSamples("spectra must be finite floats")
    turned = np.ascontiguousarray(spectra.transpose(0, 2, 1), dtype=np.float32)
    return turned.reshape(-1, *given.shape), f"{len(spectra)} given spectra"


def _try(
    backend: Backend,
    model: TfliteModel,
    compiled: TfliteModel | None,
    config: AcceleratorConfig,
    counts: Values,
    runs: int,
) -> BackendReport:
    name = backend_name(backend)
    try:
        return _measured(name, backend, model_for(backend, model, compiled), config, counts, runs)
    except (BackendLost, BadModel) as error:
        return BackendReport(backend=name, runs=False, reason=str(error).removeprefix(f"{name}: "))


def _float(
    original: TfliteModel, model: TfliteModel, config: AcceleratorConfig, values: Values, runs: int
) -> BackendReport:
    shapes = (original.input.shape, original.output.shape)
    if shapes != (model.input.shape, model.output.shape) or original.input.kind != "float32":
        raise BadModel(
            f"the float model has {original.input.kind} input and output of {shapes}; "
            "name the file that the int8 model was quantised from"
        )
    return _measured("cpu-float", cpu_of(config), original, config, values, runs)


def _measured(
    name: str,
    backend: Backend,
    model: TfliteModel,
    config: AcceleratorConfig,
    inputs: Values,
    runs: int,
) -> BackendReport:
    worker = Worker(backend, model, start_s=config.start_s, deadline_s=config.deadline_s)
    try:
        latency = measure(worker, inputs, runs)
    finally:
        worker.close()
    return BackendReport(backend=name, runs=True, runtime=worker.runtime, latency=latency)


def _outputs(
    model: TfliteModel, config: AcceleratorConfig, inputs: Values
) -> npt.NDArray[np.generic]:
    worker = Worker(cpu_of(config), model, start_s=config.start_s, deadline_s=config.deadline_s)
    try:
        return np.array([worker.run(one).values for one in inputs])
    finally:
        worker.close()


def _choice(config: AcceleratorConfig, backends: list[BackendReport]) -> tuple[str, str]:
    """Return which backend would be used, as `Accelerator` chooses, and why."""
    there = {one.backend: one.latency.median_ms for one in backends if one.latency}
    there.pop("cpu-float", None)
    if not there:
        return "none", "no backend runs the model"
    wanted = backend_name(config.preferred)
    if config.choose == "stated" and wanted in there:
        return wanted, "stated in the configuration"
    fastest = min(there, key=lambda name: there[name])
    if len(there) == 1:
        return fastest, "the only backend that runs it here"
    others = ", ".join(f"{name} {ms:.3f} ms" for name, ms in there.items())
    return fastest, f"the fastest by measurement: {others}"
