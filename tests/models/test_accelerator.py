"""The accelerator with a driver that fails, hangs, dies, lies and comes back."""

import ast
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from conv_nets import random_net, spectra
from edgetpu_double import Device, build_driver, compile_for_double

pytest.importorskip("ai_edge_litert", reason="needs the extra stage2")
pytest.importorskip("ai_edge_quantizer", reason="needs the extra crosscheck")

from models.accelerator import latency
from models.accelerator import runner as runner_module
from models.accelerator.config import AcceleratorConfig, Cpu, EdgeTpuDelegate, EdgeTpuPycoral
from models.accelerator.golden import Golden, make_golden
from models.accelerator.runner import Accelerator
from models.accelerator.status import Event
from models.accelerator.tflite_model import TfliteModel, parse_model
from models.accelerator.worker_process import SCRIPT
from models.stage2.net import ConvNet
from models.stage2.quantised import quantise
from models.stage2.tflite_file import assemble, pack, unpack
from sensors.errors import BackendLost, BadModel, BadSamples, SpecMismatch

NAMES = ["edgetpu-delegate", "cpu"]


@pytest.fixture(scope="module")
def net() -> ConvNet:
    return random_net(lanes=2, bins=32, channels=(), embedding=8)


@pytest.fixture(scope="module")
def model(net: ConvNet) -> TfliteModel:
    return parse_model(quantise(assemble(net), spectra(net, 50)))


@pytest.fixture(scope="module")
def golden(model: TfliteModel) -> Golden:
    inputs = np.random.default_rng(5).integers(-128, 128, (3, *model.input.shape))
    return make_golden(model, inputs.astype(np.int8))


@pytest.fixture(scope="module")
def driver(tmp_path_factory) -> Path:
    return build_driver(tmp_path_factory.mktemp("driver"))


class Rig:
    """A device, an accelerator that prefers it, and what it told."""

    def __init__(self, folder: Path, driver: Path, model: TfliteModel, golden: Golden) -> None:
        self.device, self.events = Device(folder / "state"), list[Event]()
        self.told, self.model, self.golden = threading.Condition(), model, golden
        backend = EdgeTpuDelegate(library=str(driver), options={"state": str(self.device.file)})
        self.config = AcceleratorConfig(
            preferred=backend, choose="stated", deadline_s=0.5, start_s=5.0, probe_s=0.1,
            longest_probe_s=0.4,
        )  # fmt: skip

    def tell(self, event: Event) -> None:
        with self.told:
            self.events.append(event)
            self.told.notify_all()

    def wait_for(self, *kinds: str) -> None:
        with self.told:
            seen = lambda: [one.kind for one in self.events] == list(kinds)  # noqa: E731
            assert self.told.wait_for(seen, timeout=30), self.events

    def start(self) -> Accelerator:
        compiled = compile_for_double(self.model)
        return Accelerator(self.config, self.model, self.golden, compiled=compiled, tell=self.tell)


@pytest.fixture
def rig(tmp_path: Path, driver: Path, model: TfliteModel, golden: Golden) -> Rig:
    return Rig(tmp_path, driver, model, golden)


def test_the_cpu_alone_says_what_the_float_network_says(
    net: ConvNet, model: TfliteModel, golden: Golden
) -> None:
    (made,) = spectra(net, 1, seed=8)
    with Accelerator(AcceleratorConfig(), model, golden) as runner:
        said = runner.embed(made)
        assert runner.status().active == "cpu" and not runner.status().reason
    assert said.backend == "cpu" and said.latency_s > 0.0
    want = net.embed(made[None])[0]
    np.testing.assert_allclose(said.values, want, atol=4 * model.output.scales[0])


