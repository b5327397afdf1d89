"""Examples for the backbone and the head: spectra, physics features and truth, row by row."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from app.backbone.drawn import PREFIX, drawn_case, read_case
from app.workers import shared
from dsp.audit import audit
from dsp.vector import BoolArray, Float32Array
from models.shaft_speed import shaft_speed
from models.stage2.physics import physics_features
from models.stage2.spectra import SpectraSpec, order_spectra
from sensors.capture import Capture
from sensors.conditions import Condition
from sensors.errors import BadConfig
from sensors.motor import Bearing, Motor
from sensors.output import whole_file

Names = npt.NDArray[np.str_]
CONDITIONS = tuple(condition.value for condition in Condition)


@dataclass(frozen=True, slots=True)
class Example:
    """What is seen of one capture with the geometry of one bearing."""

    spectra: Float32Array
    lanes_masked: BoolArray
    physics: Float32Array


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples in rows.

    Attributes
    ----------
    spec_id : str
        Of the spectra.
    spectra : float16 array, shape (n, lanes, bins)
        0 to 1; half precision is finer than the int8 they become.
    lanes_masked : bool array, shape (n, lanes)
        Lanes that could not be measured.
    physics : float32 array, shape (n, P)
        NaN where masked.
    truth : bool array, shape (n, conditions)
        Which of `CONDITIONS` are there; none where healthy.
    units, rigs, titles : str arrays, shape (n,)
        Physical unit, rig and name of each row.
    """

    spec_id: str
    spectra: npt.NDArray[np.float16]
    lanes_masked: BoolArray
    physics: Float32Array
    truth: BoolArray
    units: Names
    rigs: Names
    titles: Names

    def take(self, rows: npt.NDArray[np.intp] | BoolArray) -> "Examples":
        """Return some of the rows."""
        return Examples(
            self.spec_id,
            self.spectra[rows],
            self.lanes_masked[rows],
            self.physics[rows],
            self.truth[rows],
            self.units[rows],
            self.rigs[rows],
            self.titles[rows],
        )


def example_of(
    capture: Capture, motor: Motor, bearing: Bearing | None, spec: SpectraSpec
) -> Example:
    """See a capture as stage 2 does."""
    notes = audit(capture, motor)
    speed = shaft_speed(capture, motor, notes)
    plate = motor.nameplate
    nominal_hz = None if plate.variable_frequency_drive else plate.line_hz
    seen = order_spectra(capture, bearing, notes, speed, nominal_hz=nominal_hz, spec=spec)
    physics = physics_features(capture, motor, bearing, notes, speed)
    return Example(seen.values, seen.mask, physics.values)


def truth_row(conditions: frozenset[Condition]) -> BoolArray:
    """Return which of `CONDITIONS` are in a set, shape (conditions,)."""
    return np.array([name in {one.value for one in conditions} for name in CONDITIONS])


def drawn_example(number: int) -> tuple[Example, frozenset[Condition]]:
    """Simulate one drawn case and see it as stage 2 does."""
    case = drawn_case(number)
    return example_of(read_case(case), case.motor, case.bearing, SpectraSpec()), case.truth


def drawn_examples(numbers: Sequence[int], jobs: int, progress: Callable[[int], None]) -> Examples:
    """Simulate drawn cases; `progress` is told how many are done."""
    rows = []
    for row in shared(drawn_example, numbers, jobs):
        rows.append(row)
        progress(len(rows))
    names = [f"{PREFIX}{number}" for number in numbers]
    return stacked(rows, units=names, rigs=["simulated"] * len(rows), titles=names)


def stacked(
    rows: Sequence[tuple[Example, frozenset[Condition]]],
    *,
    units: Sequence[str],
    rigs: Sequence[str],
    titles: Sequence[str],
) -> Examples:
    """Join examples with their truth into arrays.

    Raises
    ------
    BadConfig
        There are none.
    """
    if not rows:
        raise BadConfig("no examples: nothing labelled could be read")
    return Examples(
        spec_id=SpectraSpec().spec_id,
        spectra=np.stack([example.spectra for example, _ in rows]).astype(np.float16),
        lanes_masked=np.stack([example.lanes_masked for example, _ in rows]),
        physics=np.stack([example.physics for example, _ in rows]),
        truth=np.stack([truth_row(truth) for _, truth in rows]),
        units=np.asarray(units),
        rigs=np.asarray(rigs),
        titles=np.asarray(titles),
    )


def save_examples(examples: Examples, path: Path) -> None:
    """Write examples as NPZ."""
    fields = {name: getattr(examples, name) for name in Examples.__slots__}
    # A file and not its name: numpy would add a suffix to that.
    with whole_file(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **fields)


def digest_of(examples: Examples) -> str:
    """Return the SHA-256 of everything that is learnt from: spectra, features, truth."""
    digest = hashlib.sha256(examples.spec_id.encode())
    for part in (examples.spectra, examples.lanes_masked, examples.physics, examples.truth):
        digest.update(np.ascontiguousarray(part).tobytes())
    digest.update("\n".join(examples.units.tolist()).encode())
    return digest.hexdigest()


def load_examples(path: Path) -> Examples:
    """Read what `save_examples` wrote.

    Raises
    ------
    BadConfig
        The file is none of these, or its examples are of another specification of spectra.
    """
    try:
        # An open file and not its name: of a damaged archive numpy would leave it open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            fields = {name: held[name] for name in Examples.__slots__}
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise BadConfig(f"{path}: no examples of `backbone train`: {error}") from error
    spec_id = str(fields.pop("spec_id"))
    if spec_id != SpectraSpec().spec_id:
        raise BadConfig(f"{path}: examples of spectra {spec_id}; draw them again")
    return Examples(spec_id=spec_id, **fields)
