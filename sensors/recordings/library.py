"""Loading recordings: from files and folders, with a manifest or with none.

The one door: whatever a data set looks like on disk, `Recording`s come out.
"""

from collections.abc import Iterator, Sequence
from hashlib import file_digest
from pathlib import Path

from sensors.capture import Sense
from sensors.errors import BadConfig, RecordingError
from sensors.motor import Motor
from sensors.recordings.build import Given, build_recording
from sensors.recordings.manifest import load_manifest
from sensors.recordings.matching import (
    Match,
    files_in,
    manifest_beside,
    match_files,
    unicode_name,
)
from sensors.recordings.opening import FORMATS, MARKED_SUFFIXES
from sensors.recordings.recording import Recording
from sensors.recordings.schema import Entry, Manifest

# Files of a folder without a manifest that are tried; a file named by itself always is.
SUFFIXES = MARKED_SUFFIXES | {".csv", ".tsv", ".txt", ".dat", ".asc"}


def load_recordings(
    sources: Sequence[Path],
    *,
    manifest: str | Path | None = None,
    motor: Motor | None = None,
    rate_hz: float | None = None,
    speed_rpm: float | None = None,
    bearing: str | None = None,
    sense: Sense | None = None,
) -> tuple[Recording, ...]:
    """Find the recordings in files and folders; no samples are read yet.

    Parameters
    ----------
    sources : sequence of Path
        Files, folders, or folders of a data set.
    manifest : str, Path or None
        Path of a manifest, or the name of a ready one. Without it, a `manifest.toml` beside the
        files is used; without that, each file stands for itself and its channels are guessed
        (see `sensors.recordings.guess`).
    motor, rate_hz, speed_rpm, bearing
        Stated by the user; these overrule files and manifests.
    sense : Sense, optional
        What files without a manifest measure, e.g. vibration written as WAV.

    Returns
    -------
    tuple of Recording
        In order of sources and of paths within them.

    Raises
    ------
    BadConfig
        The manifest is wrong, or matches no file.
    RecordingError
        A source is missing, or holds nothing that can be read.
    BadRate
        A sampling rate is stated nowhere.
    """
    given = Given(motor=motor, rate_hz=rate_hz, speed_rpm=speed_rpm, bearing=bearing, sense=sense)
    if not sources:
        raise BadConfig("no recording was named; give a file, a folder or a data set's folder")
    matches = [match for source in sources for match in _matches(Path(source), manifest)]
    return tuple(build_recording(match, given) for match in matches)


def checksum_failures(manifest: Manifest, folder: Path) -> tuple[str, ...]:
    """Return which files of a data set's folder differ from the manifest's SHA-256.

    Files that are not there are not looked for: a part of a data set is a data set.
    """
    failures = []
    for name, expected in manifest.checksums.items():
        path = folder / name
        if path.is_file():
            with path.open("rb") as file:
                if file_digest(file, "sha256").hexdigest() != expected:
                    failures.append(name)
    return tuple(failures)


def looks_readable(file: Path) -> bool:
    """Whether a file's name is that of a recording: by its suffix, or by a number as suffix."""
    return file.suffix.lower() in SUFFIXES or file.suffix[1:].isdigit()


def _matches(source: Path, manifest: str | Path | None) -> Iterator[Match]:
    beside = manifest_beside(source)
    if manifest is not None:
        yield from match_files(load_manifest(manifest), source)
    elif beside.is_file():
        yield from match_files(load_manifest(beside), source)
    else:
        yield from _bare(source)


def _bare(source: Path) -> Iterator[Match]:
    files = files_in(source)
    readable = [file for file in files if file == source or looks_readable(file)]
    if not readable:
        raise RecordingError(
            f"{source}: none of its {len(files)} files is a recording; known are {FORMATS}"
        )
    for file in readable:
        yield Match(Entry(), "", _stem(file), f"{file.name} (no manifest)", (file,), ({},))


def _stem(file: Path) -> str:
    """Return a file's name without what says its format; other dots are part of the name."""
    name = unicode_name(file.name)
    while Path(name).suffix.lower() in SUFFIXES:
        name = Path(name).stem
    return name
