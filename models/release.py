"""A stage-1 release: everything a device needs to judge a motor, in one content-addressed file.

Canonical JSON, never a pickle. `release_id` is the SHA-256 of the file's own content without it,
so a changed byte is noticed; saving is atomic.
"""

import hashlib
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from models.array_json import decode_array, encode_array
from models.distance import Scatter
from models.episodes import EpisodeRule
from models.limits import Limit
from models.robust import Floats
from models.threshold import Threshold
from sensors.errors import BadRelease
from sensors.output import write_whole

SCHEMA = 1
MAX_BYTES = 16 * 1024 * 1024


class Provenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a release comes from.

    Attributes
    ----------
    data : dict of str to str
        SHA-256 of every source, by name.
    units : tuple of str
        Physical bearings or machines it was trained on.
    split : str
        How its metrics were obtained.
    metrics : dict of str to float
        What was measured on units left out.
    synthetic : bool
        True where any of it was simulated.
    """

    data: dict[str, str]
    units: tuple[str, ...]
    split: str
    metrics: dict[str, float]
    synthetic: bool


class Learning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a motor's baseline is learnt: both must be reached.

    Attributes
    ----------
    minimum : int
        Windows.
    span_s : float
        Time from the first window.
    """

    minimum: int = 12
    span_s: float = 600.0


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """Stage 1, ready to judge windows of one FeatureSpec; two are the same if their ids are.

    Attributes
    ----------
    spec_id, feature_names : str, tuple of str
        The features it reads, in order.
    coefficients, intercept : array of shape (F,), float
        Logistic score of baseline deviations z.
    hessian : array, shape (F + 1, F + 1)
        Of the negative log-posterior in (coefficients, intercept): its inverse gives the interval.
    least, most : arrays, shape (F,)
        The score reads each z held within these: (0, 20) where only a rise is evidence, (0, 0)
        where the feature is not read.
    spread : array, shape (F,)
        Root mean square of the held z in training: what a masked feature might have been.
    population : array, shape (F,)
        Healthy scale of the training motors about their own baselines; NaN where unknown.
    scatter : Scatter
        For the distance from health.
    alert, danger : Threshold
        On the logit.
    surprise : Threshold
        On ``-log10`` of the chance of the distance.
    limits : tuple of Limit
        Fixed physical limits.
    learning : Learning
        How long a baseline is learnt.
    rule : EpisodeRule
        How windows become alarms; the thresholds hold for this rule.
    provenance : Provenance
        Where it comes from.
    release_id : str
        SHA-256 of all the above; see `seal`.
    """

    spec_id: str
    feature_names: tuple[str, ...]
    coefficients: Floats
    intercept: float
    hessian: Floats
    least: Floats
    most: Floats
    spread: Floats
    population: Floats
    scatter: Scatter
    alert: Threshold
    danger: Threshold
    surprise: Threshold
    limits: tuple[Limit, ...]
    learning: Learning
    rule: EpisodeRule
    provenance: Provenance
    kind: Literal["stage1"] = "stage1"
    schema: Literal[1] = 1
    release_id: str = ""


def seal(release: Release) -> Release:
    """Return the release with its `release_id`, after checking that its parts fit together.

    Raises
    ------
    BadRelease
        Shapes disagree or a number is not finite.
    """
    _check_parts(release)
    return msgspec.structs.replace(release, release_id=_digest(release))


def save_release(release: Release, path: Path) -> None:
    """Write a sealed release: beside the target first, then renamed over it.

    Raises
    ------
    BadRelease
        The release is not sealed, or was changed afterwards.
    OutputError
        The file cannot be written.
    """
    if release.release_id != _digest(release):
        raise BadRelease(f"release {release.release_id or 'without id'} is not sealed; call seal")
    write_whole(path, _encode(release) + b"\n")


def load_release(path: Path) -> Release:
    """Read a release and verify its form, its hash and that its parts fit together.

    Raises
    ------
    BadRelease
        The file is missing, too large, not a stage-1 release of this schema, or was changed.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadRelease(f"release {path} cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise BadRelease(f"release {path} is over {MAX_BYTES} bytes; no stage-1 release is")
    try:
        release = msgspec.json.decode(raw, type=Release, dec_hook=decode_array)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRelease(
            f"release {path} is not a stage-1 release of schema {SCHEMA}: {error}; train a new one"
        ) from error
    if release.release_id != _digest(release):
        raise BadRelease(f"release {path} was changed after it was sealed; fetch it again")
    _check_parts(release)
    return release


def _digest(release: Release) -> str:
    return hashlib.sha256(_encode(msgspec.structs.replace(release, release_id=""))).hexdigest()


def _encode(release: Release) -> bytes:
    return msgspec.json.encode(release, order="deterministic", enc_hook=encode_array)


def _check_parts(release: Release) -> None:
    size = len(release.feature_names)
    shapes = {
        "coefficients": (release.coefficients, (size,)),
        "hessian": (release.hessian, (size + 1, size + 1)),
        "least": (release.least, (size,)),
        "most": (release.most, (size,)),
        "spread": (release.spread, (size,)),
        "covariance": (release.scatter.covariance, (size, size)),
    }
    for name, (array, shape) in shapes.items():
        if array.shape != shape or not np.isfinite(array).all():
            raise BadRelease(
                f"release: {name} must be finite, of shape {shape} for {size} features"
            )
    if release.population.shape != (size,) or release.scatter.known.shape != (size,):
        raise BadRelease(f"release: population and scatter must have {size} features")
    if not np.isfinite([release.intercept, release.scatter.dof, release.scatter.factor]).all():
        raise BadRelease("release: intercept and scatter must be finite")
