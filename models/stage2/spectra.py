"""What stage 2 looks at: compact spectra of all senses in orders, free of rate, gain and geometry.

Each lane is a row of bins from 0 (the floor, or nothing there) to 1. Shaft orders make machines of
different speed alike; lanes in multiples of a bearing's own lines make bearings of different
geometry alike; orders of the supply make grids alike. A lane that cannot be measured is masked and
all zero.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from dsp.audit import refused
from dsp.audit.needs import BEARING_TURNS
from dsp.audit_note import AuditNote
from dsp.bank import LevelBank, amplitude_bank, envelope_bank
from dsp.order import defect_lines
from dsp.vector import BoolArray, Float32Array
from models.shaft_speed import ShaftSpeed
from models.stage2.lanes import over_typical, pooled, scaled
from models.stage2.supply_lanes import supply_lanes
from models.window import tail_spectra
from sensors.capture import Capture, Sense
from sensors.errors import WindowTooShort
from sensors.motor import Bearing

ALGORITHM = 2
"""Raised whenever a lane of the same name is computed differently."""
SHAFT_LANES = ("vibration", "envelope_mean", "envelope_highest")
FAULT_LANES = ("BPFO", "BPFI", "2 x BSF", "FTF")
SOUND_LANES = ("sound", "sound_envelope")
SUPPLY_LANES = ("current", "current_near_line")
LANES = (*SHAFT_LANES, *FAULT_LANES, *SOUND_LANES, *SUPPLY_LANES)


class SpectraSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The axes of the lanes, and how decibels become numbers.

    Attributes
    ----------
    bins : int
        Length of every lane.
    bins_per_order : int
        Of lanes in shaft orders, and of ``current`` in orders of the supply.
    bins_per_multiple : int
        Of lanes in multiples of a bearing's line.
    near_order : float
        ``current_near_line`` reaches this far to either side of the line, in orders of it.
    span_db : float
        Height over the floor that is 1.
    carrier_span_db : tuple of float
        Levels in dBc that are 0 and 1, in lanes of the current.
    """

    bins: int = 256
    bins_per_order: int = 16
    bins_per_multiple: int = 64
    near_order: float = 0.16
    span_db: float = 40.0
    carrier_span_db: tuple[float, float] = (-90.0, -10.0)

    @property
    def spec_id(self) -> str:
        """Digest of lanes and axes: networks meet only spectra of their own spec."""
        content = (ALGORITHM, self, LANES)
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class OrderSpectra:
    """All lanes of one capture, for one of the motor's bearings.

    Attributes
    ----------
    values : float32 array, shape (lanes, bins)
        0 to 1; a masked lane is zero.
    mask : bool array, shape (lanes,)
        True where the lane could not be measured.
    """

    values: Float32Array
    mask: BoolArray


def order_spectra(
    capture: Capture,
    bearing: Bearing | None,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
    *,
    nominal_hz: float | None,
    spec: SpectraSpec,
) -> OrderSpectra:
    """Bring a capture onto the lanes of a spec.

    Parameters
    ----------
    capture : Capture
        Its last ten seconds are read.
    bearing : Bearing or None
        Whose lines the fault lanes follow; without one they are masked.
    notes : tuple of AuditNote
        Channels that the audit refuses are not looked at.
    speed : ShaftSpeed or None
        Without it everything in shaft orders is masked.
    nominal_hz : float or None
        Frequency of the grid that feeds the motor; None behind a drive.
    spec : SpectraSpec
        Axes.
    """
    lanes: dict[str, Float32Array] = {}
    if speed is not None:
        lanes |= _vibration(capture, bearing, notes, speed.hz, spec)
        lanes |= _sound(capture, notes, speed.hz, spec)
    lanes |= supply_lanes(
        capture,
        notes,
        nominal_hz=nominal_hz,
        bins=spec.bins,
        bins_per_order=spec.bins_per_order,
        near_order=spec.near_order,
        carrier_span_db=spec.carrier_span_db,
    )
    empty = np.zeros(spec.bins, np.float32)
    return OrderSpectra(
        values=np.stack([lanes.get(name, empty) for name in LANES]),
        mask=np.array([name not in lanes for name in LANES]),
    )


def _vibration(
    capture: Capture,
    bearing: Bearing | None,
    notes: tuple[AuditNote, ...],
    shaft_hz: float,
    spec: SpectraSpec,
) -> dict[str, Float32Array]:
    lines = {} if bearing is None else {line.name: line.order for line in defect_lines(bearing)}
    multiples = spec.bins / spec.bins_per_multiple
    top = max([spec.bins / spec.bins_per_order, *(order * multiples for order in lines.values())])
    banks = _banks(capture, Sense.VIBRATION, "bearing", notes, shaft_hz, top)
    if banks is None:
        return {}
    plain, envelopes = banks
    fine = shaft_hz / plain.resolution_hz
    shaft = np.arange(spec.bins + 1) / spec.bins_per_order * fine
    highest = over_typical(envelopes.levels_db.max(axis=0))
    rows = {
        "vibration": (_mean_level(plain), shaft),
        "envelope_mean": (_mean_level(envelopes), shaft),
        "envelope_highest": (highest, shaft),
    }
    for name, order in lines.items():
        rows[name] = (highest, np.arange(spec.bins + 1) / spec.bins_per_multiple * order * fine)
    return {name: _lane(levels, edges, spec) for name, (levels, edges) in rows.items()}


def _sound(
    capture: Capture, notes: tuple[AuditNote, ...], shaft_hz: float, spec: SpectraSpec
) -> dict[str, Float32Array]:
    top = spec.bins / spec.bins_per_order
    banks = _banks(capture, Sense.SOUND, "sound", notes, shaft_hz, top)
    if banks is None:
        return {}
    plain, envelopes = banks
    edges = np.arange(spec.bins + 1) / spec.bins_per_order * shaft_hz / plain.resolution_hz
    return {
        "sound": _lane(_mean_level(plain), edges, spec),
        "sound_envelope": _lane(_mean_level(envelopes), edges, spec),
    }


def _banks(
    capture: Capture,
    sense: Sense,
    kind: str,
    notes: tuple[AuditNote, ...],
    shaft_hz: float,
    top_order: float,
) -> tuple[LevelBank, LevelBank] | None:
    """Return plain and envelope spectra of the channels that can carry them; None where none."""
    blocks = [
        block
        for block in capture.of(sense)
        if block.values.size and refused(notes, kind, channel=block.channel.name) is None
    ]
    try:
        spectra = tail_spectra(blocks)
        if not spectra or shaft_hz / spectra[0][1].resolution_hz < BEARING_TURNS:
            return None
        make: Sequence[Callable[..., LevelBank]] = (amplitude_bank, envelope_bank)
        plain, envelopes = (one(spectra, shaft_hz=shaft_hz, top_order=top_order) for one in make)
    except WindowTooShort:
        return None
    return plain, envelopes


def _mean_level(bank: LevelBank) -> Float32Array:
    """Return the level of the mean power over channels and bands, each over its own floor."""
    power = np.mean(10 ** (bank.levels_db / 10), axis=0)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)), dtype=np.float32)


def _lane(levels: Float32Array, edges: npt.NDArray[np.float64], spec: SpectraSpec) -> Float32Array:
    return scaled(over_typical(pooled(levels, edges)), zero_db=0.0, span_db=spec.span_db)
