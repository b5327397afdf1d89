"""MATLAB level 5 files written anew as HDF5, which streams, under the same column names."""

from pathlib import Path

from sensors.errors import OutputError, RecordingError
from sensors.output import whole_file
from sensors.recordings.guard import guarded, load_library
from sensors.recordings.matlab import DAMAGE, MATLAB_MARKS, read_whole


def stream_copy(path: Path, output: Path) -> tuple[str, ...]:
    """Write the numbers of a MATLAB v5 file of any size as HDF5, as MATLAB's own v7.3 does.

    The whole of it is unpacked in memory.

    Parameters
    ----------
    path : Path
        A file that `open_source` refuses as too large.
    output : Path
        File to write, which must not be there yet.

    Returns
    -------
    tuple of str
        Names of the arrays and numbers written.

    Raises
    ------
    RecordingError
        It is no MATLAB v5 file, or damaged.
    OutputError
        The file is there already, or cannot be written.
    MissingDependency
        h5py is not installed.
    """
    h5py = load_library("h5py")
    if output.exists():
        raise OutputError(f"{output}: is already there; choose another name or remove it first")
    with guarded(path, "MATLAB v5", *DAMAGE):
        with path.open("rb") as file:
            head = file.read(128)
        if head[124:] not in MATLAB_MARKS:
            raise RecordingError(f"{path}: is no MATLAB v5 file; only those need converting")
        arrays, texts = read_whole(path)
        kept = {array.name: array.load() for array in arrays if array.name} | texts
        with whole_file(output) as beside, h5py.File(beside, "w") as file:
            for name, values in kept.items():
                file[name.replace(".", "/")] = values
    return tuple(kept)
