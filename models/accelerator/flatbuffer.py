"""Reads flatbuffers from strangers: every offset is checked before it is followed.

Layout after the flatbuffers internals document: a table begins with the signed distance back to
its vtable; the vtable holds its own length, the table's length, and each field's offset in the
table, zero where the field has its default.
"""

import struct
from dataclasses import dataclass

from sensors.errors import BadModel

U16, I32, U32 = struct.Struct("<H"), struct.Struct("<i"), struct.Struct("<I")
VTABLE_HEAD = 4
MOST = 4096
"""Entries of a list that is read one by one; lists may share their place, so sizes do not bound."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a flatbuffer.

    Attributes
    ----------
    raw : bytes
        The whole file.
    start : int
        Where the table begins.
    """

    raw: bytes
    start: int

    def number(self, field: int, form: struct.Struct, default: int = 0) -> int:
        """Return a scalar field of the given form, or its default where it is not stored."""
        place = self._place(field)
        return default if place is None else _number(self.raw, place, form)

    def table(self, field: int) -> "Table | None":
        """Return a table that a field points to."""
        place = self._place(field)
        return None if place is None else Table(self.raw, _follow(self.raw, place))

    def tables(self, field: int) -> list["Table"]:
        """Return the tables of a vector; empty where there is none."""
        start, count = self._few(field, U32.size)
        places = range(start, start + U32.size * count, U32.size)
        return [Table(self.raw, _follow(self.raw, place)) for place in places]

    def numbers(self, field: int, form: struct.Struct) -> tuple[int | float, ...]:
        """Return a vector of scalars."""
        start, count = self._few(field, form.size)
        return tuple(
            form.unpack_from(self.raw, start + form.size * place)[0] for place in range(count)
        )

    def integers(self, field: int, form: struct.Struct = I32) -> tuple[int, ...]:
        """Return a vector of whole numbers."""
        return tuple(int(value) for value in self.numbers(field, form))

    def length(self, field: int) -> int:
        """Return how many bytes a vector of bytes holds."""
        return self._vector(field, 1)[1]

    def text(self, field: int) -> str:
        """Return a text, of which what is no UTF-8 is replaced."""
        start, count = self._vector(field, 1)
        return self.raw[start : start + min(count, MOST)].decode("utf-8", "replace")

    def _place(self, field: int) -> int | None:
        vtable = self.start - _number(self.raw, self.start, I32)
        length = _number(self.raw, vtable, U16)
        entry = VTABLE_HEAD + U16.size * field
        if entry + U16.size > length:
            return None
        offset = _number(self.raw, vtable + entry, U16)
        return self.start + offset if offset else None

    def _few(self, field: int, size: int) -> tuple[int, int]:
        start, count = self._vector(field, size)
        if count > MOST:
            raise BadModel(f"a list of {count} at byte {start}; no model here has over {MOST}")
        return start, count

    def _vector(self, field: int, size: int) -> tuple[int, int]:
        place = self._place(field)
        if place is None:
            return 0, 0
        head = _follow(self.raw, place)
        count = _number(self.raw, head, U32)
        start = head + U32.size
        if start + size * count > len(self.raw):
            raise BadModel(f"a list of {count} at byte {head} runs past the end of the file")
        return start, count


def root(raw: bytes) -> Table:
    """Return the table that a flatbuffer begins with.

    Raises
    ------
    BadModel
        It is too short, or an offset in it points outside, here as in every method of a table.
    """
    return Table(raw, _follow(raw, 0))


def _follow(raw: bytes, place: int) -> int:
    target = place + _number(raw, place, U32)
    if target + U32.size > len(raw):
        raise BadModel(f"the offset at byte {place} points past the end of the file")
    return target


def _number(raw: bytes, place: int, form: struct.Struct) -> int:
    if place < 0 or place + form.size > len(raw):
        raise BadModel(f"byte {place} lies outside the file")
    value: int = form.unpack_from(raw, place)[0]
    return value
