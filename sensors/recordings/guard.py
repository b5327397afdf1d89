"""How third-party readers are called: loaded when needed, their failures given one name."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from sensors.errors import MissingChannel, MissingDependency, MotorwatchError, RecordingError

# An object of a library that ships no type information.
Untyped = Any


def load_library(name: str) -> ModuleType:
    """Import an optional reading library.

    Raises
    ------
    MissingDependency
        It is not installed.
    """
    try:
        return import_module(name)
    except (ImportError, OSError) as error:  # OSError: the C library behind it is missing
        raise MissingDependency(
            f"reading this format needs {name.partition('.')[0]}, which is not installed: "
            "pip install 'motorwatch[recordings]'"
        ) from error


@contextmanager
def guarded(path: Path, kind: str, *failures: type[Exception]) -> Iterator[None]:
    """Turn what a library raises on a damaged file into RecordingError.

    Parameters
    ----------
    path : Path
        The file being read.
    kind : str
        Its format, for the message.
    *failures : exception types
        Every type that library is known to raise on damage.
    """
    try:
        yield
    except MotorwatchError:
        raise
    except failures as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise RecordingError(
            f"{path}: cannot be read as {kind} ({said}); it is damaged, cut short or of another "
            "format: copy it again from its source"
        ) from error


def missing_channel(path: Path, column: str, known: Iterable[str]) -> MissingChannel:
    """Return the error for a column that a file does not have."""
    names = list(known)
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return MissingChannel(f"{path}: no column {column!r}; it has: {shown or 'none'}")
