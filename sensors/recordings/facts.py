"""What a manifest may refer to in one file: the groups of its path, its variables and columns.

Every reference that leads nowhere is an error that names manifest, entry, field and file, and
lists what there is.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import NoReturn, overload

from sensors.conditions import Condition, parse_labels
from sensors.errors import BadConfig, MissingChannel, RecordingError
from sensors.recordings.globs import name_regex
from sensors.recordings.schema import ValueFrom
from sensors.recordings.source import Column, Source


@dataclass(frozen=True, slots=True)
class Facts:
    """One open file with the groups its path gave.

    Attributes
    ----------
    where : str
        Manifest and entry as messages name them.
    source : Source
        The open file.
    groups : mapping
        Text of the pattern's named groups.
    """

    where: str
    source: Source
    groups: Mapping[str, str]

    @overload
    def text(self, field: str, template: str) -> str: ...
    @overload
    def text(self, field: str, template: None) -> None: ...
    def text(self, field: str, template: str | None) -> str | None:
        """Return a text with ``{group}`` filled in from the pattern; nothing stays nothing."""
        if template is None:
            return None
        try:
            return "".join(_filled(template, self.groups))
        except (KeyError, IndexError, ValueError) as error:
            raise BadConfig(
                f"{self.where}: field `{field}` = {template!r} uses {error}; `pattern` gave "
                f"{dict(self.groups) or 'no groups'} for {self.source.path.name}"
            ) from error

    def number(self, field: str, value: float | ValueFrom | None) -> float | None:
        """Return a number as written, or read from the place that it names."""
        if not isinstance(value, ValueFrom):
            return self._finite(field, value)
        raw = self._raw(field, value)
        if raw is not None:
            return self._finite(field, raw * value.scale + value.offset, RecordingError)
        if value.otherwise is None:
            self._missing(field, value)
        return self.number(field, value.otherwise)

    def labels(self, stated: tuple[str, ...] | None) -> frozenset[Condition] | None:
        """Return the stated conditions and those that groups of the pattern found."""
        found = frozenset(Condition(name) for name in self.groups if name in list(Condition))
        if stated is None:
            return found or None
        return parse_labels(stated) | found

    def column(self, field: str, glob: str) -> Column | None:
        """Return the one column that a name or glob fits; None where none does."""
        wanted = self.text(field, glob)
        by_name = {column.name: column for column in self.source.columns}
        name = self._one(field, wanted, by_name)
        return None if name is None else by_name[name]

    def _finite(
        self,
        field: str,
        number: float | None,
        kind: type[BadConfig] | type[RecordingError] = BadConfig,
    ) -> float | None:
        if number is not None and not math.isfinite(number):
            raise kind(
                f"{self.source.path}: field `{field}` of {self.where} is {number}; state a finite "
                "number, or leave the field out"
            )
        return number

    def _raw(self, field: str, value: ValueFrom) -> float | None:
        if value.group is not None:
            return self._parse(field, value.group)
        if value.scalar is not None:
            name = self._one(field, self.text(field, value.scalar), self.source.scalars)
            return None if name is None else self.source.scalars[name]
        assert value.column is not None
        column = self.column(field, value.column)
        if column is None:
            return None
        first = self.source.read(column.name, 0, 1)
        return float(first[0]) if first.size else None

    def _parse(self, field: str, group: str) -> float | None:
        text = self.groups.get(group)
        try:
            return None if text is None else float(text)
        except ValueError as error:
            raise BadConfig(
                f"{self.where}: field `{field}`: group {group!r} is {text!r} in "
                f"{self.source.path.name}, not a number; mend `pattern`"
            ) from error

    def _one(self, field: str, glob: str, names: Iterable[str]) -> str | None:
        """Return the name itself, or the one name that a glob of ``*`` and ``?`` fits."""
        listed = list(names)
        if glob in listed:
            return glob
        found = [name for name in listed if name_regex(glob).fullmatch(name)]
        if len(found) > 1:
            raise BadConfig(
                f"{self.where}: field `{field}` = {glob!r} fits {', '.join(found)} in "
                f"{self.source.path.name}; write it so that it fits one"
            )
        return found[0] if found else None

    def _missing(self, field: str, value: ValueFrom) -> NoReturn:
        wanted = value.scalar or value.column or value.group
        there = self.groups if value.group else self.source.scalars if value.scalar else None
        names = there if there is not None else [column.name for column in self.source.columns]
        raise MissingChannel(
            f"{self.source.path}: no {wanted!r} for field `{field}` of {self.where}; there is "
            f"{', '.join(list(names)[:12]) or 'nothing'}; mend the name or give `otherwise`"
        )


def _filled(template: str, groups: Mapping[str, str]) -> Iterator[str]:
    """Yield the pieces of a template; of Python's formats only the bare ``{name}`` is one."""
    for text, name, form, conversion in Formatter().parse(template):
        yield text
        if name is not None:
            if form or conversion:
                raise ValueError(f"{{{name}}} with a format; write the name alone")
            yield groups[name]
