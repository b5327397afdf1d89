"""A plant's own rules beside ours: `rules.acl` in the authority's folder, for topics of others.

::

    user gateway:edge-1
    topic read plc/hall-2/#
    topic write homeassistant/#

Mosquitto's own words, but only these two; they add rights and take none away.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.bus.topic_filter import check_pattern
from app.pki.key_file import check_not_writable_by_others
from app.pki.ledger import Issued
from app.pki.names import identity
from app.topics import PREFIX
from sensors.errors import BadConfig, BusError

FILE = "rules.acl"
RULE = re.compile(r"topic (read|write|readwrite) (\S.*)")


def plant_rules(authority: Path, issued: Iterable[Issued], holding: Iterable[Issued]) -> str:
    """Return the rules of those whose certificates hold; nothing where there is no such file.

    Raises
    ------
    BadConfig
        A line that is no rule, a topic of Motorwatch's own, or a user without any certificate.
    UnsafeKey
        Others may write the file.
    """
    path = authority / FILE
    if not path.exists():
        return ""
    check_not_writable_by_others(path)
    known = {identity(one.role, one.name) for one in issued}
    valid = {identity(one.role, one.name) for one in holding}
    try:
        lines = path.read_text("utf-8").split("\n")
        return "".join(line + "\n" for line in _kept(lines, known, valid))
    except (OSError, ValueError, BusError) as error:
        raise BadConfig(f"{path}: {error}") from error


def _kept(lines: Iterable[str], known: set[str], valid: set[str]) -> Iterator[str]:
    user = ""
    for number, line in enumerate((line.strip() for line in lines), 1):
        if not line or line.startswith("#"):
            continue
        if not line.isprintable():
            raise BadConfig(f"line {number}: a character that cannot be printed")
        if line.startswith("user "):
            user = line.removeprefix("user ")
            if user not in known:
                raise BadConfig(f"line {number}: {user!r} never had a certificate")
        else:
            _check_rule(number, line, user)
        if user in valid:
            yield line


def _check_rule(number: int, line: str, user: str) -> None:
    rule = RULE.fullmatch(line)
    if rule is None or not user:
        raise BadConfig(
            f"line {number}: {line[:200]!r}; write user ROLE:NAME, and then topic "
            "read|write|readwrite PATTERN"
        )
    check_pattern(rule[2])
    first = rule[2].split("/")[0]
    if first in ("+", "#", PREFIX.split("/")[0]):
        raise BadConfig(
            f"line {number}: {rule[2]!r} means topics of Motorwatch too, whose rights follow from "
            "roles alone; begin with another first level"
        )
