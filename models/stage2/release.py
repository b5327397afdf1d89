"""A stage-2 release: backbone in int8, its golden vectors, head, and what was measured of them.

One content-addressed JSON file; never a pickle. It is read whole or not at all, so a bad one can
never stand in for a good one.
"""

import hashlib
import math
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from models.accelerator.golden import Golden, check_golden
from models.accelerator.model_input import check_models
from models.accelerator.tflite_model import parse_model
from models.array_json import decode_array, encode_array
from models.stage2 import physics
from models.stage2.head import Head
from models.stage2.spectra import LANES, SpectraSpec
from sensors.conditions import parse_labels
from sensors.errors import BadModel, BadRelease, UnknownCondition
from sensors.output import write_whole

MAX_BYTES = 4_000_000
HEALTHY = "healthy"


class ModelCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the release was made of and what was measured of it.

    Attributes
    ----------
    made_by : str
        The command that makes it again.
    cases, seed, epochs : int
        Drawn cases that the backbone learnt from, and where its random numbers start.
    head_data : dict of str to str
        What the head learnt from, by name, with a digest of each.
    split : str
        How measured cases were kept apart from learnt ones.
    metrics : dict of str to float
        Measured on the part left out, by name.
    envelope : str
        What it may be used for.
    limits : tuple of str
        What it cannot do.
    """

    made_by: str
    cases: int
    seed: int
    epochs: int
    head_data: dict[str, str]
    split: str
    metrics: dict[str, float]
    envelope: str
    limits: tuple[str, ...]


class Stage2Release(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False
):
    """Everything that stage 2 needs.

    Attributes
    ----------
    spectra : SpectraSpec
        Axes of the spectra that the backbone takes.
    spectra_id : str
        Digest of axes, lanes and their algorithm.
    physics_names : tuple of str
        Physics features that the head takes beside the embedding.
    backbone : bytes
        TFLite file, int8.
    golden_inputs, golden_outputs : int8 arrays
        Run at every start of a backend.
    head : Head
        Classes and their regression.
    card : ModelCard
        Where it comes from and what it is worth.
    release_id : str
        Digest of all of it; empty before `seal`.
    """

    spectra: SpectraSpec
    spectra_id: str
    physics_names: tuple[str, ...]
    backbone: bytes
    golden_inputs: npt.NDArray[np.int8]
    golden_outputs: npt.NDArray[np.int8]
    head: Head
    card: ModelCard
    kind: Literal["stage2"] = "stage2"
    schema: Literal[1] = 1
    release_id: str = ""

    @property
    def golden(self) -> Golden:
        """The golden vectors as a backend takes them."""
        return Golden(self.golden_inputs, self.golden_outputs)


def seal(release: Stage2Release) -> Stage2Release:
    """Return the release with its `release_id`, after checking that its parts fit together.

    Raises
    ------
    BadRelease
        They do not.
    """
    _check_parts(release)
    return msgspec.structs.replace(release, release_id=_digest(release))


def save_stage2(release: Stage2Release, path: Path) -> None:
    """Write a sealed release: beside the target first, then renamed over it.

    Raises
    ------
    BadRelease
        It is not sealed, or was changed afterwards.
    OutputError
        The file cannot be written.
    """
    if release.release_id != _digest(release):
        raise BadRelease(f"release {release.release_id or 'without id'} is not sealed; call seal")
    write_whole(path, _encode(release) + b"\n")


def load_stage2(path: Path) -> Stage2Release:
    """Read a release and verify its form, its hash and that its parts fit together.

    Raises
    ------
    BadRelease
        The file is missing, too large, not a stage-2 release of this schema, made for other
        spectra or features, or was changed.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadRelease(f"release {path} cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise BadRelease(f"release {path} is over {MAX_BYTES} bytes; no stage-2 release is")
    try:
        release = msgspec.json.decode(raw, type=Stage2Release, dec_hook=decode_array)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRelease(f"release {path} is not a stage-2 release: {error}") from error
    if release.release_id != _digest(release):
        raise BadRelease(f"release {path} was changed after it was sealed; fetch it again")
    _check_parts(release)
    return release


def _digest(release: Stage2Release) -> str:
    bare = msgspec.structs.replace(release, release_id="")
    return hashlib.sha256(_encode(bare)).hexdigest()


def _encode(release: Stage2Release) -> bytes:
    return msgspec.json.encode(release, order="deterministic", enc_hook=encode_array)


def _check_parts(release: Stage2Release) -> None:
    if release.spectra_id != release.spectra.spec_id or release.physics_names != physics.NAMES:
        raise BadRelease(
            "release: made for spectra or physics features of another version; train it anew"
        )
    try:
        model = parse_model(release.backbone)
        check_models(model, None)
        check_golden(release.golden, model)
        parse_labels(name for name in release.head.classes if name != HEALTHY)
    except (BadModel, UnknownCondition) as error:
        raise BadRelease(f"release: {error}") from error
    taken = int(np.prod(model.input.shape))
    if taken != len(LANES) * release.spectra.bins:
        raise BadRelease(
            f"release: the backbone takes {taken} values, the spectra have "
            f"{len(LANES)} lanes of {release.spectra.bins} bins"
        )
    _check_head(release.head, int(np.prod(model.output.shape)), len(release.physics_names))


def _check_head(head: Head, width: int, features: int) -> None:
    classes, inputs = len(head.classes), width + features
    if len(set(head.classes)) < classes or HEALTHY not in head.classes:
        raise BadRelease(f"release: the head needs {HEALTHY!r} and classes that differ")
    shapes = {
        "centre": (head.centre, (inputs,)),
        "scale": (head.scale, (inputs,)),
        "coefficients": (head.coefficients, (classes, inputs)),
        "intercepts": (head.intercepts, (classes,)),
        "standard_errors": (head.standard_errors, (classes, inputs + 1)),
        # A head retrained on fewer classes still knows where the others lie.
        "centres": (head.familiar.centres, (*head.familiar.centres.shape[:1], width)),
        "precision": (head.familiar.precision, (width, width)),
    }
    for name, (array, shape) in shapes.items():
        if array.shape != shape or not array.size or not np.isfinite(array).all():
            raise BadRelease(f"release: head's {name} must be finite, of shape {shape}")
    if not (head.scale > 0).all() or not 0 < head.familiar.limit < math.inf:
        raise BadRelease("release: head's scale and limit of the unknown must be positive")
