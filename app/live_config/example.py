"""Examples of configuration files: the blocks of TOML in the docstrings that explain the keys."""

import sys
import textwrap

from app.live_config import (
    device,
    gateway,
    healthy,
    neighbours,
    operator,
    platform,
    sections,
    sources,
    up,
)
from app.process import health, logs

PARTS = {
    "device": (device, sources, sections, health, logs),
    "gateway": (gateway, sections, neighbours, healthy, health, logs),
    "platform": (platform, sections, health, logs),
    "operator": (operator, sections),
    "up": (up, sources, sections, healthy, health, logs),
}
"""Modules whose docstrings make up each role's file, in its order."""

OWN_DEFAULTS = {
    "gateway": {"port = 9464 ": "port = 9465 "},
    "platform": {"port = 9464 ": "port = 9466 "},
    "up": {
        'format = "json"': 'format = "text"',
        "[broker]": "# [broker]             # over a broker, instead of within the process",
        "host = ": "# host = ",
        "port = 1883": "# port = 1883",
    },
}
"""Where a role's default is another than that of the section."""


def example(role: str) -> str:
    """Return a commented file for a role that works as it stands."""
    text = "\n".join(toml_block(part.__name__) for part in PARTS[role])
    own = OWN_DEFAULTS.get(role, {})
    for line, of_role in own.items():
        text = text.replace(line, of_role)
    return text


def toml_block(module: str) -> str:
    """Return the indented block that follows ``::`` in the docstring of a module."""
    _, _, after = (sys.modules[module].__doc__ or "").partition("\n::\n\n")
    lines = after.splitlines()
    end = next((i for i, line in enumerate(lines) if line and line[0] != " "), len(lines))
    return textwrap.dedent("\n".join(lines[:end])).strip() + "\n"