def test_the_device_answers_as_the_cpu_does_and_is_named(rig: Rig, net: ConvNet) -> None:
    made = spectra(net, 5)
    with Accelerator(AcceleratorConfig(), rig.model, rig.golden) as runner:
        want = [runner.embed(one).values for one in made]
    with rig.start() as runner:
        said = [runner.embed(one) for one in made]
        status = runner.status()
    assert {one.backend for one in said} == {"edgetpu-delegate"}
    assert status.active == "edgetpu-delegate" and sorted(status.latency_ms) == sorted(NAMES)
    count = rig.model.output.scales[0]
    for one, wanted in zip(said, want, strict=True):
        np.testing.assert_allclose(one.values, wanted, atol=1.01 * count)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("gone", "does not answer"),
        ("error", "does not answer"),
        ("hang", "no answer within 0.5 s"),
        ("slow", "no answer within 0.5 s"),
        ("die", "SIGABRT"),
    ],
)
def test_a_lost_device_costs_one_window_nothing_and_returns_by_itself(
    rig: Rig, net: ConvNet, state: str, reason: str
) -> None:
    (made,) = spectra(net, 1)
    with rig.start() as runner:
        rig.wait_for("returned")
        sound = runner.embed(made)
        rig.device.state = state
        said = runner.embed(made)
        assert said.backend == "cpu"
        np.testing.assert_allclose(
            said.values, sound.values, atol=1.01 * rig.model.output.scales[0]
        )
        assert reason in rig.events[1].reason and runner.status().reason
        assert runner.status().lost == 1
        rig.device.state = "ok"
        rig.wait_for("returned", "lost", "returned")
        assert runner.embed(made).backend == "edgetpu-delegate"
        assert runner.status().reason == ""


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("gone", "no Edge TPU found"),
        ("boot", "no answer within 1 s"),
        ("wrong", "self-test is 9 counts off"),
        ("die", "SIGABRT"),
    ],
)
def test_a_device_that_fails_its_start_is_not_used_until_it_passes(
    rig: Rig, net: ConvNet, state: str, reason: str
) -> None:
    (made,) = spectra(net, 1)
    rig.device.state = state
    rig.config = AcceleratorConfig(
        preferred=rig.config.preferred, choose="stated", start_s=1.0, probe_s=0.1
    )
    with rig.start() as runner:
        assert rig.events[0].kind == "lost" and reason in rig.events[0].reason
        assert runner.embed(made).backend == "cpu"
        rig.device.state = "ok"
        rig.wait_for("lost", "returned")
        assert runner.embed(made).backend == "edgetpu-delegate"


def test_the_faster_backend_is_chosen_by_measurement(
    rig: Rig, net: ConvNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made,) = spectra(net, 1)
    rig.device.state = "slow"
    rig.config = AcceleratorConfig(preferred=rig.config.preferred, deadline_s=5.0)
    # Seventy runs of 1.5 s would take minutes.
    monkeypatch.setattr(latency, "WARM_UP", 0)
    monkeypatch.setattr(runner_module, "RUNS", 1)
    with rig.start() as runner:
        assert [one.kind for one in rig.events] == ["slower"]
        assert runner.embed(made).backend == "cpu"
        assert "slower" in runner.status().reason


def test_without_a_compiled_model_the_device_is_not_claimed(
    rig: Rig, net: ConvNet, model: TfliteModel
) -> None:
    (made,) = spectra(net, 1)
    for compiled in (None, model):
        rig.events.clear()
        with Accelerator(rig.config, model, rig.golden, compiled=compiled, tell=rig.tell) as runner:
            assert runner.embed(made).backend == "cpu"
            assert "compile" in runner.status().reason
        assert [one.kind for one in rig.events] == ["lost"]


def test_pycoral_that_is_not_there_is_said_by_name(rig: Rig, net: ConvNet) -> None:
    (made,) = spectra(net, 1)
    for python, reason in ((sys.executable, "pycoral"), ("/no/python3.9", "cannot be started")):
        rig.events.clear()
        rig.config = AcceleratorConfig(preferred=EdgeTpuPycoral(python=python), probe_s=60.0)
        with rig.start() as runner:
            assert runner.embed(made).backend == "cpu"
        assert rig.events[0].kind == "lost" and reason in rig.events[0].reason


PYCORAL = """
from ai_edge_litert.interpreter import Interpreter, load_delegate

def make_interpreter(model_path_or_content, device=None, delegate=None):
    delegate = load_delegate({library!r}, {{"state": device}})
    return Interpreter(model_content=model_path_or_content, experimental_delegates=[delegate])
"""


