"""What an evaluation returns: tables for people, figures for machines, and the words between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from sensors.recordings.recording import Recording

Cell = str | int | float | None


class ResultTable(msgspec.Struct, frozen=True, kw_only=True):
    """One table of a result page.

    Attributes
    ----------
    title : str
        What it shows.
    columns : tuple of str
        Headings, with units.
    rows : tuple of tuples
        Cells in order; None is a dash.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one protocol found on one data set.

    Attributes
    ----------
    name : str
        Name of the protocol: that of the data set, or of the pair.
    title : str
        For people.
    protocol : str
        Unit of counting, positives, negatives, split, and what was frozen before what was opened.
    tables : tuple of ResultTable
        What was found, every unit listed.
    figures : dict of str to number, text or None
        Flat, for `build/results.json`; None where the data does not support a figure.
    remarks : tuple of str
        What the numbers can and cannot show, and why what failed failed.
    aim, outcome : str
        One line each for the page's summary: what was aimed at, and what came out.
    data : str
        ``real``, ``injected`` (a made fault in a real recording) or ``simulated``.
    """

    name: str
    title: str
    protocol: str
    tables: tuple[ResultTable, ...]
    figures: dict[str, Cell]
    remarks: tuple[str, ...] = ()
    aim: str = ""
    outcome: str = ""
    data: Literal["real", "injected", "simulated"] = "real"


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a data set is evaluated.

    Attributes
    ----------
    name : str
        As on the command line.
    manifests : tuple of str
        Ready manifests of the data sets it needs, which are also their folders' names.
    run : callable
        Takes the recordings of each manifest and the folder of data sets; returns the result.
    draw : callable or None
        Writes the picture of a result to a path, where there is one to see.
    some_suffice : bool
        Whether it runs on those of its data sets that are there, without the others.
    """

    name: str
    manifests: tuple[str, ...]
    run: Callable[[dict[str, Sequence[Recording]], Path], Result]
    draw: Callable[[Result, Path], None] | None = None
    some_suffice: bool = False
