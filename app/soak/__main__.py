"""Judge healthy simulated windows and count what is named: ``python -m app.soak --jobs 16``.

Progress is printed. Every window that was judged is kept in a journal: after Ctrl-C, a kill or a
power cut the same command goes on from there, and begins anew only where the code has changed.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from app.soak.count import TARGET_WINDOWS, Heard, count, hear
from app.soak.journal import Journal, code_digest
from app.soak.page import page, summary
from app.workers import cores, shared
from sensors.output import write_whole

PROGRESS_S = 10.0


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m app.soak", description=__doc__)
    parser.add_argument("--windows", type=int, default=TARGET_WINDOWS, help="how many")
    parser.add_argument("--first", type=int, default=0, help="number of the first window")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument(
        "--journal", type=Path, default=Path("build/soak.jsonl"), help="what was heard so far"
    )
    parser.add_argument("--json", type=Path, default=Path("build/soak.json"), help="figures")
    parser.add_argument("--markdown", type=Path, help="page for people, e.g. docs/SOAK.md")
    chosen = parser.parse_args(arguments)
    if chosen.windows < 1 or chosen.first < 0 or chosen.jobs < 1:
        parser.error("--windows and --jobs must be at least 1, and --first at least 0")
    numbers = range(chosen.first, chosen.first + chosen.windows)
    journal = Journal(chosen.journal, code_digest())
    known = [journal.heard[number] for number in numbers if number in journal.heard]
    tell_known(chosen.journal, len(known), begun_anew=journal.begun_anew)
    left = [number for number in numbers if number not in journal.heard]
    for one in listen(left, chosen.jobs, 60.0 * chosen.minutes):
        journal.add(one)
        known.append(one)
    heard = sorted(known, key=lambda one: one.number)
    if not heard:
        parser.exit(130, "interrupted before the first window was judged\n")
    found = count(heard)
    for line in summary(found):
        print(line)
    write(chosen.json, msgspec.json.format(msgspec.json.encode(found), indent=1))
    if chosen.markdown:
        write(chosen.markdown, page(found, numbers[0]).encode())


def tell_known(journal: Path, known: int, *, begun_anew: bool) -> None:
    """Say what is not judged again, or why all is."""
    if begun_anew:
        print(f"{journal}: other code has judged that; begun anew", flush=True)
    elif known:
        print(f"{journal}: {known} windows are judged already", flush=True)


def listen(numbers: Sequence[int], jobs: int, seconds: float) -> Iterator[Heard]:
    """Yield what is said of each window, with progress, until all are done, time or Ctrl-C."""
    start = told = time.monotonic()
    done = named = 0
    try:
        with closing(shared(hear, numbers, jobs)) as results:
            for one in results:
                yield one
                done, named = done + 1, named + len(one.findings)
                for false in one.findings:
                    print(
                        f"window {one.number}: {false.condition} ({false.confidence})", flush=True
                    )
                now = time.monotonic()
                if now - told > PROGRESS_S:
                    told, left = now, (now - start) / done * (len(numbers) - done)
                    print(
                        f"{done} of {len(numbers)}, {named} findings, {left:.0f} s left", flush=True
                    )
                if now - start > seconds:
                    print(f"time is up after {done} windows")
                    return
    except KeyboardInterrupt:
        print(f"interrupted after {done} windows; the same command goes on from there")


def write(path: Path, content: bytes) -> None:
    """Write a file, and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


if __name__ == "__main__":
    main()
