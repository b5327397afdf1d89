"""Random networks of the backbone's kind, and spectra for them."""

import numpy as np

from models.stage2.net import ConvLayer, ConvNet


def random_net(
    seed: int = 0,
    *,
    lanes: int = 4,
    bins: int = 256,
    channels: tuple[int, ...] = (8, 16, 16),
    width: int = 5,
    stride: int = 2,
    embedding: int = 16,
) -> ConvNet:
    rng = np.random.default_rng(seed)
    layers, inputs, count = [], lanes, bins
    for outputs in channels:
        weight = rng.standard_normal((outputs, width, inputs)) * np.sqrt(2 / (width * inputs))
        bias = rng.standard_normal(outputs) * 0.1
        layers.append(ConvLayer(weight.astype(np.float32), bias.astype(np.float32), stride))
        inputs, count = outputs, -(-count // stride)
    flat = inputs * count
    dense = rng.standard_normal((embedding, flat)) / np.sqrt(flat)
    bias = rng.standard_normal(embedding) * 0.1
    dense_bias = bias.astype(np.float32)
    return ConvNet(lanes, bins, tuple(layers), dense.astype(np.float32), dense_bias)


def spectra(net: ConvNet, count: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, net.lanes, net.bins)).astype(np.float32)


def as_input(made: np.ndarray) -> np.ndarray:
    """Turn (n, lanes, bins) into n inputs of shape (1, 1, bins, lanes)."""
    return np.ascontiguousarray(made.transpose(0, 2, 1))[:, None, None]
