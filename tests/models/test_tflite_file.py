"""The backbone as TFLite files: float against numpy, int8 against float and tflite-micro."""

import numpy as np
import pytest
from conv_nets import as_input, random_net, spectra
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("ai_edge_litert", reason="needs the extra stage2")
pytest.importorskip("ai_edge_quantizer", reason="needs the extra crosscheck")

from ai_edge_litert import interpreter

from models.accelerator.tflite_model import load_model, parse_model
from models.stage2.net import ConvNet
from models.stage2.quantised import INT8_VERSIONS, check_int8, quantise
from models.stage2.tflite_file import INPUT, OUTPUT, SIGNATURE, assemble
from sensors.errors import BadModel, BadSamples

nets = st.builds(
    random_net,
    seed=st.integers(0, 999),
    lanes=st.integers(1, 6),
    bins=st.integers(3, 70),
    channels=st.lists(st.integers(1, 9), max_size=3).map(tuple),
    width=st.sampled_from([1, 3, 5, 7]),
    stride=st.integers(1, 3),
    embedding=st.integers(1, 20),
)


def run(raw: bytes, inputs: np.ndarray) -> np.ndarray:
    runner = interpreter.Interpreter(model_content=raw, num_threads=1)
    runner.allocate_tensors()
    (given,), (output,) = runner.get_input_details(), runner.get_output_details()
    outputs = []
    for one in inputs:
        runner.set_tensor(given["index"], one)
        runner.invoke()
        outputs.append(runner.get_tensor(output["index"])[0])
    return np.array(outputs)


@pytest.fixture(scope="module")
def net() -> ConvNet:
    return random_net()


@pytest.fixture(scope="module")
def int8(net: ConvNet) -> bytes:
    return quantise(assemble(net), spectra(net, 100))


@given(nets)
@settings(max_examples=25, deadline=None)
def test_a_float_file_says_what_the_network_says(net: ConvNet) -> None:
    made = spectra(net, 3)
    np.testing.assert_allclose(
        run(assemble(net), as_input(made)), net.embed(made), rtol=1e-5, atol=1e-5
    )


def test_the_signature_names_input_and_output(net: ConvNet) -> None:
    runner = interpreter.Interpreter(model_content=assemble(net)).get_signature_runner(SIGNATURE)
    made = spectra(net, 1)
    said = runner(**{INPUT: as_input(made)[0]})[OUTPUT]
    np.testing.assert_allclose(said, net.embed(made), rtol=1e-5, atol=1e-5)


def test_our_reader_sees_what_the_runtime_sees(int8: bytes) -> None:
    model = parse_model(int8)
    runner = interpreter.Interpreter(model_content=int8)
    details = runner.get_tensor_details()[: len(model.tensors)]
    for tensor, seen in zip(model.tensors, details, strict=True):
        assert tensor.name == seen["name"] and tensor.kind == np.dtype(seen["dtype"]).name
        assert tensor.shape == tuple(seen["shape"])
        np.testing.assert_array_equal(tensor.scales, seen["quantization_parameters"]["scales"])
        zeros = seen["quantization_parameters"]["zero_points"]
        np.testing.assert_array_equal(tensor.zero_points, zeros)
    names = [one["op_name"] for one in runner._get_ops_details()][: len(model.operators)]
    assert [one.name for one in model.operators] == names


def test_everything_in_the_int8_file_is_int8_and_biases_int32(int8: bytes) -> None:
    model = parse_model(check_int8(int8))
    kinds = {one.name: one.kind for one in model.tensors}
    assert {kind for name, kind in kinds.items() if name.endswith("bias")} == {"int32"}
    assert {kind for name, kind in kinds.items() if not name.endswith("bias")} == {"int8"}
    assert {one.name: one.version for one in model.operators} == INT8_VERSIONS
    dense = next(one for one in model.tensors if one.name == "dense/weight")
    assert len(dense.scales) == 1


def test_int8_stays_near_float(net: ConvNet, int8: bytes) -> None:
    model, made = parse_model(int8), spectra(net, 200, seed=9)
    got = model.output.values(run(int8, model.input.counts(as_input(made))))
    want = net.embed(made)
    # Uniform noise of 8 bits in each of five tensors: some per cent of the outputs' spread.
    assert np.sqrt(np.mean((got - want) ** 2)) < 0.04 * want.std()


def test_tflite_micro_says_the_same_within_one_count(net: ConvNet, int8: bytes) -> None:
    micro = pytest.importorskip(
        "tflite_micro.python.tflite_micro.runtime", reason="needs the extra crosscheck"
    )
    runner = micro.Interpreter.from_bytes(int8)
    inputs = parse_model(int8).input.counts(as_input(spectra(net, 50, seed=3)))
    outputs = []
    for one in inputs:
        runner.set_input(one, 0)
        runner.invoke()
        outputs.append(runner.get_output(0)[0])
    apart = np.abs(np.array(outputs, dtype=int) - run(int8, inputs))
    assert apart.max() <= 1


def test_quantising_refuses_what_it_cannot_use(net: ConvNet, int8: bytes) -> None:
    raw = assemble(net)
    with pytest.raises(BadSamples, match="shape"):
        quantise(raw, spectra(net, 3)[:, :2])
    with pytest.raises(BadSamples, match="shape"):
        quantise(raw, spectra(net, 0))
    with pytest.raises(BadSamples, match="finite"):
        quantise(raw, np.full((2, net.lanes, net.bins), np.nan, dtype=np.float32))
    with pytest.raises(BadModel, match="int8"):
        quantise(int8, spectra(net, 3))
    with pytest.raises(BadModel, match="spectra is float32"):
        check_int8(raw)


def test_damaged_files_are_refused_by_name(int8: bytes, tmp_path) -> None:
    with pytest.raises(BadModel, match="TFLite"):
        parse_model(b"\0" * 100)
    for keep in (8, 40, 300, len(int8) // 2, len(int8) - 60):
        with pytest.raises(BadModel):
            parse_model(int8[:keep])
    file = tmp_path / "cut.tflite"
    file.write_bytes(int8[:2000])
    with pytest.raises(BadModel, match=r"cut\.tflite"):
        load_model(file)
    with pytest.raises(BadModel, match="cannot be read"):
        load_model(tmp_path / "none.tflite")


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_changed_byte_is_read_or_refused_but_never_escapes(int8: bytes, data) -> None:
    raw = bytearray(int8)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse_model(bytes(raw))
    except BadModel as error:
        assert str(error)
