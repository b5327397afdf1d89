"""The catalogue of bearings: published geometry or defect orders, kept as data.

`sensors/bearings/*.toml` hold one table a bearing, each with its source; nothing here is
computed or guessed. A designation as stamped or written by hand goes in, a `Bearing` comes out.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from sensors.errors import BadConfig, UnknownBearing
from sensors.motor import Bearing

FOLDER = Path(__file__).with_name("bearings")

# Makers whose name may stand beside a designation though the catalogue has nothing of theirs.
OTHER_MAKERS = (
    "INA", "FAG", "SNR", "NTN", "KOYO", "NACHI", "FYH", "RHP", "ZKL", "HRB", "ZWZ", "TIMKEN",
    "TORRINGTON", "NKE", "NBC", "MRC",
)  # fmt: skip

# Seals, shields, clearance, cage, bore and tolerance marks leave the kinematics as they are.
# Letters that change contact angle or rolling elements (7205 B, NU 205 E) are not here.
HARMLESS_MARKS = (
    "2RS1", "2RSH", "2RSR", "2RS", "RS1", "RSH", "RSR", "RS", "2RZ", "2ZR", "2Z", "ZZ", "Z",
    "DDU", "DD", "VV", "LLU", "LLB", "LLH", "LU", "NSE", "NR", "C2", "C3", "C4", "C5", "CM", "CN",
    "P4", "P5", "P6", "JEM", "TN9", "TVH", "TVP2", "TVP", "XL", "W33", "K",
)  # fmt: skip

# Entries whose race orders differ by less are one bearing to any search for lines.
SAME_ORDERS = 0.01


@lru_cache(maxsize=1)
def catalogue() -> tuple[Bearing, ...]:
    """Return every bearing of the catalogue, in order of file and place within it.

    Raises
    ------
    BadConfig
        A catalogue file is not TOML or an entry is not a possible bearing.
    """
    return tuple(bearing for path in sorted(FOLDER.glob("*.toml")) for bearing in _read_file(path))


def find_bearing(name: str, position: str | None = None) -> Bearing:
    """Look a bearing up by its designation.

    Case, spaces, dashes and marks that leave the kinematics alone (``2RS``, ``ZZ``, ``C3`` ...)
    do not matter, nor does the maker where all entries agree within 1 % on both race orders;
    the first entry, with its own source, then stands for all.

    Parameters
    ----------
    name : str
        Designation as stamped, e.g. ``6205-2RS C3`` or ``SKF 6205``.
    position : str or None
        ``DE`` or ``NDE``, carried into the result.

    Raises
    ------
    UnknownBearing
        No entry fits, or several that differ in geometry do.
    """
    found = _matches(name)
    if not found:
        raise UnknownBearing(_unknown(name))
    if not all(_alike(found[0], other) for other in found[1:]):
        names = ", ".join(bearing.name for bearing in found)
        raise UnknownBearing(
            f"bearing {name!r} could be any of: {names}; their geometry differs, "
            "so write the full name of the one that is fitted"
        )
    return msgspec.structs.replace(found[0], position=position)


def resolve_bearings(tables: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Complete the bearing tables of a TOML file from the catalogue.

    A table of only `name` (and `position`) is looked up; any other stands for itself. The
    result converts to `Bearing`, whose own checks then apply.

    Raises
    ------
    UnknownBearing
        A name alone is not in the catalogue.
    """
    return [_complete(table) for table in tables]


def _complete(table: Mapping[str, object]) -> dict[str, object]:
    name = table.get("name")
    if not isinstance(name, str) or not set(table) <= {"name", "position"}:
        return dict(table)
    found: dict[str, object] = msgspec.to_builtins(find_bearing(name))
    return found | dict(table)


def _read_file(path: Path) -> Iterable[Bearing]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["bearing"]
        return msgspec.convert(tables, tuple[Bearing, ...])
    except (tomllib.TOMLDecodeError, KeyError, msgspec.ValidationError) as error:
        raise BadConfig(f"bearing catalogue {path.name}: {error}") from error


def _matches(name: str) -> list[Bearing]:
    """Entries that fit best: the full name, else maker and designation, else designation."""
    maker, cores = _maker(name), _cores(name)
    whole = [b for b in catalogue() if _squeeze(b.name) == _squeeze(name)]
    like = [b for b in catalogue() if _cores(b.name) & cores]
    return whole or [b for b in like if _maker(b.name) == maker] or like


def _squeeze(name: str) -> str:
    return "".join(_words(name))


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Z0-9]+", name.upper())


@lru_cache(maxsize=1)
def _makers() -> frozenset[str]:
    """Last word of every entry of several words, which is the maker or owner of the figures."""
    named = {b.name.upper().split()[-1] for b in catalogue() if " " in b.name}
    return frozenset(OTHER_MAKERS) | named


def _maker(name: str) -> str:
    return next((word for word in _words(name) if word in _makers()), "")


def _cores(name: str) -> frozenset[str]:
    """Every designation the name may mean once harmless marks are off: 62052RS, 62052, 6205."""
    found = {"".join(word for word in _words(name) if word not in _makers())}
    fresh = set(found)
    while fresh:
        shorter = {c.removesuffix(m) for c in fresh for m in HARMLESS_MARKS if c.endswith(m)}
        fresh = {core for core in shorter if re.search(r"\d", core)} - found
        found |= fresh
    return frozenset(found - {""})


def _alike(one: Bearing, other: Bearing) -> bool:
    pairs = ((one.bpfo, other.bpfo), (one.bpfi, other.bpfi))
    return all(a is not None and b is not None and abs(a - b) <= SAME_ORDERS * a for a, b in pairs)


def _unknown(name: str) -> str:
    by_core = {core: b.name for b in catalogue() for core in _cores(b.name)}
    wanted = min(_cores(name), key=len, default=_squeeze(name))
    near = difflib.get_close_matches(wanted, by_core, n=6, cutoff=0.6)
    nearest = ", ".join(dict.fromkeys(by_core[core] for core in near))
    return (
        f"bearing {name!r} is not in the catalogue; {f'nearest: {nearest}; ' if near else ''}"
        "give rolling_elements, element_diameter_mm and pitch_diameter_mm, or the orders "
        "bpfo_order, bpfi_order, bsf_order and ftf_order, in motor.toml"
    )