def test_pycoral_runs_in_an_interpreter_of_its_own(
    rig: Rig, net: ConvNet, driver: Path, tmp_path: Path
) -> None:
    package = tmp_path / "site" / "pycoral" / "utils"
    package.mkdir(parents=True)
    (package / "edgetpu.py").write_text(PYCORAL.format(library=str(driver)))
    python = tmp_path / "python3.9"
    # Isolated from variables, so the stand-in is put on the path by the interpreter itself.
    start = (
        "import runpy, sys; sys.path.insert(0, sys.argv[1]); "
        "runpy.run_path(sys.argv[2], run_name='__main__')"
    )
    python.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -I -c "{start}" "{tmp_path / "site"}" "$2"\n'
    )
    python.chmod(0o755)
    backend = EdgeTpuPycoral(python=str(python), device=str(rig.device.file))
    rig.config = AcceleratorConfig(preferred=backend, choose="stated", probe_s=0.1)
    (made,) = spectra(net, 1)
    with rig.start() as runner:
        assert runner.embed(made).backend == "edgetpu-pycoral", rig.events
        rig.device.state = "die"
        assert runner.embed(made).backend == "cpu"


def test_the_worker_is_written_for_old_pythons_and_needs_numpy_alone() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 7))
    imported = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
    names = {alias.name for one in imported if isinstance(one, ast.Import) for alias in one.names}
    names |= {one.module or "" for one in imported if isinstance(one, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) == {"numpy"}
    # What `feature_version` does not look at: annotations that old Pythons would evaluate.
    modern = [one for one in ast.walk(tree) if isinstance(one, ast.BinOp | ast.Subscript)]
    annotations = {
        id(part)
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef)
        for note in (one.returns, *(each.annotation for each in one.args.args))
        if note is not None
        for part in ast.walk(note)
    }
    wrong = [
        ast.unparse(one)
        for one in modern
        if id(one) in annotations and not ast.unparse(one).startswith("IO[")
    ]
    assert not wrong


def test_the_cpus_own_process_is_started_anew_when_it_dies(
    net: ConvNet, model: TfliteModel, golden: Golden
) -> None:
    (made,) = spectra(net, 1)
    events: list[Event] = []
    with Accelerator(AcceleratorConfig(), model, golden, tell=events.append) as runner:
        want = runner.embed(made).values
        os.kill(runner._standby._channel._process.pid, 9)
        np.testing.assert_array_equal(runner.embed(made).values, want)
    assert [one.kind for one in events] == ["restarted"] and "SIGKILL" in events[0].reason


def test_an_interrupt_from_the_terminal_reaches_the_parent_alone(rig: Rig) -> None:
    with rig.start() as runner:
        processes = [one._channel._process for one in (runner._preferred, runner._standby)]
        groups = {os.getpgid(process.pid) for process in processes}
    assert os.getpgid(0) not in groups


def test_closing_leaves_no_process_behind(rig: Rig) -> None:
    runner = rig.start()
    processes = [one._channel._process for one in (runner._preferred, runner._standby)]
    runner.close()
    assert all(process.poll() is not None for process in processes)


def test_a_stuck_worker_ends_itself_when_its_parent_is_gone(rig: Rig, net: ConvNet) -> None:
    rig.config = AcceleratorConfig(
        preferred=rig.config.preferred, choose="stated", deadline_s=0.2, probe_s=60.0
    )
    with rig.start() as runner:
        worker = runner._preferred
        rig.device.state = "hang"
        process, given = worker._channel._process, rig.model.input
        # As a parent does that dies while it waits for the answer.
        os.write(worker._channel._to, b"R" + given.size.to_bytes(4, "little") + bytes(given.size))
        assert process.wait(10) == -14


