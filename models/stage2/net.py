"""The backbone's float network: a stack of strided convolutions and one dense layer."""

from dataclasses import dataclass

import numpy as np

from dsp.vector import Float32Array
from sensors.errors import SpecMismatch

LAYERS = ((16, 7, 2), (24, 5, 2), (32, 5, 4))
"""Outputs, kernel width and stride of each convolution of the backbone that ships."""
EMBEDDING = 32
"""Length of its embedding."""


@dataclass(frozen=True, slots=True)
class ConvLayer:
    """One convolution along the bins, followed by a ReLU.

    Attributes
    ----------
    weight : ndarray
        Kernel, shape ``(outputs, width, inputs)``, float32; the width is odd.
    bias : ndarray
        Shape ``(outputs,)``, float32.
    stride : int
        Bins from one output to the next.
    """

    weight: Float32Array
    bias: Float32Array
    stride: int


@dataclass(frozen=True, slots=True)
class ConvNet:
    """Spectra in, embedding out.

    Convolutions pad with zeros to ``ceil(bins / stride)`` outputs as TFLite's ``SAME`` does; the
    last one's outputs are flattened bin by bin (channels fastest) for the dense layer, which has
    no activation.

    Attributes
    ----------
    lanes : int
        Spectra side by side: the channels of the first convolution.
    bins : int
        Length of each.
    convolutions : tuple of ConvLayer
        In order.
    dense_weight : ndarray
        Shape ``(embedding, flattened)``, float32.
    dense_bias : ndarray
        Shape ``(embedding,)``, float32.
    """

    lanes: int
    bins: int
    convolutions: tuple[ConvLayer, ...]
    dense_weight: Float32Array
    dense_bias: Float32Array

    @property
    def width(self) -> int:
        """Length of the embedding."""
        return self.dense_bias.size

    def embed(self, spectra: Float32Array) -> Float32Array:
        """Compute the embeddings of spectra in float32: the reference for every quantised form.

        Parameters
        ----------
        spectra : ndarray
            Shape ``(n, lanes, bins)``.

        Returns
        -------
        ndarray
            Shape ``(n, width)``, float32.

        Raises
        ------
        SpecMismatch
            Where the spectra are of another shape than the network was made for.
        """
        if spectra.ndim != 3 or spectra.shape[1:] != (self.lanes, self.bins):
            raise SpecMismatch(
                f"spectra of shape {spectra.shape} for a network of (n, {self.lanes}, {self.bins})"
            )
        held = np.ascontiguousarray(spectra.transpose(0, 2, 1), dtype=np.float32)
        for layer in self.convolutions:
            held = np.maximum(_convolve(held, layer), np.float32(0))
        flat = held.reshape(len(held), -1)
        return np.asarray(flat @ self.dense_weight.T + self.dense_bias, dtype=np.float32)


def same_padding(length: int, width: int, stride: int) -> tuple[int, int]:
    """Return the zeros before and after `length` bins that make TFLite's ``SAME`` of them."""
    count = -(-length // stride)
    total = max((count - 1) * stride + width - length, 0)
    return total // 2, total - total // 2


def _convolve(held: Float32Array, layer: ConvLayer) -> Float32Array:
    """Convolve ``(n, bins, inputs)`` along its bins, padded as TFLite's ``SAME``."""
    outputs, width, inputs = layer.weight.shape
    count = -(-held.shape[1] // layer.stride)
    padding = same_padding(held.shape[1], width, layer.stride)
    padded = np.pad(held, ((0, 0), padding, (0, 0)))
    taps = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)[:, :: layer.stride]
    # Windows come as (n, count, inputs, width); the kernel as (outputs, width, inputs).
    kernel = layer.weight.transpose(2, 1, 0).reshape(inputs * width, outputs)
    flat = taps[:, :count].reshape(len(held), count, inputs * width)
    return np.asarray(flat @ kernel + layer.bias, dtype=np.float32)
