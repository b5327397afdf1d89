"""The float backbone against an independent convolution."""

import numpy as np
import pytest
from conv_nets import random_net, spectra
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate

from models.stage2.net import ConvNet, same_padding
from sensors.errors import SpecMismatch


def slowly(net: ConvNet, one: np.ndarray) -> np.ndarray:
    """Return the embedding of one set of spectra, channel by channel, in float64."""
    held = one.astype(np.float64)
    for layer in net.convolutions:
        outputs, width, inputs = layer.weight.shape
        length = held.shape[1]
        count = int(np.ceil(length / layer.stride))
        lacking = max((count - 1) * layer.stride + width - length, 0)
        made = []
        for k in range(outputs):
            total = np.full(count, float(layer.bias[k]))
            for channel in range(inputs):
                padded = np.concatenate(
                    [np.zeros(lacking // 2), held[channel], np.zeros(lacking - lacking // 2)]
                )
                whole = correlate(padded, layer.weight[k, :, channel].astype(float), mode="valid")
                total += whole[:: layer.stride][:count]
            made.append(np.maximum(total, 0.0))
        held = np.stack(made)
    # Bin by bin, channels fastest.
    return net.dense_weight.astype(float) @ held.T.ravel() + net.dense_bias


@given(
    st.builds(
        random_net,
        seed=st.integers(0, 999),
        lanes=st.integers(1, 5),
        bins=st.integers(8, 50),
        channels=st.lists(st.integers(1, 6), max_size=3).map(tuple),
        width=st.sampled_from([1, 3, 5, 7]),
        stride=st.integers(1, 4),
        embedding=st.integers(1, 8),
    )
)
@settings(max_examples=25, deadline=None)
def test_the_embedding_equals_a_slow_convolution(net: ConvNet) -> None:
    made = spectra(net, 3)
    said = net.embed(made)
    assert said.dtype == np.float32 and said.shape == (3, net.width)
    wanted = np.stack([slowly(net, one) for one in made])
    np.testing.assert_allclose(said, wanted, rtol=1e-4, atol=1e-4)


def test_each_row_is_embedded_alone() -> None:
    net = random_net()
    made = spectra(net, 5)
    np.testing.assert_allclose(net.embed(made)[3:4], net.embed(made[3:4]), rtol=1e-5, atol=1e-6)


@given(st.integers(1, 300), st.integers(1, 9), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_padding_is_what_the_outputs_need(length: int, width: int, stride: int) -> None:
    before, after = same_padding(length, width, stride)
    count = -(-length // stride)
    assert after - before in (0, 1)
    assert before + length + after >= (count - 1) * stride + width


@pytest.mark.parametrize("shape", [(4, 256), (1, 256, 4), (1, 4, 255), (1, 5, 256)])
def test_spectra_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SpecMismatch, match=r"4, 256"):
        random_net().embed(np.zeros(shape, dtype=np.float32))
