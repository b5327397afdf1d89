"""Which file of a folder belongs to which entry of a manifest.

Globs see paths relative to the data set's folder, with ``/`` between names on every system.
A file belongs to the first entry that matches it, so a special case stands before the rule.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sensors.errors import BadConfig, RecordingError
from sensors.recordings.globs import path_regex
from sensors.recordings.manifest import describe
from sensors.recordings.patience import patience
from sensors.recordings.schema import Entry, Manifest

MANIFEST_FILE = "manifest.toml"


def manifest_beside(source: Path) -> Path:
    """Return where the manifest of a file or folder is looked for when none is named."""
    return (source if source.is_dir() else source.parent) / MANIFEST_FILE


@dataclass(frozen=True, slots=True)
class Match:
    """Files that make one recording, and the entry that says what they are.

    Attributes
    ----------
    entry : Entry
        With the defaults filled in.
    name : str
        Name of the data set.
    title : str
        Path of the file, or the folder of a series, within the data set.
    where : str
        Manifest and entry as messages name them.
    files : tuple of Path
        One file, or the files of a folder that form a series.
    groups : tuple of dict
        What the pattern found in each file's path.
    """

    entry: Entry
    name: str
    title: str
    where: str
    files: tuple[Path, ...]
    groups: tuple[dict[str, str], ...]

    @property
    def path(self) -> Path:
        """The file, or the folder that the files of a series lie in."""
        return self.files[0] if self.entry.single else self.files[0].parent


def match_files(manifest: Manifest, source: Path) -> tuple[Match, ...]:
    """Give every file of `source` that the manifest describes to its entry.

    `source` may be the data set's folder, a folder inside it, or one file: the data set's
    folder is then the nearest one above from which a glob fits.

    Raises
    ------
    BadConfig
        No glob fits any file (the message says what there is), or a path lacks what `pattern`
        asks for.
    """
    files = files_in(source)
    with patience(f"manifest {manifest.name}"):
        for root in (source, *source.absolute().parents)[: _depth(manifest) + 2]:
            found = dict(_assign(manifest, root, files))
            if found:
                return tuple(_series(manifest, root, found))
    raise BadConfig(_nothing(manifest, source, files))


def unmatched(manifest: Manifest, folder: Path) -> tuple[Path, ...]:
    """Return the files of a data set's folder that neither an entry nor `skip` names."""
    files = files_in(folder)
    with patience(f"manifest {manifest.name}"):
        known = dict(_assign(manifest, folder, files))
        return tuple(
            file
            for file in files
            if file not in known and not _fits(manifest.skip, _name(file, folder))
        )


def files_in(source: Path) -> tuple[Path, ...]:
    """Return a file itself, or the files of a folder and its folders, without hidden ones."""
    if source.is_file():
        return (source,)
    if not source.is_dir():
        raise RecordingError(f"{source}: no such file or folder; check the path")
    files = sorted(path for path in source.rglob("*") if path.is_file())
    return tuple(path for path in files if not _hidden(path, source))


def _hidden(path: Path, root: Path) -> bool:
    inside = path.relative_to(root)
    return inside.as_posix() == MANIFEST_FILE or any(part[0] == "." for part in inside.parts)


def _depth(manifest: Manifest) -> int:
    globs = [glob for entry in manifest.recordings for glob in entry.globs]
    return max(glob.count("/") + 2 * glob.count("**/") for glob in globs)


def _fits(globs: Iterable[str], name: str) -> bool:
    return any(path_regex(glob).fullmatch(name) for glob in globs)


def _name(file: Path, root: Path) -> str:
    return unicode_name(file.absolute().relative_to(root.absolute()).as_posix())


def unicode_name(name: str) -> str:
    """Return a file's name as text that can be sent and stored: it may be bytes that are not."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _assign(manifest: Manifest, root: Path, files: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    for file in files:
        name = _name(file, root)
        for number, entry in enumerate(manifest.recordings):
            if _fits(entry.globs, name) and not _fits(manifest.skip, name):
                yield file, number
                break


def _series(manifest: Manifest, root: Path, found: dict[Path, int]) -> Iterator[Match]:
    together: dict[tuple[int, Path], list[Path]] = {}
    for file, number in found.items():
        path = file if manifest.entry(number).single else file.parent
        together.setdefault((number, path), []).append(file)
    for (number, path), files in together.items():
        entry = manifest.entry(number)
        where = f"manifest {manifest.name}: {describe(number, manifest)}"
        groups = tuple(_groups(entry, where, file, root) for file in files)
        title = _name(path, root) if path != root else root.name
        yield Match(entry, manifest.name, title, where, tuple(files), groups)


def _groups(entry: Entry, where: str, file: Path, root: Path) -> dict[str, str]:
    name = _name(file, root)
    found = re.search(entry.pattern or "", name)
    if found is None:
        raise BadConfig(
            f"{where}: field `pattern` does not fit the file {name!r}; "
            "mend it, or narrow `files` to the files it describes"
        )
    return {group: text for group, text in found.groupdict().items() if text is not None}


def _nothing(manifest: Manifest, source: Path, files: tuple[Path, ...]) -> str:
    globs = ", ".join(glob for entry in manifest.recordings for glob in entry.globs)
    here = ", ".join(file.name for file in files[:8]) or "nothing"
    more = f" and {len(files) - 8} more" if len(files) > 8 else ""
    return (
        f"manifest {manifest.name}: its files ({globs}) match nothing in {source}, which holds "
        f"{here}{more}; point at the data set's folder or mend `files`"
    )
