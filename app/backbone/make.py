"""The whole of a stage-2 release: draw, train, quantise, head, measure, seal."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np

from app.backbone.embedder import int8_embedder
from app.backbone.examples import Examples, digest_of
from app.backbone.fit import Trained, train_backbone
from app.backbone.head_rows import HeadRows, drawn_rows
from app.backbone.measure import measured
from dsp.vector import Float32Array
from models.accelerator.golden import make_golden
from models.accelerator.model_input import to_counts
from models.accelerator.tflite_model import parse_model
from models.stage2 import physics
from models.stage2.head import train_head
from models.stage2.net import ConvNet
from models.stage2.quantised import ADVICE, quantise
from models.stage2.release import ModelCard, Stage2Release, seal
from models.stage2.spectra import SpectraSpec
from models.stage2.tflite_file import assemble
from sensors.errors import MissingDependency

COMMAND = "motorwatch backbone train"
CALIBRATION = 64
"""Spectra whose extremes set the int8 scales: those of many more are outliers', whose width costs
every other capture precision; what lies beyond saturates."""
GOLDEN = 8
VIEWS = 2
HELD_OUT_VIEWS = 32
"""More of the cases left out: shares of half a per cent are to be told apart."""
FALSE_UNKNOWN = 0.01
"""Share of familiar captures that may be called unknown."""
TEST_SHARE = 0.15
ENVELOPE = (
    "Induction motors of 2 to 6 poles on 50 or 60 Hz mains at steady load, 300 to 3600 rpm; any "
    "of vibration (10 kHz or faster), sound and motor current; two to ten seconds; names one "
    "bearing's faults where its geometry is known."
)
LIMITS = (
    "The backbone and the shipped head have seen simulated machines only.",
    "One fault at a time: of two it names the likelier.",
    "It knows nothing of this motor's own baseline and gives no severity.",
    "Drives, varying speed, gears and belts were not learnt.",
    "An uneven supply is no class: it looks like stator_inter_turn, which is therefore not named "
    "where the rules measure supply_unbalance; without voltages nobody can.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a release is made.

    Attributes
    ----------
    epochs, seed : int
        Of the backbone's training.
    """

    epochs: int
    seed: int


def check_tools() -> None:
    """Say what is missing before minutes go into drawing and training.

    Raises
    ------
    MissingDependency
        No ai-edge-quantizer or ai-edge-litert.
    """
    for name in ("ai_edge_quantizer", "ai_edge_litert"):
        if find_spec(name) is None:
            raise MissingDependency(f"{name} is not installed; {ADVICE}")


def split_cases(examples: Examples) -> tuple[Examples, Examples]:
    """Keep every seventh or so case for the test: the numbers decide, so it is always the same."""
    step = round(1 / TEST_SHARE)
    tested = np.arange(len(examples.units)) % step == step - 1
    return examples.take(~tested), examples.take(tested)


def make_release(
    examples: Examples,
    plan: Plan,
    tell: Callable[[str], None],
) -> tuple[Stage2Release, Trained]:
    """Make a release from drawn cases.

    Parameters
    ----------
    examples : Examples
        Of `app.backbone.examples.drawn_examples`.
    plan : Plan
        Epochs and seed.
    tell : callable
        Told what is going on.
    """
    taught, tested = split_cases(examples)
    trained = train_backbone(
        taught,
        tested,
        epochs=plan.epochs,
        seed=plan.seed,
        progress=lambda epoch, loss, held: tell(
            f"epoch {epoch} of {plan.epochs}: loss {loss:.4f}, on cases left out {held:.4f}"
        ),
    )
    tell("quantising")
    seen = taught.spectra.astype(np.float32)
    net = evened(trained.net, seen)
    calibration = seen[:: max(len(seen) // CALIBRATION, 1)][:CALIBRATION]
    backbone = quantise(assemble(net), calibration)
    model = parse_model(backbone)
    chosen = calibration[:: max(len(calibration) // GOLDEN, 1)][:GOLDEN]
    golden = make_golden(model, np.stack([to_counts(one, model)[0] for one in chosen]))
    tell("training the head")
    embed = int8_embedder(model)
    rows = drawn_rows(taught, embed, views=VIEWS, seed=plan.seed)
    head = train_head(
        rows.embeddings,
        rows.physics,
        rows.labels,
        false_unknown=FALSE_UNKNOWN,
        units=rows.units,
    )
    held = drawn_rows(tested, embed, views=HELD_OUT_VIEWS, seed=plan.seed + 1)
    floats = drawn_rows(tested, net.embed, views=HELD_OUT_VIEWS, seed=plan.seed + 1)
    release = Stage2Release(
        spectra=SpectraSpec(),
        spectra_id=examples.spec_id,
        physics_names=physics.NAMES,
        backbone=backbone,
        golden_inputs=golden.inputs,
        golden_outputs=golden.outputs,
        head=head,
        card=_card(examples, plan, rows, measured(head, held, floats)),
    )
    return seal(release), replace(trained, net=net)


def evened(net: ConvNet, spectra: Float32Array) -> ConvNet:
    """Scale every dimension of the embedding to the same greatest value, 1.

    One int8 scale serves them all: a dimension of half the range would get half the precision.
    The head scales its inputs anyway.
    """
    greatest = np.abs(net.embed(spectra)).max(axis=0)
    scale = np.where(greatest > 0, greatest, np.float32(1)).astype(np.float32)
    return replace(
        net, dense_weight=net.dense_weight / scale[:, None], dense_bias=net.dense_bias / scale
    )


def _card(examples: Examples, plan: Plan, rows: HeadRows, metrics: dict[str, float]) -> ModelCard:
    return ModelCard(
        made_by=f"{COMMAND} --cases {len(examples.units)} --epochs {plan.epochs} "
        f"--seed {plan.seed}",
        cases=len(examples.units),
        seed=plan.seed,
        epochs=plan.epochs,
        head_data={
            f"drawn cases (simulated), {len(rows.labels)} views": f"sha256 {digest_of(examples)}"
        },
        split=f"every {round(1 / TEST_SHARE)}th drawn case left out of backbone, head and limits; "
        "each case is another machine",
        metrics=metrics,
        envelope=ENVELOPE,
        limits=LIMITS,
    )
