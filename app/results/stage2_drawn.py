"""Stage 2 on simulated machines that it has never met: classes, calibration, sense by sense.

Synthetic, and labelled so: machines of the same simulator that the backbone learnt from. What it
is worth on real ones is another page.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.backbone.embedder import int8_embedder
from app.backbone.examples import Examples, drawn_examples
from app.backbone.head_rows import Embed, HeadRows, evident, hidden, rows_of
from app.backbone.measure import BINS, calibration_error, macro_f1
from app.results.result import Cell, Protocol, Result, ResultTable
from app.stage2 import SHIPPED_STAGE2
from app.workers import cores
from models.accelerator.tflite_model import parse_model
from models.metrics import confusion, macro_auroc
from models.stage2.head import Head
from models.stage2.needs import lane_rows
from models.stage2.release import Stage2Release, load_stage2
from models.stage2.spectra import FAULT_LANES, SHAFT_LANES, SOUND_LANES, SUPPLY_LANES
from sensors.recordings.recording import Recording

CASES = 400
FIRST = 1_000_000
"""Far beyond the cases that any backbone learns from."""
VIBRATION = SHAFT_LANES + FAULT_LANES
ABLATION: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("all senses", ()),
    ("without sound", SOUND_LANES),
    ("without current", SUPPLY_LANES),
    ("without vibration", VIBRATION),
    ("bearing unknown", FAULT_LANES),
    ("vibration alone", SOUND_LANES + SUPPLY_LANES),
    ("current alone", VIBRATION + SOUND_LANES),
)
RELIABILITY = "Reliability: how often the likeliest class is right"


def measure(cases: int = CASES) -> Result:
    """Judge fresh drawn cases."""
    release = load_stage2(SHIPPED_STAGE2)
    drawn = drawn_examples(range(FIRST, FIRST + cases), cores(), lambda done: None)
    examples = drawn.take(evident(drawn))
    embed = int8_embedder(parse_model(release.backbone))
    rows = rows_of(examples, embed)
    chances = rows.probabilities(release.head)
    ablation = tuple(_ablated(name, gone, examples, embed, release.head) for name, gone in ABLATION)
    whole = ablation[0]
    return Result(
        name="stage2_drawn",
        title="Stage 2 on simulated machines it has never met (synthetic)",
        protocol=_protocol(release, len(examples.units), cases),
        tables=(
            ResultTable(title="Sense by sense", columns=COLUMNS, rows=ablation),
            _confusion_table(chances, rows, release.head),
            _reliability_table(chances, rows, release.head),
        ),
        figures={
            "macro_auroc": whole[3],
            "macro_f1": whole[4],
            "calibration_error": whole[5],
            "unknown_share": whole[6],
        },
        remarks=(
            "A class that the remaining senses cannot show is left out of a row, not counted as "
            "missed: current alone says nothing of bearings here.",
        ),
        aim="every class told apart, probabilities that mean what they say",
        outcome=(
            f"macro AUROC {whole[3]}, macro F1 {whole[4]}, calibration error {whole[5]}, "
            f"{whole[6]} called unknown"
        ),
        data="simulated",
    )


COLUMNS = (
    "senses",
    "cases",
    "classes",
    "macro AUROC",
    "macro F1",
    "calibration error",
    "called unknown",
)


def _protocol(release: Stage2Release, shown: int, cases: int) -> str:
    return (
        f"Synthetic. {cases} machines drawn from the simulator under numbers that no training "
        f"used (release {release.release_id[:12]}): poles, size, speed, load, bearings, structure, "
        f"noise and fault at random. {shown} of them are sound or have no fault fainter than "
        "severity 0.15. One opinion a machine; those with two faults are left out of the scores."
    )


def _ablated(
    name: str, lanes: tuple[str, ...], examples: Examples, embed: Embed, head: Head
) -> tuple[Cell, ...]:
    gone = examples.lanes_masked.copy()
    if lanes:
        gone[:, lane_rows(lanes)] = True
    some = hidden(examples, gone)
    rows = rows_of(some.take(np.flatnonzero(~gone.all(axis=1))), embed)
    chances, labels = rows.probabilities(head), np.asarray(rows.labels)
    there = np.array([one in set(rows.labels) for one in head.classes])
    classes = tuple(np.asarray(head.classes)[there].tolist())
    named = np.asarray(head.classes)[chances.argmax(axis=1)]
    return (
        name,
        len(labels),
        len(classes),
        round(macro_auroc(chances[:, there], labels, classes), 3),
        round(macro_f1(labels, named), 3),
        round(calibration_error(chances, labels, head.classes), 3),
        round(float(np.mean(head.unknown(rows.inputs()))), 3),
    )


def _confusion_table(chances: npt.NDArray[np.float64], rows: HeadRows, head: Head) -> ResultTable:
    named = np.asarray(head.classes)[chances.argmax(axis=1)].tolist()
    counts = confusion(rows.labels, named, head.classes)
    return ResultTable(
        title="Confusion: what each class was called",
        columns=("truth", *head.classes),
        rows=tuple(
            (name, *(int(count) for count in row))
            for name, row in zip(head.classes, counts, strict=True)
            if row.sum()
        ),
    )


def _reliability_table(chances: npt.NDArray[np.float64], rows: HeadRows, head: Head) -> ResultTable:
    confidence = chances.max(axis=1)
    right = np.asarray(head.classes)[chances.argmax(axis=1)] == np.asarray(rows.labels)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return ResultTable(
        title=RELIABILITY,
        columns=("said, from", "to", "cases", "mean said", "share right"),
        rows=tuple(
            (
                one / BINS,
                (one + 1) / BINS,
                int(np.sum(bins == one)),
                round(float(confidence[bins == one].mean()), 3),
                round(float(right[bins == one].mean()), 3),
            )
            for one in sorted(set(bins.tolist()))
        ),
    )


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Judge fresh drawn cases; no data set is needed."""
    del recordings, folder
    return measure()


def draw(result: Result, path: Path) -> None:
    """Write the reliability plot.

    Raises
    ------
    MissingDependency
        matplotlib is not installed.
    OutputError
        The file cannot be written.
    """
    from app.report.canvas import house_style, new_figure, write_figure
    from app.report.palette import LIGHT

    rows = next(table.rows for table in result.tables if table.title == RELIABILITY)
    said, right, counts = (np.array([float(row[k] or 0) for row in rows]) for k in (3, 4, 2))
    with house_style():
        figure = new_figure(5.0, 4.6)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=LIGHT["muted"], lw=0.8, ls="--", label="ideal")
        axes.plot(said, right, "o-", color=LIGHT["signal"], label="stage 2")
        for x, y, count in zip(said, right, counts, strict=True):
            axes.annotate(f"{count:.0f}", (x, y), textcoords="offset points", xytext=(5, -10))
        axes.set(
            xlabel="probability said", ylabel="share right", xlim=(0, 1.02), ylim=(0, 1.02),
            title="SYNTHETIC: reliability of stage 2, cases beside the points",
        )  # fmt: skip
        axes.legend(loc="upper left")
        write_figure(figure, path)


PROTOCOLS = (Protocol("stage2_drawn", (), run, draw),)
