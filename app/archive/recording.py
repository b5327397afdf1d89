"""A capture as a recording of its own: NPZ and manifest, which every command of ours reads."""

import tempfile
from pathlib import Path

import numpy as np

from sensors.capture import Capture, SampleBlock
from sensors.errors import BadConfig, OutputError
from sensors.motor import Motor
from sensors.recordings.manifest_toml import manifest_text_of
from sensors.recordings.schema import ChannelSpec, Entry, Manifest

MANIFEST_FILE = "manifest.toml"


def write_capture(capture: Capture, path: Path, motor: Motor, note: str) -> Path:
    """Write a capture into a folder without a manifest; return the manifest that is made there.

    Raises
    ------
    BadConfig
        The file does not end in ``.npz``.
    OutputError
        A manifest is in the way, or the folder cannot be written.
    """
    beside = path.with_name(MANIFEST_FILE)
    if path.suffix != ".npz":
        raise BadConfig(f"{path}: a capture is written as .npz; end the name in .npz")
    if beside.exists():
        raise OutputError(f"{beside}: is already there; write into an empty folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as at:
            made, described = Path(at) / path.name, Path(at) / MANIFEST_FILE
            np.savez(made, allow_pickle=False, **_arrays(capture))
            text = manifest_text_of(_manifest(capture, path, motor, note))
            described.write_text(text, encoding="utf-8")
            made.replace(path)
            described.replace(beside)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error}); choose another place") from error
    return beside


def _arrays(capture: Capture) -> dict[str, np.ndarray]:
    # Numbered: a channel's name may hold what no member of a ZIP file may be called.
    return {f"channel_{i}": block.values for i, block in enumerate(capture.blocks)}


def _manifest(capture: Capture, path: Path, motor: Motor, note: str) -> Manifest:
    entry = Entry(
        files=path.name,
        channels=tuple(_channel(i, block) for i, block in enumerate(capture.blocks)),
        rate_hz=max(block.rate_hz for block in capture.blocks),
        speed_rpm=capture.speed_rpm,
        load=capture.load,
        motor=motor,
        note=note,
    )
    return Manifest(
        schema=1,
        name="capture",
        title=f"raw capture of {capture.motor_id}",
        source="the platform's archive of raw captures",
        licence="the plant's own",
        recordings=(entry,),
    )


def _channel(number: int, block: SampleBlock) -> ChannelSpec:
    channel = block.channel
    return ChannelSpec(
        column=f"channel_{number}",
        name=channel.name,
        sense=channel.sense,
        unit=channel.unit,
        axis=channel.axis,
        position=channel.position,
        phase=channel.phase,
        rate_hz=block.rate_hz,
    )
