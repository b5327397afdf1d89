"""What the Edge TPU takes, what int8 costs, what is faster; the compiler; the commands."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest
from conv_nets import as_input, random_net, spectra
from edgetpu_double import Device, build_driver, compile_for_double
from typer.testing import CliRunner

pytest.importorskip("ai_edge_litert", reason="needs the extra stage2")
pytest.importorskip("ai_edge_quantizer", reason="needs the extra crosscheck")

from ai_edge_litert import interpreter

from app.cli.main import app
from models.accelerator import compiler
from models.accelerator.config import AcceleratorConfig, Cpu, EdgeTpuDelegate, load_config
from models.accelerator.edgetpu import edgetpu_rules, is_compiled, map_operators
from models.accelerator.report import report
from models.accelerator.tflite_model import TfliteModel, operator_names, parse_model
from models.stage2.net import ConvNet
from models.stage2.quantised import quantise
from models.stage2.tflite_file import assemble, pack, unpack
from sensors.errors import BadConfig, BadModel, BadSamples, MissingDependency

ABSOLUTE, RESHAPE = 101, 22


@pytest.fixture(scope="module")
def net() -> ConvNet:
    return random_net(lanes=2, bins=32, channels=(4,), embedding=8)


@pytest.fixture(scope="module")
def plain(net: ConvNet) -> bytes:
    return assemble(net)


@pytest.fixture(scope="module")
def int8(net: ConvNet, plain: bytes) -> bytes:
    return quantise(plain, spectra(net, 500))


def outputs(raw: bytes, made: np.ndarray) -> np.ndarray:
    """Run a file without any of our own processes."""
    model, runner = parse_model(raw), interpreter.Interpreter(model_content=raw)
    runner.allocate_tensors()
    said = []
    for one in as_input(made):
        counts = one if model.input.kind == "float32" else model.input.counts(one)
        runner.set_tensor(model.inputs[0], counts)
        runner.invoke()
        got = runner.get_tensor(model.outputs[0])[0]
        said.append(got if got.dtype == np.float32 else model.output.values(got))
    return np.array(said)


def changed(raw: bytes, change) -> TfliteModel:
    model = unpack(raw)
    change(model)
    return parse_model(pack(model))


def test_the_names_of_operators_are_those_of_the_schema() -> None:
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    known = {number: name for name, number in vars(BuiltinOperator).items() if name[0] != "_"}
    assert operator_names().items() <= known.items()
    assert set(edgetpu_rules().operators) <= set(operator_names().values())


def test_the_whole_backbone_maps(int8: bytes) -> None:
    said = map_operators(parse_model(int8))
    assert [one.operator for one in said] == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]
    assert all(one.mapped for one in said)


def reasons(model: TfliteModel) -> list[str]:
    return [one.reason for one in map_operators(model) if not one.mapped]


def test_what_does_not_map_says_why(plain: bytes, int8: bytes) -> None:
    assert "float32" in reasons(parse_model(plain))[0]

    def strange(model) -> None:
        codes = {code.builtinCode: code for code in model.operatorCodes}
        codes[RESHAPE].builtinCode = codes[RESHAPE].deprecatedBuiltinCode = ABSOLUTE

    said = map_operators(changed(int8, strange))
    assert [one.mapped for one in said] == [True, False, False]
    assert "no such operator" in said[1].reason and "comes after ABS" in said[2].reason

    def dynamic(model) -> None:
        model.subgraphs[0].tensors[0].shapeSignature = [-1, 1, 32, 2]

    assert "static shape" in reasons(changed(int8, dynamic))[0]

    def batch(model) -> None:
        model.subgraphs[0].tensors[0].shape = [4, 1, 32, 2]

    assert "dimensions" in reasons(changed(int8, batch))[0]

    def by_channel(model) -> None:
        for tensor in model.subgraphs[0].tensors:
            if tensor.name == b"dense/weight":
                tensor.quantization.scale = np.repeat(tensor.quantization.scale, 8)
                tensor.quantization.zeroPoint = np.repeat(tensor.quantization.zeroPoint, 8)

    assert "scale a channel" in reasons(changed(int8, by_channel))[0]


def test_the_report_compares_int8_with_float_and_counts_flips(
    net: ConvNet, plain: bytes, int8: bytes
) -> None:
    made = spectra(net, 200, seed=4)
    said = report(
        AcceleratorConfig(),
        parse_model(int8),
        original=parse_model(plain),
        spectra=made,
        decide=lambda embedding: embedding.argmax(axis=1),
        runs=20,
    )
    assert said.choice == "cpu" and not said.compiled and said.mapped == 3
    assert {one.backend for one in said.backends if one.runs} == {"cpu", "cpu-float"}
    for one in said.backends:
        assert one.latency and 0.0 < one.latency.median_ms <= one.latency.p99_ms
    found = said.comparison
    assert found and found.spectra == found.decisions == 200
    got, want = outputs(int8, made), outputs(plain, made)
    assert found.flips == np.count_nonzero(got.argmax(axis=1) != want.argmax(axis=1))
    assert found.rms_share == pytest.approx(np.sqrt(np.mean((got - want) ** 2)) / want.std())
    assert found.greatest == pytest.approx(np.abs(got - want).max())
    assert found.rms_share < 0.1 and found.saturated_inputs < 0.01
    loud = report(
        AcceleratorConfig(),
        parse_model(int8),
        original=parse_model(plain),
        spectra=9 * made,
        runs=20,
    )
    assert loud.comparison and loud.comparison.flips is None
    assert loud.comparison.saturated_inputs > 0.3


def test_without_spectra_nothing_is_compared(plain: bytes, int8: bytes) -> None:
    said = report(AcceleratorConfig(), parse_model(int8), original=parse_model(plain), runs=10)
    assert said.comparison is None and "random" in said.inputs


def test_the_report_refuses_what_does_not_belong_together(
    net: ConvNet, plain: bytes, int8: bytes
) -> None:
    model, config = parse_model(int8), AcceleratorConfig()
    with pytest.raises(BadModel, match="int8"):
        report(config, parse_model(plain), runs=10)
    with pytest.raises(BadModel, match="quantised from"):
        report(config, model, original=model, runs=10)
    with pytest.raises(BadSamples, match="shape"):
        report(config, model, spectra=as_input(spectra(net, 3)), runs=10)
    with pytest.raises(BadSamples, match="finite"):
        report(config, model, spectra=np.full((2, 2, 32), np.nan, dtype=np.float32), runs=10)


def test_the_report_shows_a_device_that_is_there_and_one_that_is_not(tmp_path: Path) -> None:
    net = random_net(lanes=2, bins=32, channels=(), embedding=8)
    model = parse_model(quantise(assemble(net), spectra(net, 50)))
    device, compiled = Device(tmp_path / "state"), compile_for_double(model)
    library = str(build_driver(tmp_path))
    there = EdgeTpuDelegate(library=library, options={"state": str(device.file)})
    config = AcceleratorConfig(preferred=there, choose="stated")
    said = report(config, model, compiled=compiled, runs=20)
    assert said.choice == "edgetpu-delegate" and said.compiled
    assert all(one.runs for one in said.backends)
    device.state = "gone"
    said = report(config, model, compiled=compiled, runs=20)
    assert said.choice == "cpu"
    assert "no Edge TPU found" in said.backends[0].reason


def test_a_configuration_is_read_or_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "accelerator.toml"
    file.write_text(
        'choose = "stated"\n[preferred]\nbackend = "edgetpu-delegate"\noptions = {device = "usb"}'
    )
    got = load_config(file)
    assert got.preferred == EdgeTpuDelegate(options={"device": "usb"}) and got.fallback == Cpu()
    for wrong in (
        '[preferred]\nbackend = "gpu"',
        '[preferred]\nbackend = "edgetpu-pycoral"',
        "deadline_s = 0",
        '[fallback]\nbackend = "edgetpu-delegate"',
        "speed = 3",
    ):
        file.write_text(wrong)
        with pytest.raises(BadConfig, match=r"accelerator\.toml"):
            load_config(file)


def fake_compiler(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = folder / "edgetpu_compiler"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(compiler.shutil, "which", lambda name: str(tool))


def test_the_compiler_is_called_and_what_it_makes_is_checked(
    int8: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, done = tmp_path / "net.tflite", tmp_path / "done.tflite"
    file.write_bytes(int8)
    done.write_bytes(compile_for_double(parse_model(int8)).content)
    # Called as: edgetpu_compiler -s -o FOLDER MODEL
    fake_compiler(
        tmp_path, f'cp "{done}" "$3/$(basename "$4" .tflite)_edgetpu.tflite"', monkeypatch
    )
    made, compiled = compiler.compile_model(file, tmp_path)
    assert made == tmp_path / "net_edgetpu.tflite" and is_compiled(compiled)
    with pytest.raises(BadModel, match="already"):
        compiler.compile_model(made, tmp_path)
    fake_compiler(tmp_path, f'cp "{file}" "$3/net_edgetpu.tflite"', monkeypatch)
    with pytest.raises(BadModel, match="mapped nothing"):
        compiler.compile_model(file, tmp_path)
    fake_compiler(tmp_path, "echo Model not quantized; exit 1", monkeypatch)
    with pytest.raises(BadModel, match="Model not quantized"):
        compiler.compile_model(file, tmp_path)


@pytest.mark.parametrize(
    ("machine", "advice"), [("x86_64", "install"), ("aarch64", "on an x86-64")]
)
def test_without_the_compiler_the_way_to_it_is_said(
    int8: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str, advice: str
) -> None:
    file = tmp_path / "net.tflite"
    file.write_bytes(int8)
    monkeypatch.setattr(compiler.shutil, "which", lambda name: None)
    monkeypatch.setattr(compiler.platform, "machine", lambda: machine)
    with pytest.raises(MissingDependency, match=advice):
        compiler.compile_model(file, tmp_path)


def test_the_report_command_prints_tables_and_json(
    net: ConvNet, plain: bytes, int8: bytes, tmp_path: Path
) -> None:
    files = {"int8.tflite": int8, "float.tflite": plain}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    np.save(tmp_path / "spectra.npy", spectra(net, 20))
    words = ["accelerator", "report", str(tmp_path / "int8.tflite"), "--runs", "10"]
    words += ["--float", str(tmp_path / "float.tflite"), "--spectra", str(tmp_path / "spectra.npy")]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    for said in ("3 of 3 operators", "cpu-float", "spread", "choice: cpu"):
        assert said in shown.output
    got = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert got["choice"] == "cpu" and got["comparison"]["spectra"] == 20
    assert got["backends"][0]["backend"] == "edgetpu-delegate" and not got["backends"][0]["runs"]


def test_spectra_that_are_none_are_refused(int8: bytes, tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(int8)
    words = ["accelerator", "report", str(tmp_path / "net.tflite"), "--spectra"]
    np.savez(tmp_path / "several.npz", a=np.zeros(3))
    (tmp_path / "text.npy").write_text("hello")
    np.save(tmp_path / "pickle.npy", np.array([{}], dtype=object), allow_pickle=True)
    for name in ("several.npz", "text.npy", "pickle.npy", "none.npy"):
        result = CliRunner().invoke(app, [*words, str(tmp_path / name)])
        assert isinstance(result.exception, BadSamples), name
