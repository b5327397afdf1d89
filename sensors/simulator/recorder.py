"""A simulated run as a file that replays like a real one: NPZ, one array a channel.

Senses differ in rate, and an NPZ holds arrays of any length; stored plainly, it streams when
read. It is written in bounded memory, too: each channel first grows in a file of its own.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import numpy.lib.format as npy

from sensors.capture import Capture, Channel, Sense, Unit
from sensors.errors import BadConfig, OutputError
from sensors.reader import captures
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.recorder_manifest import add_to_manifest, simulated_entries

# What a tachometer would have said, once a capture, so that replay knows the speed.
TACHOMETER = Channel("shaft_speed", Sense.SPEED, Unit.RPM)


def write_recording(
    reader: SimulatorReader,
    path: Path,
    *,
    progress: Callable[[float], None] = lambda done: None,
) -> Path:
    """Write a whole run, and its entry in the `manifest.toml` beside it.

    Parameters
    ----------
    reader : SimulatorReader
        Not read from yet, with windows end to end; it is read to its end.
    path : Path
        Ends in ``.npz``; a file of that name is replaced.
    progress : callable
        Told the fraction done after each capture.

    Returns
    -------
    Path
        The manifest. Runs written into one folder share it; each names its motor, channels,
        rates and labels, and says that it is simulated.

    Raises
    ------
    BadConfig
        Another ending than ``.npz``; a reader whose windows overlap or leave gaps, or that was
        read from before.
    OutputError
        The folder or file cannot be written, or holds another data set's manifest.
    """
    if path.suffix != ".npz":
        raise BadConfig(f"{path}: a simulated run is written as .npz; end the name in .npz")
    if reader.hop_s != reader.window_s:
        raise BadConfig(
            f"{reader.title}: windows of {reader.window_s:g} s every {reader.hop_s:g} s are not "
            "one recording; make the reader without hop_s"
        )
    # A run may take hours to make: a folder that cannot take it is refused first.
    simulated_entries(path.parent)
    with (
        _writing(path),
        tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as at,
    ):
        channels = _spool(reader, Path(at), progress)
        _pack(Path(at), [channel.name for channel in channels], Path(at) / path.name)
        (Path(at) / path.name).replace(path)
        return add_to_manifest(reader, path, channels)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror or error}); choose another folder"
        ) from error


def _spool(
    reader: SimulatorReader, folder: Path, progress: Callable[[float], None]
) -> dict[Channel, float]:
    """Append every capture to one raw file a channel; return the channels and their rates."""
    rates: dict[Channel, float] = {}
    with ExitStack() as stack:
        files = {}
        for capture in captures(reader):
            if capture.seq and not rates:
                raise BadConfig(f"{reader.title}: was read from before; make a new reader")
            for channel, rate_hz, values in _series(capture):
                if channel not in files:
                    files[channel] = stack.enter_context((folder / channel.name).open("wb"))
                    rates[channel] = rate_hz
                files[channel].write(values.tobytes())
            progress((capture.seq + 1) / len(reader))
    return rates


def _series(capture: Capture) -> Iterator[tuple[Channel, float, np.ndarray]]:
    for block in capture.blocks:
        yield block.channel, block.rate_hz, block.values
    if capture.speed_rpm is not None:
        yield TACHOMETER, 1.0 / capture.duration_s, np.array([capture.speed_rpm], np.float32)


def _pack(folder: Path, names: list[str], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            raw = folder / name
            shape = (raw.stat().st_size // 4,)
            header = {"descr": "<f4", "fortran_order": False, "shape": shape}
            with (
                archive.open(f"{name}.npy", "w", force_zip64=True) as member,
                raw.open("rb") as file,
            ):
                npy.write_array_header_1_0(member, header)
                shutil.copyfileobj(file, member, 1 << 20)
            raw.unlink()
