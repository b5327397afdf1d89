"""Detection curves with many cases: ``python -m app.soak.curves --cases 48 --jobs 16``."""

import argparse
from pathlib import Path

from app.results.detection import measure
from app.results.markdown import write_json, write_markdown
from app.workers import cores


def main() -> None:
    """Measure with as many cases as asked for; write page, picture and figures."""
    parser = argparse.ArgumentParser(prog="python -m app.soak.curves", description=__doc__)
    parser.add_argument("--cases", type=int, default=48, help="machines a level")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes")
    parser.add_argument("--markdown", type=Path, default=Path("build/DETECTION.md"), help="page")
    parser.add_argument("--json", type=Path, default=Path("build/detection.json"), help="figures")
    chosen = parser.parse_args()
    result = measure(cases=chosen.cases, jobs=chosen.jobs)
    write_markdown([result], chosen.markdown)
    write_json([result], chosen.json)
    print(result.outcome)


if __name__ == "__main__":
    main()
