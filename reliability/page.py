"""The page of what was measured."""

import os
import platform
import time
from collections.abc import Sequence

from bench.page import cpu_model
from reliability.row import Row
from reliability.scale import Scale

TITLES = {
    "chaos": "kill -9",
    "load": "Load and memory",
    "disk": "Full disk, failing writes",
    "outage": "A day without a link",
    "links": "Bad links",
    "sync": "Sync before acknowledgement",
    "clocks": "Clocks that jump",
    "fuzz": "Hostile payloads",
}
"""Of each measure, in the order of the page."""
EXPLAINED = {
    "chaos": "Device, gateway and platform are processes of their own, as `motorwatch device` and "
    "so on start them, behind a Mosquitto with mutual TLS. One of the four is killed at a random "
    "moment and started again at once; the device senses two simulated motors at 5 x real time. "
    "What was acknowledged is what an observer with its own certificate heard on the bus; what is "
    "there is read with SQLite alone, and duplicates are looked for by identity and by window. "
    "Recovery is counted from the kill, so the start of a Python process is in it. A device holds "
    "unacknowledged windows in memory: a killed one loses them, and that must show.",
    "load": "The platform and the broker are real processes; loads of reports come from a "
    "generator that sends through the same outbox as a device. Its reports were made beforehand by "
    "feature extraction and stage 1 on a simulated motor. Devices play a recording, because a "
    "simulator is no part of a device. A plant of 200 motors is ten device processes, each with a "
    "certificate of its own and windows that end at its own moment of the second; stage 1 scores "
    "every window, since baselines are learnt in ten seconds instead of ten minutes. No gateway "
    "runs there: it is no part of the way to the store. Where the cores do not carry all motors, "
    "devices are ended one by one until they do, and that number is told.",
    "disk": "A real platform's store stands on a file system of a few megabytes, which is filled "
    "and freed; or the running process is forbidden to let files grow, so that its writes fail.",
    "outage": "Virtual time: outbox, delivery, platform and database are real, the clock and the "
    "link are not. The platform commits each 0.1 s.",
    "links": "A proxy between clients and a real broker, and a real platform.",
    "sync": "strace on a real platform process and all its threads. Each report carries a token "
    "of its own that can be read in the page of SQLite's log which holds its row.",
    "clocks": "Clocks are injected: device, outbox, platform, database and alarms in one process.",
    "fuzz": "What every process does first with what the bus brings: noise, messages with bytes "
    "overwritten, cut or repeated, fields of another type, out of range or renamed, on the right "
    "topic and on others. A chance mutation may leave a sound message.",
}
BUSY = 0.75
"""Load per core from which others slow what is measured here."""


def met_text(met: bool | None) -> str:
    """Say whether what was required came out."""
    return "" if met is None else "yes" if met else "NO"


def page(rows: Sequence[Row], scale: Scale, load_before: float) -> str:
    """Return the page.

    Parameters
    ----------
    rows : sequence of Row
        What was measured.
    scale : Scale
        How long and how often.
    load_before : float
        Processes that wanted a processor before the measuring began.
    """
    groups = {name: [row for row in rows if row.measure == name] for name in TITLES}
    parts = "\n".join(_part(name, group) for name, group in groups.items() if group)
    required = [row for row in rows if row.met is not None]
    kept = sum(row.met is True for row in required)
    return f"""# Reliability

Written by `make chaos`, which runs `python -m reliability`: faults done to real processes, real
databases and a real broker. **{kept} of {len(required)} requirements were met** in the run of
{time.strftime("%Y-%m-%d", time.gmtime())}, which had {scale.cycles} cycles of `kill -9` (a full run
has {Scale().cycles}), seed {scale.seed}.

{machine(load_before)}

Signals are simulated: this page is about what becomes of messages, not about diagnoses. Short
versions of all of it are tests ([tests/reliability](../tests/reliability)), which assert everything
but times.

{parts}"""


def machine(load_before: float) -> str:
    """Say on what was measured, and who else was at work there."""
    cores = os.cpu_count() or 1
    lines = [
        f"- {cores} cores, {cpu_model()}",
        f"- Python {platform.python_version()} on {platform.system()}",
        f"- load average {load_before:.1f} before the run"
        + (
            ": others were at work on the machine, and times and rates below suffer from it"
            if load_before > BUSY * cores
            else ""
        ),
    ]
    return "\n".join(lines)


def _part(name: str, rows: Sequence[Row]) -> str:
    lines = [
        f"| {row.done} | {row.often} | {row.required} | {row.found} | {met_text(row.met)} |"
        for row in rows
    ]
    return "\n".join(
        [
            f"## {TITLES[name]}",
            "",
            EXPLAINED[name],
            "",
            "| what was done | how often | required | found | met |",
            "|---|---|---|---|---|",
            *lines,
            "",
        ]
    )
