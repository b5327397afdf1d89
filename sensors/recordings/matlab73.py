"""MATLAB v7.3 files, which are HDF5, and plain HDF5: streamed slice by slice.

Only what lies in the file itself is read: links to other files, datasets stored elsewhere and
MATLAB's own areas (cells, objects) are passed over.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from sensors.recordings.arrays import MAX_TEXT, ArraySource, StoredArray, number_in_text
from sensors.recordings.guard import Untyped, guarded, load_library

KIND = "MATLAB v7.3 (HDF5)"
DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)


def open_matlab73(path: Path) -> ArraySource:
    """Open a MATLAB v7.3 or HDF5 file.

    Raises
    ------
    RecordingError
        The file is damaged, or holds no series.
    MissingDependency
        h5py is not installed.
    """
    h5py = load_library("h5py")
    with ExitStack() as stack:
        with guarded(path, KIND, *DAMAGE):
            file = stack.enter_context(h5py.File(path, "r"))
            datasets = list(_datasets(file, h5py.Dataset))
            arrays = [
                StoredArray(name, data.shape, data.dtype, _giving(data))
                for name, data in datasets
                if data.dtype.kind in "biuf" and not _marked(data, "char")
            ]
            texts = dict(_texts(datasets))
        source = ArraySource(path, KIND, arrays, DAMAGE, texts, file.close)
        stack.pop_all()
    return source


def _giving(data: Untyped) -> Callable[[], Untyped]:
    return lambda: data


def _datasets(file: Untyped, dataset_type: type) -> Iterator[tuple[str, Untyped]]:
    """Yield the datasets within the file under their dotted names, each once."""
    found: list[tuple[str, Untyped]] = []

    def note(name: str, item: Untyped) -> None:
        if isinstance(item, dataset_type) and not name.startswith("#"):
            found.append((name.replace("/", "."), item))

    file.visititems(note)  # follows no soft or external link
    for name, data in found:
        elsewhere = data.is_virtual or data.external
        if data.shape is not None and not elsewhere and "MATLAB_empty" not in data.attrs:
            yield name, data


def _marked(data: Untyped, kind: str) -> bool:
    return bytes(data.attrs.get("MATLAB_class", b"")) == kind.encode()


def _texts(datasets: Iterable[tuple[str, Untyped]]) -> Iterator[tuple[str, float]]:
    """Yield the numbers that are written as text."""
    for name, data in datasets:
        if _marked(data, "char") and data.size <= MAX_TEXT:
            number = number_in_text(int(code) for code in data[()].reshape(-1))
            if number is not None:
                yield name, number