def test_the_parent_never_imports_a_runtime() -> None:
    import subprocess

    code = (
        "import sys, models.accelerator.runner\n"
        "assert not [n for n in sys.modules if 'litert' in n or 'tflite_runtime' in n]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_bad_input_is_refused_by_name(net: ConvNet, model: TfliteModel, golden: Golden) -> None:
    (made,) = spectra(net, 1)
    with Accelerator(AcceleratorConfig(), model, golden) as runner:
        with pytest.raises(SpecMismatch, match=r"\(2, 32\)"):
            runner.embed(made.T)
        with pytest.raises(BadSamples, match="floats"):
            runner.embed(made.astype(int))
        made[0, 0] = np.nan
        with pytest.raises(BadSamples, match="finite"):
            runner.embed(made)
        assert runner.embed(np.full_like(made, 1e9)).saturated == made.size
        assert runner.embed(np.zeros_like(made)).saturated == 0


def test_bad_models_are_refused_by_name(net: ConvNet, model: TfliteModel, golden: Golden) -> None:
    config = AcceleratorConfig()
    with pytest.raises(BadModel, match="int8 model is needed"):
        Accelerator(config, parse_model(assemble(net)), golden)
    with pytest.raises(BadModel, match="plain one"):
        Accelerator(config, compile_for_double(model), golden)
    with pytest.raises(BadModel, match="another model"):
        Accelerator(config, model, Golden(golden.inputs[:, :, :, :3], golden.outputs))
    with pytest.raises(BadModel, match="at least one"):
        Accelerator(config, model, Golden(golden.inputs[:0], golden.outputs[:0]))
    with pytest.raises(BackendLost, match="self-test"):
        Accelerator(config, model, Golden(golden.inputs, golden.outputs[::-1].copy()))
    other = compile_for_double(parse_model(quantise(assemble(net), 3 * spectra(net, 50))))
    with pytest.raises(BadModel, match="another input"):
        Accelerator(config, model, golden, compiled=other)


def test_scales_that_are_no_numbers_are_refused(model: TfliteModel, golden: Golden) -> None:
    for scale, zero in (([0.0], [0]), ([np.nan], [0]), ([0.1], [400]), ([0.1], []), ([], [])):
        made = unpack(model.content)
        tensor = made.subgraphs[0].tensors[model.inputs[0]]
        tensor.quantization.scale, tensor.quantization.zeroPoint = scale, zero
        with pytest.raises(BadModel, match="zero point"):
            Accelerator(AcceleratorConfig(), parse_model(pack(made)), golden)


def test_what_the_runtime_cannot_load_is_refused_by_name(model: TfliteModel) -> None:
    inputs = np.zeros((1, *model.input.shape), dtype=np.int8)
    with pytest.raises(BackendLost, match=r"cpu: refused: .*edgetpu-custom-op"):
        make_golden(compile_for_double(model), inputs)


def test_a_process_that_is_no_worker_is_refused_by_name(
    tmp_path: Path, model: TfliteModel, golden: Golden
) -> None:
    liar = tmp_path / "python"
    for script, reason in (
        ("echo garbage that is no frame; exec sleep 60", "what is no answer"),
        ("exec cat", "what is no answer"),
        ("echo sorry >&2; exit 3", r"code 3 \(sorry\)"),
        ("exec sleep 60", "no answer within 1 s"),
    ):
        liar.write_text(f"#!/bin/sh\n{script}\n")
        liar.chmod(0o755)
        with pytest.raises(BackendLost, match=rf"^cpu: .*{reason}.*is {liar}, which .* a Python"):
            Accelerator(
                AcceleratorConfig(preferred=Cpu(python=str(liar)), start_s=1.0), model, golden
            )


def test_an_interpreter_that_is_none_is_named_with_the_setting(
    tmp_path: Path, model: TfliteModel, golden: Golden
) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        with pytest.raises(BackendLost, match=rf"^cpu: {place} cannot be started .*set `python`"):
            Accelerator(AcceleratorConfig(preferred=Cpu(python=str(place))), model, golden)


def test_events_name_the_backend_once(model: TfliteModel, golden: Golden) -> None:
    events: list[Event] = []
    config = AcceleratorConfig(preferred=EdgeTpuDelegate(library="libnowhere.so.1"), probe_s=60.0)
    with Accelerator(
        config, model, golden, compiled=compile_for_double(model), tell=events.append
    ) as runner:
        (lost,) = events
        assert lost.kind == "lost" and lost.text.count("edgetpu-delegate") == 1
        assert runner.status().reason == lost.reason
