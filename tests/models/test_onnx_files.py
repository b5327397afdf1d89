"""ONNX files against onnxruntime: the backbone, the head, stage 1."""

import numpy as np
import pytest
from conv_nets import random_net, spectra
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("onnx", reason="needs the extra exchange")
pytest.importorskip("onnxruntime", reason="needs the extra crosscheck")

import onnxruntime

from app.template import template_release
from models.anomaly import logistic_score
from models.onnx_stage1 import stage1_to_onnx
from models.stage2.head import train_head
from models.stage2.net import ConvNet
from models.stage2.onnx_file import head_to_onnx, to_onnx


def run(raw: bytes, inputs: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: inputs})


def facts(raw: bytes) -> dict[str, str]:
    session = onnxruntime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    return session.get_modelmeta().custom_metadata_map


@given(
    st.builds(
        random_net,
        seed=st.integers(0, 999),
        lanes=st.integers(1, 6),
        bins=st.integers(3, 70),
        channels=st.lists(st.integers(1, 9), max_size=3).map(tuple),
        width=st.sampled_from([1, 3, 5, 7]),
        stride=st.integers(1, 3),
        embedding=st.integers(1, 20),
    )
)
@settings(max_examples=20, deadline=None)
def test_the_backbone_says_the_same(net: ConvNet) -> None:
    made = spectra(net, 4)
    (said,) = run(to_onnx(net), made)
    np.testing.assert_allclose(said, net.embed(made), rtol=1e-5, atol=1e-5)


def test_the_head_says_the_same_and_names_its_classes() -> None:
    rng = np.random.default_rng(3)
    labels = [("healthy", "unbalance", "bearing_outer_race")[n % 3] for n in range(120)]
    shift = np.array([len(one) for one in labels])[:, None] / 5.0
    embeddings = rng.standard_normal((120, 6)) + shift
    physics = rng.standard_normal((120, 4)) * 1e3
    physics[rng.random(physics.shape) < 0.3] = np.nan
    head = train_head(embeddings, physics, labels, false_unknown=0.01)
    inputs = np.concatenate([embeddings, physics], axis=1)
    inputs[0, 0], inputs[1, 7] = 1e9, np.inf
    raw = head_to_onnx(head, inputs=("a", "b"), release_id="abc")
    (said,) = run(raw, inputs)
    np.testing.assert_allclose(said, head.probabilities(inputs), rtol=0, atol=1e-6)
    kept = facts(raw)
    assert tuple(kept["classes"].split("\n")) == head.classes
    assert kept["inputs"] == "a\nb" and kept["release_id"] == "abc"


def test_stage_one_says_the_same_and_names_its_features() -> None:
    release = template_release()
    z = np.random.default_rng(4).normal(0.0, 12.0, (50, len(release.feature_names)))
    raw = stage1_to_onnx(release)
    logit, probability = run(raw, z)
    mask = np.zeros(z.shape[1], dtype=bool)
    want = np.array([logistic_score(release, one, mask)[0] for one in z])
    np.testing.assert_allclose(logit.ravel(), want, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(probability.ravel(), 1 / (1 + np.exp(-want)), rtol=0, atol=1e-6)
    assert tuple(facts(raw)["features"].split("\n")) == release.feature_names
