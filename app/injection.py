"""A real recording with a fault added: written as a recording of its own, marked as such."""

import tempfile
from pathlib import Path

import numpy as np

from sensors.capture import Capture, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.errors import BadConfig, MissingChannel, OutputError
from sensors.recordings.manifest_toml import manifest_text_of
from sensors.recordings.recording import Recording
from sensors.recordings.schema import ChannelSpec, Entry, Manifest
from sensors.replay import whole_capture
from sensors.simulator.inject import IN_CURRENT, inject

LONGEST_S = 600.0
"""Longer recordings are cut to this: injection works on the whole signal at once."""


def write_injected(
    recording: Recording, path: Path, condition: Condition, level_db: float, seed: int
) -> Path:
    """Add a fault to a recording's vibration or current, write it, and return its manifest.

    Raises
    ------
    BadConfig
        The file does not end in ``.npz``, or a manifest is in the way.
    MissingChannel
        The recording has no channel in which the fault would show.
    OutputError
        The folder cannot be written.
    """
    if path.suffix != ".npz":
        raise BadConfig(f"{path}: an injected recording is written as .npz; end the name in .npz")
    capture = whole_capture(recording, LONGEST_S)
    speed_rpm = capture.speed_rpm or recording.motor.nominal_rpm
    sense = Sense.POWER if condition in IN_CURRENT else Sense.VIBRATION
    if not any(_shows(block, sense) for block in capture.blocks):
        raise MissingChannel(f"{recording.path}: no {sense.value} channel to put {condition} in")
    arrays = {
        block.channel.name: (
            inject(
                block.values,
                block.rate_hz,
                motor=recording.motor,
                speed_rpm=speed_rpm,
                condition=condition,
                level_db=level_db,
                seed=seed,
            )
            if _shows(block, sense)
            else block.values
        )
        for block in capture.blocks
    }
    note = f"injected: {condition.value} at {level_db:g} dB full band into {recording.title}"
    manifest = _manifest(recording, capture, path, condition, note, speed_rpm)
    _write(path, arrays, manifest)
    return path.with_name("manifest.toml")


def _shows(block: SampleBlock, sense: Sense) -> bool:
    return block.channel.sense is sense and block.unit is not Unit.VOLT


def _manifest(
    recording: Recording,
    capture: Capture,
    path: Path,
    condition: Condition,
    note: str,
    speed_rpm: float | None,
) -> Manifest:
    labels = sorted({condition, *(recording.labels or ())})
    channels = tuple(
        ChannelSpec(
            column=b.channel.name,
            name=b.channel.name,
            sense=b.channel.sense,
            unit=b.channel.unit,
            axis=b.channel.axis,
            position=b.channel.position,
            phase=b.channel.phase,
            rate_hz=b.rate_hz,
        )
        for b in capture.blocks
    )
    entry = Entry(
        files=path.name,
        channels=channels,
        rate_hz=max(b.rate_hz for b in capture.blocks),
        speed_rpm=speed_rpm,
        load=recording.load,
        labels=tuple(label.value for label in labels),
        unit_id=f"{recording.unit_id or recording.motor.motor_id}-injected",
        group=recording.group,
        motor=recording.motor,
        note=note,
    )
    return Manifest(
        schema=1,
        name="injected",
        title="recordings with injected faults",
        source=f"{recording.title}, with a fault added by motorwatch inject",
        licence="as the source",
        recordings=(entry,),
    )


def _write(path: Path, arrays: dict[str, np.ndarray], manifest: Manifest) -> None:
    beside = path.with_name("manifest.toml")
    if beside.exists():
        raise OutputError(f"{beside}: is already there; write into an empty folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as at:
            made, described = Path(at) / path.name, Path(at) / beside.name
            np.savez(made, allow_pickle=False, **arrays)
            described.write_text(manifest_text_of(manifest), encoding="utf-8")
            made.replace(path)
            described.replace(beside)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error}); choose another place") from error
