"""`motorwatch evaluate`: the evaluation protocols on real data, and on a user's own."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import escape, note, out, print_json, table
from app.cli.doctor_command import DATA_VARIABLE, data_folder
from app.cli.loading import load
from app.cli.options import (
    BearingOption,
    JsonOption,
    ManifestOption,
    MotorOption,
    RateOption,
    RpmOption,
)
from app.results.markdown import Absent, cell_text, outcome_of, write_json, write_markdown
from app.results.own_data import evaluate_own
from app.results.registry import PROTOCOLS, absence, find_protocols, missing_sets, run_protocol
from app.results.result import Protocol, Result
from models.splits import SplitKind
from sensors.errors import BadConfig, MotorwatchError
from sensors.output import check_writable
from sensors.recordings.manifest import ready_names
from sensors.recordings.matching import MANIFEST_FILE


def evaluate(
    dataset: Annotated[
        str | None,
        typer.Argument(
            help="Name of a data set under MOTORWATCH_DATA or of a protocol, or the folder of "
            "your own labelled data set.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every protocol whose data is under MOTORWATCH_DATA.")
    ] = False,
    manifest: ManifestOption = None,
    split: Annotated[
        SplitKind | None,
        typer.Option(
            help="Split stage 1 is judged by: never a bearing on both sides (bearing), nor a load "
            "(load), nor a rig (machine); `random` leaks and is a warning.",
        ),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Page to write, e.g. docs/RESULTS.md.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Figures to write, e.g. build/results.json."),
    ] = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluate on a data set: what was found, abstained from and wrong, unit by unit.

    A known data set is judged by its own protocol. Your own data set (a folder with a manifest) is
    judged by physics, and by stage 1 fitted without the bearing that is judged. With --split any
    data set is judged by stage 1 under that split, and a random split is set beside it.

    Examples: motorwatch evaluate --all; motorwatch evaluate cwru;
    motorwatch evaluate cwru --split random; motorwatch evaluate FOLDER --manifest mine.toml
    """
    if every == (dataset is not None):
        raise BadConfig(
            "name a data set, or give --all; there are: "
            + ", ".join(protocol.name for protocol in PROTOCOLS)
        )
    for page in (markdown, output):
        if page is not None and page.exists():
            check_writable(page)
    absent: list[Absent] = []
    failures: list[MotorwatchError] = []
    if dataset is not None and (manifest is not None or split is not None or _is_own(dataset)):
        folder, ready = _place(dataset)
        recordings = load([folder], manifest or ready, motor, rate, rpm, bearing)
        results = evaluate_own(folder.absolute().name, recordings, split)
    elif (split, manifest, motor, rate, rpm, bearing) != (None,) * 6:
        raise BadConfig(
            "a protocol states its own split, manifest, motor, rate, speed and bearing: leave "
            "these options out, or give --manifest to have the data set judged as your own"
        )
    elif dataset is None:
        results = tuple(_every(data_folder(), absent, failures))
    else:
        folder, protocols = _known(dataset)
        results = tuple(_run(protocol, folder) for protocol in protocols)
    if markdown is not None:
        write_markdown(results, markdown, absent)
    if output is not None:
        write_json(results, output)
    _show(results, absent, as_json=as_json, brief=every)
    if failures:
        raise failures[0]


def _every(folder: Path, absent: list[Absent], failures: list[MotorwatchError]) -> Iterator[Result]:
    """Run every protocol whose data is there; note in passing what is absent or fails."""
    present = [protocol for protocol in PROTOCOLS if not missing_sets(protocol, folder)]
    if not any(protocol.manifests for protocol in present):
        raise BadConfig(
            f"none of the data sets is in {folder}; set {DATA_VARIABLE} to the folder that holds "
            "them (`motorwatch manifest list` says where to get them)"
        )
    for protocol in PROTOCOLS:
        if protocol not in present:
            absent.append(Absent(protocol.name, absence(missing_sets(protocol, folder))))
            continue
        try:
            yield _run(protocol, folder)
        except MotorwatchError as error:
            reason = str(error).replace(str(folder), DATA_VARIABLE)
            absent.append(Absent(protocol.name, f"could not be evaluated: {reason}"))
            failures.append(error)


def _is_own(dataset: str) -> bool:
    """Whether this is a folder that says itself what it holds."""
    return (Path(dataset) / MANIFEST_FILE).is_file()


def _known(dataset: str) -> tuple[Path, tuple[Protocol, ...]]:
    """Find protocols by name, or by the folder of a data set that bears its name."""
    path = Path(dataset)
    if path.is_dir():
        return path.absolute().parent, find_protocols(path.absolute().name)
    return data_folder(), find_protocols(dataset)


def _place(dataset: str) -> tuple[Path, str | None]:
    """Return where recordings are, and the ready manifest that bears their folder's name."""
    path = Path(dataset)
    folder = path if path.exists() else data_folder() / dataset
    name = folder.absolute().name
    return folder, name if name in ready_names() and not _is_own(dataset) else None


def _run(protocol: Protocol, folder: Path) -> Result:
    note(f"evaluating {protocol.name}")
    return run_protocol(protocol, folder)


def _show(
    results: Sequence[Result], absent: Sequence[Absent], *, as_json: bool, brief: bool
) -> None:
    if as_json:
        for result in results:
            print_json(result)
        return
    if brief:
        _show_summary(results, absent)
        return
    for result in results:
        _show_result(result)


def _show_summary(results: Sequence[Result], absent: Sequence[Absent]) -> None:
    rows = table("evaluation", ["protocol", "data", "what was aimed at", "what came out"])
    for result in results:
        cells = (result.name, result.data, result.aim, outcome_of(result))
        rows.add_row(*(escape(cell) for cell in cells))
    out.print(rows)
    for one in absent:
        note(f"not here: {one.name}: {one.reason}")


def _show_result(result: Result) -> None:
    label = "" if result.data == "real" else f" [yellow]({result.data})[/]"
    out.print(f"[bold]{escape(result.title)}[/]{label}")
    out.print(escape(result.protocol))
    for found in result.tables:
        rows = table(escape(found.title), [escape(column) for column in found.columns])
        for column in rows.columns:
            column.overflow = "fold"
        for row in found.rows:
            rows.add_row(*(escape(cell_text(cell)) for cell in row))
        out.print(rows)
    for remark in result.remarks:
        out.print(f"- {escape(remark)}")
