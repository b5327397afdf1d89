"""The backbone's training by gradient descent. The only module that imports torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.backbone.augment import augmented, targets_of
from app.backbone.drawn import fault_orders
from app.backbone.examples import Examples
from dsp.vector import Float32Array
from models.stage2.needs import NEEDS, told
from models.stage2.net import EMBEDDING, LAYERS, ConvLayer, ConvNet, same_padding
from sensors.errors import MissingDependency

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MissingDependency(
        "training a backbone needs torch: pip install 'motorwatch[backbone]'"
    ) from error

BATCH = 64
RATE = 2e-3
DECAY = 1e-4
DROPPED_OUT = 0.2
COMPACT = 1e-3
"""Weight of the embedding's mean square in the loss."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A float network with what it scored while it was made.

    Attributes
    ----------
    net : ConvNet
        The network, without the layer that only training needs.
    losses : tuple of (float, float)
        Mean loss of every epoch, on training and on held-out cases.
    """

    net: ConvNet
    losses: tuple[tuple[float, float], ...]


def train_backbone(
    examples: Examples,
    held_out: Examples,
    *,
    epochs: int,
    seed: int,
    progress: Callable[[int, float, float], None],
) -> Trained:
    """Train on examples; the same bits on the same machine every time.

    Minimises the binary cross-entropy of every condition whose lanes are there, by AdamW with a
    cosine schedule, over augmented batches.

    Parameters
    ----------
    examples, held_out : Examples
        What is learnt from, and what is only looked at after every epoch.
    epochs, seed : int
        Passes over the examples; where every random number starts.
    progress : callable
        Told the epoch and both losses.
    """
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    random = np.random.default_rng(seed)
    model = _Model(*examples.spectra.shape[1:])
    orders = fault_orders(examples.units.tolist())
    steps = epochs * -(-len(examples.spectra) // BATCH)
    adam = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    held = _tensors(held_out.spectra, targets_of(held_out.truth), told(held_out.lanes_masked))
    losses = []
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        order = random.permutation(len(examples.spectra))
        for rows in np.split(order, range(BATCH, len(order), BATCH)):
            adam.zero_grad()
            loss = _loss(model, *_batch(examples, orders, rows, random))
            loss.backward()
            adam.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        model.eval()
        with torch.no_grad():
            losses.append((total / len(order), float(_loss(model, *held))))
        progress(epoch, *losses[-1])
    return Trained(_as_net(model, *examples.spectra.shape[1:]), tuple(losses))


class _Model(nn.Module):
    """The backbone, and the layer that turns its embedding into logits while it learns."""

    def __init__(self, lanes: int, bins: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList()
        self.paddings = []
        for outputs, width, stride in LAYERS:
            self.paddings.append(same_padding(bins, width, stride))
            self.convolutions.append(nn.Conv1d(lanes, outputs, width, stride=stride))
            lanes, bins = outputs, -(-bins // stride)
        self.dropout = nn.Dropout(DROPPED_OUT)
        self.dense = nn.Linear(lanes * bins, EMBEDDING)
        self.last = nn.Linear(EMBEDDING, len(NEEDS))

    def forward(self, held: torch.Tensor) -> torch.Tensor:
        """Return the embedding, shape (n, EMBEDDING)."""
        for padding, convolve in zip(self.paddings, self.convolutions, strict=True):
            held = torch.relu(convolve(nn.functional.pad(held, padding)))
        # Flattened bin by bin, channels fastest, as `ConvNet` does.
        embedding: torch.Tensor = self.dense(self.dropout(held.transpose(1, 2).flatten(1)))
        return embedding


def _loss(
    model: _Model, spectra: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    embedding = model(spectra)
    each = nn.functional.binary_cross_entropy_with_logits(
        model.last(embedding), targets, reduction="none"
    )
    # A compact embedding loses little in int8, whose steps span its whole range.
    return (each * weights).sum() / weights.sum().clamp(
        min=1.0
    ) + COMPACT * embedding.square().mean()


def _batch(
    examples: Examples,
    orders: npt.NDArray[np.float64],
    rows: npt.NDArray[np.intp],
    random: np.random.Generator,
) -> list[torch.Tensor]:
    batch = augmented(
        examples.spectra[rows].astype(np.float32),
        examples.lanes_masked[rows],
        examples.truth[rows],
        orders[rows],
        random,
    )
    return _tensors(batch.spectra, batch.targets, batch.weights)


def _tensors(*arrays: npt.NDArray[Any]) -> list[torch.Tensor]:
    return [torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)) for array in arrays]


def _as_net(model: _Model, lanes: int, bins: int) -> ConvNet:
    return ConvNet(
        lanes=lanes,
        bins=bins,
        convolutions=tuple(
            # torch keeps kernels as (outputs, inputs, width).
            ConvLayer(_array(one.weight).transpose(0, 2, 1).copy(), _array(one.bias), one.stride[0])
            for one in model.convolutions
            if isinstance(one, nn.Conv1d)
        ),
        dense_weight=_array(model.dense.weight),
        dense_bias=_array(model.dense.bias),
    )


def _array(parameter: torch.Tensor | None) -> Float32Array:
    assert parameter is not None, "every layer here has a bias"
    return np.asarray(parameter.detach().numpy(), dtype=np.float32).copy()
