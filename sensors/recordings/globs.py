"""Globs as regular expressions: for relative paths, and for names of columns and variables."""

import re
from functools import lru_cache

_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", re.DOTALL)
_WILD = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def path_regex(glob: str) -> re.Pattern[str]:
    """Translate a glob to a regular expression for whole relative paths.

    ``*`` and ``?`` stay within one name, ``**/`` is any number of folders, ``[...]`` one of a
    set, as in pathlib.

    Raises
    ------
    re.error
        A range in a set runs backwards.
    """
    return re.compile("".join(_WILD.get(token) or _plain(token) for token in _TOKENS.findall(glob)))


def _plain(token: str) -> str:
    if len(token) == 1:
        return re.escape(token)
    negated = token.startswith("[!")
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", token[1 + negated : -1])
    return f"[{'^' if negated else ''}{inside}]"


@lru_cache(maxsize=256)
def name_regex(glob: str) -> re.Pattern[str]:
    """Translate a glob for names in a file: only ``*`` and ``?`` are special, not ``[0]``."""
    first, *rest = (re.escape(part).replace(r"\?", ".") for part in glob.split("*"))
    # What the first fitting place of a part leaves over fits whatever a later place would, so
    # the search never goes back (?>...): it would for ever, with many stars.
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(first + middle + f".*{rest[-1]}" if rest else first, re.DOTALL)
