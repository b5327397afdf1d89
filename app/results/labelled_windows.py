"""Windows of labelled recordings at one bandwidth, each against its own rig's health.

Recordings of different rates are brought to one first: else a classifier learns the sampling
rate. Features are rises over the rig's healthy level in their own units.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from app.results.labels import label_of
from dsp.demodulation import DemodulationBands, refresh_bands
from dsp.features import FeatureSpec, extract
from dsp.resample import resample
from dsp.vector import FeatureVector
from models.robust import Floats, Mask
from models.splits import IndexArray
from sensors.capture import Capture, Sense
from sensors.errors import BadConfig, OneClass
from sensors.reader import captures
from sensors.recordings.recording import Recording
from sensors.replay import ReplayReader

WAVEFORMS = (Sense.VIBRATION, Sense.SOUND)
SPEC = FeatureSpec(window_s=1.0, hop_s=0.25, senses=WAVEFORMS)
"""One second holds 15 turns of a slow shaft; windows overlap because recordings are short."""
MOST_WINDOWS = 40
"""Of one recording: more of the same ten seconds teach nothing."""
BELOW_LOWEST = 0.8
"""Rates are matched at this share of the lowest, so that every recording passes the same filter."""
FEWEST_HEALTHY = 4
"""Healthy windows of a rig: the first half gives its level, the rest are tested."""

Names = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class LabelledWindows:
    """Windows of many recordings with what is known of them.

    Attributes
    ----------
    names : tuple of str
        The features, all of them measured in every window.
    rises : array, shape (N, F)
        Over the rig's own healthy level, in each feature's unit.
    labels, units, rigs, loads, titles : object arrays of str, shape (N,)
        Class, physical unit, rig, load and recording of each window.
    """

    names: tuple[str, ...]
    rises: Floats
    labels: Names
    units: Names
    rigs: Names
    loads: Names
    titles: Names

    def take(self, rows: IndexArray | Mask) -> "LabelledWindows":
        """Return some of the windows."""
        return LabelledWindows(
            self.names,
            self.rises[rows],
            self.labels[rows],
            self.units[rows],
            self.rigs[rows],
            self.loads[rows],
            self.titles[rows],
        )


def gather(recordings: Sequence[Recording], *, gain_free: bool) -> LabelledWindows:
    """Extract labelled recordings at matched bandwidth and express them as rises.

    Parameters
    ----------
    recordings : sequence of Recording
        Unlabelled ones are left out, and so are rigs without healthy windows to compare with,
        unless there is only one rig: then features are taken as they are.
    gain_free : bool
        Leave out levels, which mean nothing where amplitudes have no common unit.

    Raises
    ------
    BadConfig
        No recording is labelled.
    OneClass
        There are several rigs, and none has healthy windows.
    """
    labelled = [recording for recording in recordings if recording.labels is not None]
    if not labelled:
        raise BadConfig("no recording is labelled: give `labels` in the manifest")
    rates = matched_rates(labelled)
    pairs = [(r, v) for r in labelled for v in matched_vectors(r, rates) if not v.mask.all()]
    if not pairs:
        raise BadConfig("no labelled recording has vibration or sound: nothing to compare")
    rises = _rises_over_health(pairs)
    kept = np.asarray(np.isfinite(rises).any(axis=1))
    if not kept.any():
        raise OneClass(
            f"several rigs, and none has {FEWEST_HEALTHY} healthy windows to compare with; add "
            "healthy recordings of each rig and label them `healthy`"
        )
    free = np.array([not (gain_free and f.unit.startswith("dB re")) for f in SPEC.features])
    columns = np.isfinite(rises[kept]).all(axis=0) & free
    some = [pair for pair, keep in zip(pairs, kept, strict=True) if keep]
    return LabelledWindows(
        names=tuple(np.array(SPEC.names, dtype=object)[columns].tolist()),
        rises=rises[kept][:, columns],
        labels=_column([label_of(r) for r, _ in some]),
        units=_column([r.unit_id or r.recording_id for r, _ in some]),
        rigs=_column([_rig(r) for r, _ in some]),
        loads=_column([str(r.load) for r, _ in some]),
        titles=_column([r.title for r, _ in some]),
    )


def matched_rates(recordings: Sequence[Recording]) -> dict[Sense, float]:
    """Rate to bring each sense's channels to; a sense of one rate is left as it is."""
    found: dict[Sense, set[float]] = {}
    for recording in recordings:
        for track in recording.tracks:
            if track.channel.sense in WAVEFORMS:
                found.setdefault(track.channel.sense, set()).add(track.rate_hz)
    return {sense: BELOW_LOWEST * min(rates) for sense, rates in found.items() if len(rates) > 1}


def matched_vectors(recording: Recording, rates: Mapping[Sense, float]) -> Iterator[FeatureVector]:
    """Yield the features of a recording's first windows, resampled where rates say so."""
    reader = ReplayReader(recording, window_s=SPEC.window_s, hop_s=SPEC.hop_s)
    bands = DemodulationBands({})
    try:
        for capture in islice(captures(reader), MOST_WINDOWS):
            matched = at_rates(capture, rates)
            bands = refresh_bands(bands, matched)
            yield extract(matched, recording.motor, SPEC, bands=bands.bands)
    finally:
        reader.close()


def at_rates(capture: Capture, rates: Mapping[Sense, float]) -> Capture:
    """Return a capture with its channels at the given rates."""
    blocks = tuple(
        replace(
            block,
            rate_hz=rate_hz,
            values=resample(block.values, rate_hz=block.rate_hz, new_rate_hz=rate_hz),
        )
        if (rate_hz := rates.get(block.channel.sense)) is not None and block.values.size
        else block
        for block in capture.blocks
    )
    return replace(capture, blocks=blocks)


def _rises_over_health(pairs: Sequence[tuple[Recording, FeatureVector]]) -> Floats:
    """Features less the median of the first half of their rig's healthy windows.

    Rows that taught it, and rows of rigs without health, are NaN; one rig alone needs no health.
    """
    values = np.array([np.where(v.mask, np.nan, v.values) for _, v in pairs], dtype=np.float64)
    rises = np.full_like(values, np.nan)
    rigs = _column([_rig(recording) for recording, _ in pairs])
    healthy = np.array([not recording.labels for recording, _ in pairs], dtype=bool)
    if len(set(rigs.tolist())) == 1 and healthy.sum() < FEWEST_HEALTHY:
        return values
    for rig in sorted(set(rigs.tolist())):
        quiet = np.flatnonzero((rigs == rig) & healthy)
        if quiet.size < FEWEST_HEALTHY:
            continue
        taught = quiet[: quiet.size // 2]
        tested = np.setdiff1d(np.flatnonzero(rigs == rig), taught)
        rises[tested] = values[tested] - np.median(values[taught], axis=0)
    return rises


def _rig(recording: Recording) -> str:
    return recording.group or recording.motor.motor_id


def _column(values: Sequence[str]) -> Names:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
