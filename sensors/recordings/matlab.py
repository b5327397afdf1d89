"""MATLAB level 5 files (``-v6`` and ``-v7``): numbers, and structs of numbers.

The format (MathWorks, "MAT-File Format", level 5) is a sequence of tagged elements. It is read
here, with every length checked against its parent, because `scipy.io.loadmat` crashes the whole
process on some damaged files; on sound ones the two agree. Cells, objects, function handles and
sparse matrices are passed over; nothing in a file is ever executed.
"""

import shlex
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sensors.errors import RecordingTooLarge
from sensors.recordings.arrays import ArraySource, StoredArray, number_in_text
from sensors.recordings.guard import guarded

LIMIT_BYTES = 200_000_000
HEADER_BYTES = 128
MATLAB_MARKS = (b"\x00\x01IM", b"\x01\x00MI")
MAX_DEPTH = 16
MAX_FIELDS = 10_000
COMPLEX_FLAG = 0x08

# Data types of elements, and classes of arrays.
MI_MATRIX, MI_COMPRESSED = 14, 15
MI_TYPES = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"},
    **{16: "u1", 17: "u2", 18: "u4"},
}
MX_STRUCT, MX_CHAR = 2, 4
MX_TYPES = {
    **{6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4"},
    **{14: "i8", 15: "u8"},
}
Order = Literal["<", ">"]
DAMAGE = (
    *(struct.error, zlib.error, ValueError, IndexError, OverflowError),
    *(EOFError, OSError, MemoryError),
)


def open_matlab(path: Path) -> ArraySource:
    """Open a MATLAB level 5 file.

    Raises
    ------
    RecordingTooLarge
        The file, or what it unpacks to, is above 200 MB: this format cannot stream.
    RecordingError
        The file is damaged, or holds no series.
    """
    if path.stat().st_size > LIMIT_BYTES:
        raise too_large(path)
    with guarded(path, "MATLAB v5", *DAMAGE):
        arrays, texts = read_whole(path, LIMIT_BYTES)
    return ArraySource(path, "MATLAB v5", arrays, DAMAGE, texts)


def read_whole(
    path: Path, limit_bytes: int = sys.maxsize - 1
) -> tuple[list[StoredArray], dict[str, float]]:
    """Return a file's arrays, all in memory, and the numbers in it that are written as text.

    Raises
    ------
    RecordingTooLarge
        It unpacks to more than `limit_bytes`.
    """
    found = list(_read(path, path.read_bytes(), limit_bytes))
    arrays = [item for item in found if isinstance(item, StoredArray)]
    return arrays, dict(item for item in found if not isinstance(item, StoredArray))


def too_large(path: Path) -> RecordingTooLarge:
    """Return the error for a file that must be converted to be read."""
    here, aside = shlex.quote(str(path)), shlex.quote(f"{path}.v5")
    quoted = str(path).replace("'", "''")
    return RecordingTooLarge(
        f"{path}: MATLAB v5 files cannot be read piece by piece, and this one is above "
        f"{LIMIT_BYTES // 1_000_000} MB. Put one that streams in its place: "
        f"mv {here} {aside} && motorwatch convert {aside} {here} ; "
        f"or in MATLAB: s = load('{quoted}'); save('{quoted}', '-struct', 's', '-v7.3')"
    )


@dataclass(frozen=True, slots=True)
class _Element:
    kind: int
    data: memoryview


Found = StoredArray | tuple[str, float]


def _read(path: Path, content: bytes, room: int) -> Iterator[Found]:
    order: Order = "<" if content[126:HEADER_BYTES] == b"IM" else ">"
    for element in _elements(memoryview(content)[HEADER_BYTES:], order):
        if element.kind == MI_COMPRESSED:
            inner = _decompress(path, element.data, room)
            room -= len(inner)
            element = _next(_elements(memoryview(inner), order))
        if element.kind == MI_MATRIX:
            yield from _matrix(element.data, order, "", 0)


def _decompress(path: Path, data: memoryview, room: int) -> bytes:
    stream = zlib.decompressobj()
    inner = stream.decompress(data, room + 1)
    if len(inner) > room:
        raise too_large(path)
    if not stream.eof:
        raise EOFError("a compressed variable is cut short")
    return inner


def _elements(data: memoryview, order: Order) -> Iterator[_Element]:
    """Yield the elements that lie side by side in `data`."""
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from(order + "II", data, at)
        start = at + 8
        if kind >> 16:  # up to four bytes are packed into the tag itself
            kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
            at += 8
        else:
            # Only top-level compressed elements stand unpadded.
            at = start + size + (0 if kind == MI_COMPRESSED else -size % 8)
        if start + size > len(data) or (start == at - 4 and size > 4):
            raise ValueError(f"an element of {size} bytes ends beyond its place")
        if kind not in MI_TYPES and kind not in (MI_MATRIX, MI_COMPRESSED):
            raise ValueError(f"unknown element type {kind}")
        yield _Element(kind, data[start : start + size])


def _next(elements: Iterator[_Element]) -> _Element:
    element = next(elements, None)
    if element is None:
        raise EOFError("an array lacks one of its parts")
    return element


def _matrix(data: memoryview, order: Order, prefix: str, depth: int) -> Iterator[Found]:
    """Yield the numbers in one array, whose name is `prefix` plus its own."""
    if not data:
        return
    if depth > MAX_DEPTH:
        raise ValueError(f"structs are nested deeper than {MAX_DEPTH}")
    parts = _elements(data, order)
    flags = int(_numbers(_next(parts), order)[0])
    kind = flags & 0xFF
    if kind not in MX_TYPES and kind not in (MX_STRUCT, MX_CHAR):
        return
    shape = tuple(int(n) for n in _numbers(_next(parts), order))
    if len(shape) < 2 or min(shape) < 0:
        raise ValueError(f"impossible dimensions {shape}")
    name = prefix + bytes(_next(parts).data).decode("latin-1")
    if kind == MX_STRUCT:
        yield from _struct(parts, order, name, shape, depth)
    elif not (flags >> 8) & COMPLEX_FLAG:
        # MATLAB itself has saved variables without a body, such as an `ans` left behind.
        for body in islice(parts, 1):
            yield from _values(body, order, name, kind, shape)


def _values(
    element: _Element, order: Order, name: str, kind: int, shape: tuple[int, ...]
) -> Iterator[Found]:
    values = _numbers(element, order)
    if kind == MX_CHAR:
        number = number_in_text(int(code) for code in values)
        if number is not None:
            yield name, number
        return
    # MATLAB stores the first axis fastest; turned round, the array is in C order.
    values = values.reshape(shape[::-1])
    yield StoredArray(name, values.shape, np.dtype(MX_TYPES[kind]), lambda: values)


def _struct(
    parts: Iterator[_Element], order: Order, name: str, shape: tuple[int, ...], depth: int
) -> Iterator[Found]:
    width = int(_numbers(_next(parts), order)[0])
    packed = bytes(_next(parts).data)
    if width <= 0 or len(packed) > width * MAX_FIELDS:
        raise ValueError("a struct with impossible field names")
    fields = [
        packed[at : at + width].partition(b"\0")[0].decode("latin-1")
        for at in range(0, len(packed), width)
    ]
    several = int(np.prod(shape, dtype=object)) > 1
    for index, element in enumerate(parts):
        item, field = divmod(index, len(fields)) if fields else (0, 0)
        owner = f"{name}[{item}]" if several else name
        if element.kind == MI_MATRIX and fields:
            yield from _matrix(element.data, order, f"{owner}.{fields[field]}", depth + 1)


def _numbers(element: _Element, order: Order) -> npt.NDArray[Any]:
    if element.kind not in MI_TYPES:
        raise ValueError(f"numbers expected, element type {element.kind} found")
    return np.frombuffer(element.data, np.dtype(MI_TYPES[element.kind]).newbyteorder(order))
