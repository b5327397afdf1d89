"""A motor's own healthy baseline on the device's disk: a restart goes on with what was learnt.

One file beside the interlock's. It belongs to one `Setup`: other nameplate, features or source,
and what was normal before says nothing now. A file that cannot be used is said and left alone
until there is a new baseline to replace it.
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from app.fields import Count, MotorId, Token
from app.live_config.sources import Adc, RecordingSource, Simulator, Source
from app.seldom import is_worth_saying
from models.array_json import decode_array, encode_array
from models.baseline import Baseline
from sensors.errors import OutputError
from sensors.output import write_durably
from sensors.recordings.matching import manifest_beside

log = logging.getLogger(__name__)

MAX_BYTES = 8 * 2**20
"""4096 features of six numbers and a flag take 0.6 MB as text."""


class Setup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a baseline stands on.

    Attributes
    ----------
    motor_id, motor_hash
        Which motor, by which nameplate, usual speed and bearings.
    spec_id, features
        Which features, and how many.
    source
        Digest of where its signals come from: see `source_digest`.
    """

    motor_id: MotorId
    motor_hash: Token
    spec_id: Token
    features: Count
    source: Token


class BaselineFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False):
    """The file: a baseline, whose it is, and the SHA-256 of all else in it."""

    setup: Setup
    baseline: Baseline
    version: Literal[1] = 1
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a file gave: a baseline, or why there is none; both empty where there is no file."""

    baseline: Baseline | None = None
    note: str = ""


class BaselineMemory:
    """Recalls one motor's baseline at the start of a run, and keeps it as soon as it is learnt.

    Parameters
    ----------
    path : Path
        The file.
    setup : Setup
        Whose baseline.
    before : BaselineMemory or None
        Of the same process, before the motor was begun anew: a baseline of the same setup that no
        disk has taken yet is gone on with.
    """

    def __init__(self, path: Path, setup: Setup, before: "BaselineMemory | None" = None) -> None:
        self._path, self._setup = path, setup
        self._kept: Baseline | None = None
        self._unkept: Baseline | None = None
        if before is not None and before._setup == setup:
            self._unkept = before._unkept
        self._tries = 0

    def recall(self) -> Baseline | None:
        """Return what was learnt in an earlier run, and say what became of it."""
        whose = {"motor_id": self._setup.motor_id}
        if self._unkept is not None:
            log.info("goes on with its baseline, which no disk has taken yet", extra=whose)
            return self._unkept
        found = load_baseline(self._path, self._setup)
        if found.note:
            log.warning("%s", found.note, extra=whose)
        if found.baseline is not None:
            log.info("goes on with its baseline of %d windows", found.baseline.windows, extra=whose)
        self._kept = found.baseline
        return found.baseline

    def keep(self, baseline: Baseline | None) -> None:
        """Write a baseline that is not on disk yet; a disk that refuses is tried less and less."""
        if baseline is None or baseline is self._kept:
            return
        self._unkept = baseline
        self._tries += 1
        if not is_worth_saying(self._tries):
            return
        try:
            save_baseline(self._path, self._setup, baseline)
        except OutputError as error:
            whose = {"motor_id": self._setup.motor_id}
            log.warning("BaselineNotKept: %s; a restart would learn it anew", error, extra=whose)
            return
        self._kept, self._unkept, self._tries = baseline, None, 0


WORDS = {
    "motor_id": "motor",
    "motor_hash": "nameplate, usual speed or bearings",
    "spec_id": "features (another version of this program)",
    "features": "number of features",
    "source": "source of signals",
}


def source_digest(source: Source) -> str:
    """Return what tells a source from another; how fast it is played is no part of it.

    The content of a manifest or scenario file counts, for it holds the scale of the signals; also
    of a manifest that is not named and found beside the recording.
    """
    facts = msgspec.to_builtins(source)
    for pace in ("speed", "loop"):
        facts.pop(pace, None)
    match source:
        case Simulator(scenario=name):
            beside = name
        case RecordingSource(path=path, manifest=name):
            beside = name or str(manifest_beside(Path(path)))
        case Adc():
            beside = ""
    facts["content"] = _content(Path(beside)) if beside else ""
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()[:16]


def save_baseline(path: Path, setup: Setup, baseline: Baseline) -> None:
    """Write a baseline so that it survives a power cut.

    Raises
    ------
    OutputError
        It cannot be written; what was there before is still there.
    """
    file = BaselineFile(setup=setup, baseline=baseline)
    write_durably(path, _encode(msgspec.structs.replace(file, digest=_digest(file))) + b"\n")


def load_baseline(path: Path, setup: Setup) -> Remembered:
    """Return the baseline of a setup, or say why what is there cannot be used."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
        file = msgspec.json.decode(raw, type=BaselineFile, dec_hook=decode_array)
    except FileNotFoundError:
        return Remembered()
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _lost(path, f"cannot be read: {str(error)[:300]}")
    if file.digest != _digest(file):
        return _lost(path, "was changed or damaged after it was written")
    other = [WORDS[name] for name in WORDS if getattr(file.setup, name) != getattr(setup, name)]
    if other:
        return Remembered(
            note=f"BaselineOfAnotherSetup: {path} was learnt with another {' and '.join(other)}; "
            "this motor's normal is learnt anew, let it run in health"
        )
    if not _fits(file.baseline, setup.features):
        return _lost(path, "holds no baseline of these features")
    return Remembered(file.baseline)


def _fits(baseline: Baseline, features: int) -> bool:
    """Whether all of it has its shape, and what is usable can be reckoned with."""
    rows = (baseline.center, baseline.spread, baseline.usable)
    pairs = (baseline.reference, baseline.low, baseline.high)
    if (
        any(row.shape != (features,) for row in rows)
        or any(pair.shape != (2,) for pair in pairs)
        or baseline.slopes.shape != (features, 2)
    ):
        return False
    used = (baseline.center, baseline.spread, *baseline.slopes.T)
    finite = np.isfinite([each[baseline.usable] for each in used]).all()
    return bool(finite and (baseline.spread[baseline.usable] > 0.0).all())


def _lost(path: Path, why: str) -> Remembered:
    return Remembered(
        note=f"BaselineLost: {path} {why}; this motor's normal is learnt anew, "
        "let it run in health, and check the disk"
    )


def _content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""  # what is ready has a name and no file


def _digest(file: BaselineFile) -> str:
    return hashlib.sha256(_encode(msgspec.structs.replace(file, digest=""))).hexdigest()


def _encode(file: BaselineFile) -> bytes:
    return msgspec.json.encode(file, order="deterministic", enc_hook=encode_array)
