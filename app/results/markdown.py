"""The results page, and the same figures flat for machines."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from app.results.registry import PROTOCOLS
from app.results.result import Cell, Result, ResultTable
from sensors.errors import OutputError
from sensors.output import write_whole
from sensors.recordings.manifest import load_manifest

INTRODUCTION = """\
# Results

Every number on this page was written by one command, `make results`, which runs

    motorwatch evaluate --all --markdown docs/RESULTS.md --output build/results.json

on the data sets found under `MOTORWATCH_DATA`; a section alone is run by the command under its
title. Nothing here is edited by hand, and the same command gives the same page.

How to read it:

- What counts is the physical unit (a bearing, a machine, a rig), not the window: windows of one
  bearing are alike. With fewer than five units in a class every unit is listed, and no interval
  and no AUROC is given.
- Scalers, thresholds and choices are frozen before the part that is tested is opened.
- *Abstains* is an answer: the data did not allow a verdict, and the reason is given.
- Data is real unless marked **simulated** or **injected** (a made fault in a real recording).
- A false-alarm figure comes with the time watched and the bound that this time allows.
"""
FOLDED_ROWS = 30
"""Longer tables are folded away: they are for looking things up."""
FIGURES_SHOWN = 4


class Absent(msgspec.Struct, frozen=True):
    """A protocol without a result, and why."""

    name: str
    reason: str


def write_markdown(results: Sequence[Result], path: Path, absent: Sequence[Absent] = ()) -> None:
    """Write the results page, and beside it the pictures of those results that have one.

    Raises
    ------
    OutputError
        A file cannot be written; what was there before stays.
    MissingDependency
        There is a picture to draw, and matplotlib is not installed.
    """
    _write(path, page(results, absent).encode())
    for result in results:
        for draw in _drawn(result):
            picture = path.parent / _picture(result)
            _make_folder(picture.parent)
            draw(result, picture)


def write_json(results: Sequence[Result], path: Path) -> None:
    """Write every figure as ``{"protocol.figure": value}``.

    Raises
    ------
    OutputError
        The file cannot be written; what was there before stays.
    """
    figures = msgspec.json.encode(flat_figures(results))
    _write(path, msgspec.json.format(figures, indent=1) + b"\n")


def _write(path: Path, content: bytes) -> None:
    _make_folder(path.parent)
    write_whole(path, content)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from error


def flat_figures(results: Sequence[Result]) -> dict[str, Cell]:
    """Return the figures of all results under ``protocol.figure``."""
    return {f"{r.name}.{key}": value for r in results for key, value in r.figures.items()}


def page(results: Sequence[Result], absent: Sequence[Absent] = ()) -> str:
    """Return the results page as Markdown."""
    parts = [INTRODUCTION, "## Summary", _markdown_table(_summary(results))]
    for result in results:
        parts += _section(result)
    if absent:
        parts.append("## Not present here")
        parts.append("\n".join(f"- **{one.name}**: {_text(one.reason)}" for one in absent))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def cell_text(cell: Cell) -> str:
    """Return a cell as people read it: a dash for nothing, no minus before zero."""
    if cell is None:
        return "–"
    return f"{cell + 0.0:.6g}" if isinstance(cell, float) else str(cell)


def outcome_of(result: Result) -> str:
    """Return a result's own line, else its first figures."""
    if result.outcome:
        return result.outcome
    shown = list(result.figures.items())[:FIGURES_SHOWN]
    return ", ".join(f"{key.replace('_', ' ')} {cell_text(value)}" for key, value in shown)


def _summary(results: Sequence[Result]) -> ResultTable:
    return ResultTable(
        title="",
        columns=("evaluation", "data", "what was aimed at", "what came out"),
        rows=tuple(
            (f"[{r.name}](#{_anchor(r)})", r.data, r.aim or None, outcome_of(r)) for r in results
        ),
    )


def _section(result: Result) -> Iterator[str]:
    label = "" if result.data == "real" else f" ({result.data})"
    yield f'<a id="{_anchor(result)}"></a>\n\n## {_text(result.title)}{label}'
    yield f"`motorwatch evaluate {result.name}`"
    if result.data != "real":
        yield f"**The data of this section is {result.data}: it is no evidence from the field.**"
    sources = list(_sources(result))
    if sources:
        yield "\n".join(sources)
    yield f"**Protocol.** {_text(result.protocol)}"
    for _ in _drawn(result):
        yield f"![{_text(result.title)}]({_picture(result)})"
    for table in result.tables:
        yield _titled_table(table)
    if result.remarks:
        yield "\n".join(f"- {_text(remark)}" for remark in result.remarks)


def _sources(result: Result) -> Iterator[str]:
    """Yield one line a data set: title, source and licence, as its manifest has them."""
    names = [name for p in PROTOCOLS if p.name == result.name for name in p.manifests]
    for name in names:
        manifest = load_manifest(name)
        yield (
            f"- Data `{name}`: {_text(manifest.title)}. Source: {_text(manifest.source)}. "
            f"Licence: {_text(manifest.licence) or 'not stated'}."
        )


def _drawn(result: Result) -> list[Callable[[Result, Path], None]]:
    return [p.draw for p in PROTOCOLS if p.name == result.name and p.draw is not None]


def _picture(result: Result) -> str:
    return f"images/{result.name}.svg"


def _anchor(result: Result) -> str:
    return f"result-{result.name}"


def _titled_table(table: ResultTable) -> str:
    body = _markdown_table(table)
    if len(table.rows) <= FOLDED_ROWS:
        return f"**{_text(table.title)}**\n\n{body}"
    count = len(table.rows)
    return (
        f"<details><summary><b>{_text(table.title)}</b> ({count} rows)</summary>\n\n{body}\n\n"
        "</details>"
    )


def _markdown_table(table: ResultTable) -> str:
    if not table.rows:
        return "(no rows)"
    lines = [_line(table.columns), _line(["---"] * len(table.columns))]
    return "\n".join([*lines, *(_line([cell_text(cell) for cell in row]) for row in table.rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_text(cell).replace("|", "\\|") for cell in cells) + " |"


def _text(text: str) -> str:
    """Return text on one line that Markdown does not take for tags."""
    return " ".join(text.split()).replace("<", "&lt;")
