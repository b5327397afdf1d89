"""Run one benchmark by name, or all: ``python -m bench newton --json build/bench.json``."""

import argparse
import importlib
import json
from pathlib import Path

from bench.page import page, summary

BENCHES = {
    "features": "bench.features",
    "newton": "bench.newton",
    "replay": "bench.replay",
    "diagnosis": "bench.diagnosis",
    "inference": "bench.inference",
    "retraining": "bench.retraining",
    "gateway": "bench.gateway",
}


def main() -> None:
    """Run what the command line names, print tables, write the figures as flat JSON and a page."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=[*BENCHES, "all"], help="which benchmark")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--markdown", type=Path, help="page for people")
    chosen = parser.parse_args()
    figures: dict[str, float] = {}
    for name in BENCHES if chosen.name == "all" else [chosen.name]:
        figures |= importlib.import_module(BENCHES[name]).run()
    summary(figures)
    if chosen.json:
        write(chosen.json, json.dumps(figures, indent=2, sort_keys=True) + "\n")
    if chosen.markdown:
        write(chosen.markdown, page(figures))


def write(file: Path, text: str) -> None:
    """Write a file, and its folder where there is none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
