"""Do faults to a plant and say what came of it: ``python -m reliability --cycles 15``.

Progress is printed; Ctrl-C ends the measure at hand, keeps what is known, and ends the run.
"""

import argparse
import importlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from reliability.page import met_text, page
from reliability.row import Row
from reliability.scale import SHORT, Scale
from sensors.output import write_whole

MEASURES = {
    "chaos": ("reliability.chaos", "chaos"),
    "load": ("reliability.load", "load"),
    "disk": ("reliability.disk", "disk"),
    "outage": ("reliability.outage", "outage"),
    "links": ("reliability.bad_links", "bad_links"),
    "sync": ("reliability.sync_order", "sync_order"),
    "clocks": ("reliability.clocks", "clocks"),
    "fuzz": ("reliability.fuzz", "fuzz"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line names; print rows, write figures and a page."""
    parser = argparse.ArgumentParser(prog="python -m reliability", description=__doc__)
    parser.add_argument(
        "name", nargs="*", choices=[*MEASURES, "all"], default="all", help="which measures"
    )
    parser.add_argument("--short", action="store_true", help="seconds of each, as the tests do")
    parser.add_argument("--cycles", type=int, help="how often something is killed")
    parser.add_argument("--seed", type=int, help="of victims and moments")
    parser.add_argument("--load-s", type=float, help="seconds of each load")
    parser.add_argument("--memory-s", type=float, help="seconds over which memory is watched")
    parser.add_argument("--json", type=Path, default=Path("build/reliability.json"), help="figures")
    parser.add_argument("--markdown", type=Path, help="page for people")
    chosen = parser.parse_args(arguments)
    named = chosen.name if isinstance(chosen.name, list) else [chosen.name]
    given = {name: getattr(chosen, name) for name in ("cycles", "seed", "load_s", "memory_s")}
    scale = replace(
        SHORT if chosen.short else Scale(),
        **{name: value for name, value in given.items() if value is not None},
    )
    if scale.cycles < 1:
        parser.error("--cycles must be at least 1")
    load_before = os.getloadavg()[0]
    rows = measured(list(MEASURES) if "all" in named else named, scale)
    if not rows:
        parser.exit(130, "interrupted before anything was measured\n")
    required = [row for row in rows if row.met is not None]
    print(f"{sum(row.met is True for row in required)} of {len(required)} requirements met")
    write(chosen.json, msgspec.json.format(msgspec.json.encode(rows), indent=1))
    if chosen.markdown:
        write(chosen.markdown, page(rows, scale, load_before).encode())
    if any(row.met is False for row in rows):
        parser.exit(1, "not everything that is required was met\n")


def measured(names: Sequence[str], scale: Scale) -> list[Row]:
    """Measure one after another, until all are done or Ctrl-C."""
    rows: list[Row] = []
    for name in names:
        module, function = MEASURES[name]
        print(f"{name} ...", flush=True)
        try:
            for row in getattr(importlib.import_module(module), function)(scale):
                print(f"{met_text(row.met):3} {row.done}: {row.found}", flush=True)
                rows.append(row)
        except KeyboardInterrupt:
            print("interrupted; what was measured is kept")
            break
    return rows


def write(path: Path, content: bytes) -> None:
    """Write a file, and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


if __name__ == "__main__":
    main()
