"""Recordings as feature vectors: what training, evaluation and export start from."""

from collections.abc import Iterable, Iterator

from rich.progress import Progress, TextColumn

from app.cli.console import err
from dsp.demodulation import DemodulationBands, refresh_bands
from dsp.features import FeatureSpec, extract
from dsp.vector import FeatureVector
from sensors.reader import captures
from sensors.recordings.recording import Recording
from sensors.replay import ReplayReader


def vectors_of(recording: Recording, spec: FeatureSpec) -> Iterator[FeatureVector]:
    """Yield the feature vector of every window of a recording."""
    reader = ReplayReader(recording, window_s=spec.window_s, hop_s=spec.hop_s)
    bands = DemodulationBands({})
    try:
        for capture in captures(reader):
            bands = refresh_bands(bands, capture)
            yield extract(capture, recording.motor, spec, bands=bands.bands)
    finally:
        reader.close()


def with_progress(recordings: Iterable[Recording], what: str) -> Iterator[Recording]:
    """Yield recordings, showing on standard error how far the work is."""
    listed = list(recordings)
    columns = (*Progress.get_default_columns(), TextColumn("{task.fields[now]}"))
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=len(listed), now="")
        for recording in listed:
            progress.update(task, now=recording.title)
            yield recording
            progress.advance(task)
