"""Run one benchmark by name, or all: ``python -m bench newton --json build/bench.json``."""

import argparse
import importlib
import json
from pathlib import Path

BENCHES = {
    "features": "bench.features",
    "newton": "bench.newton",
}


def main() -> None:
    """Run what the command line names, print tables and write the figures as flat JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=[*BENCHES, "all"], help="which benchmark")
    parser.add_argument("--json", type=Path, help="file for the figures")
    chosen = parser.parse_args()
    figures: dict[str, float] = {}
    for name in BENCHES if chosen.name == "all" else [chosen.name]:
        figures |= importlib.import_module(BENCHES[name]).run()
    if chosen.json:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
