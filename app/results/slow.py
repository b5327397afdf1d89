"""Slow recordings, about a sample a second: window means as features, and columns of truth."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dsp.vector import FeatureVector
from models.robust import Mask
from sensors.capture import Capture, Channel, Sense, Unit
from sensors.errors import MissingChannel
from sensors.reader import captures
from sensors.recordings.recording import Recording, Track
from sensors.replay import ReplayReader


def windows_of(recording: Recording, window_s: float) -> list[Capture]:
    """Return a recording's windows end to end; only for slow recordings, which fit in memory."""
    reader = ReplayReader(recording, window_s=window_s, hop_s=window_s)
    try:
        return list(captures(reader))
    finally:
        reader.close()


def mean_vector(capture: Capture, names: Sequence[str]) -> FeatureVector:
    """Return the means of the named channels as a feature vector of a specification of its own."""
    blocks = {block.channel.name: block for block in capture.blocks}
    values = np.array([blocks[name].values.mean() for name in names], dtype=np.float32)
    return FeatureVector(
        spec_id="means of " + ", ".join(names),
        motor_id=capture.motor_id,
        motor_hash="",
        t0_ns=capture.t0_ns,
        t1_ns=capture.t1_ns,
        seq=capture.seq,
        values=values,
        mask=~np.isfinite(values),
    )


def marked_windows(recording: Recording, column: str, window_s: float) -> Mask:
    """Return which windows hold a sample that a column of truth marks; none where it is absent.

    Such columns are no channels of the recording: nothing but scoring may read them.
    """
    channel = Channel(column, Sense.PROCESS, Unit.UNSCALED)
    only = replace(recording, tracks=(Track(channel, column, recording.tracks[0].rate_hz),))
    try:
        return np.array(
            [window.blocks[0].values.max() > 0 for window in windows_of(only, window_s)]
        )
    except MissingChannel:
        return np.zeros(len(windows_of(recording, window_s)), dtype=bool)
