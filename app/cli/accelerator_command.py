"""`motorwatch accelerator`: where stage 2's network runs, what that costs, and its compiler."""

from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
import typer

from app.cli.console import escape, note, out, print_json, table
from app.cli.options import JsonOption
from app.stage2 import SHIPPED_STAGE2
from dsp.vector import Float32Array
from models.accelerator.comparison import Comparison, Decide
from models.accelerator.config import AcceleratorConfig, EdgeTpuDelegate, load_config
from models.accelerator.report import BackendReport, Report, report
from models.accelerator.tflite_model import TfliteModel, load_model, parse_model
from sensors.errors import BadSamples
from sensors.output import check_writable

app = typer.Typer(
    help="Where stage 2's network runs: what maps to an Edge TPU, what is faster, its compiler.",
    no_args_is_help=True,
)
MODEL_HELP = "A .tflite file or a stage-2 release; the shipped release if left out."


class Loaded(NamedTuple):
    """A model, and the head that decides on its output, where it came with one."""

    model: TfliteModel
    decide: Decide | None


@app.command("report")
def report_command(
    model: Annotated[Path, typer.Argument(help=MODEL_HELP, show_default=False)] = SHIPPED_STAGE2,
    original: Annotated[
        Path | None,
        typer.Option("--float", help="The float .tflite file that it was quantised from."),
    ] = None,
    compiled: Annotated[
        Path | None, typer.Option(help="The same model compiled for the Edge TPU.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Backends and deadlines, a TOML file; see the guide.")
    ] = None,
    spectra: Annotated[
        Path | None,
        typer.Option(help="Spectra to run it on: an .npy file, float, shape (n, lanes, bins)."),
    ] = None,
    runs: Annotated[int, typer.Option(help="Runs for each latency.", min=10)] = 1000,
    as_json: JsonOption = False,
) -> None:
    """Say what of a model an Edge TPU takes, what int8 costs, and which backend is faster here.

    Every backend runs in a process of its own, as in operation. Flips of decisions are counted
    where the model came with a head.

    Examples: motorwatch accelerator report;
    motorwatch accelerator report net_int8.tflite --float net.tflite --json
    """
    loaded = _load(model)
    said = report(
        load_config(config) if config else AcceleratorConfig(preferred=EdgeTpuDelegate()),
        loaded.model,
        compiled=load_model(compiled) if compiled else None,
        original=load_model(original) if original else None,
        spectra=_spectra(spectra) if spectra else None,
        decide=loaded.decide,
        runs=runs,
    )
    if as_json:
        print_json({"model": str(model), **msgspec.to_builtins(said)})
        return
    _show(said)


@app.command("compile")
def compile_command(
    model: Annotated[Path, typer.Argument(help="An int8 .tflite file.", show_default=False)],
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder; the model's own if left out.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compile a model for the Edge TPU, or say how where this machine cannot.

    Google's compiler exists for x86-64 Linux alone, not for a Jetson or a Raspberry Pi.

    Example: motorwatch accelerator compile net_int8.tflite
    """
    from models.accelerator.compiler import compile_model

    place = folder or model.parent
    check_writable(place / f"{model.stem}_edgetpu.tflite")
    made, compiled = compile_model(model, place)
    names = [one.name for one in compiled.operators]
    if as_json:
        size = len(compiled.content)
        print_json({"output": str(made), "size_bytes": size, "operators": names})
        return
    note(f"written to {made}; its operators: {', '.join(names)}")


def _load(path: Path) -> Loaded:
    if path.suffix != ".json":
        return Loaded(load_model(path), None)
    from models.stage2.release import load_stage2

    release = load_stage2(path)
    classes = len(release.physics_names)

    def decide(embeddings: Float32Array) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        # Physics features masked: what is compared is what the network alone decides.
        masked = np.full((len(embeddings), classes), np.nan)
        inputs = np.concatenate([embeddings, masked], axis=1)
        return np.asarray(release.head.probabilities(inputs).argmax(axis=1), dtype=np.int64)

    return Loaded(parse_model(release.backbone), decide)


def _spectra(path: Path) -> Float32Array:
    try:
        # Never a pickle; a header alone is read before its shape is believed.
        made = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise BadSamples(
            f"spectra {path} cannot be read: {error}; save them with np.save"
        ) from error
    if not isinstance(made, np.ndarray):
        raise BadSamples(f"spectra {path}: an .npy file is needed, not an archive of several")
    return np.asarray(made)


def _show(said: Report) -> None:
    rows = table(
        f"{said.mapped} of {len(said.operators)} operators for the Edge TPU",
        ["operator", "version", "makes", "where", "why, or what is left to the compiler"],
    )
    for one in said.operators:
        where = "Edge TPU" if one.mapped else "CPU"
        rows.add_row(one.operator, str(one.version), escape(one.output), where, escape(one.reason))
    out.print(rows)
    _show_backends(said.backends)
    if said.comparison:
        _show_comparison(said.comparison, said.inputs)
    else:
        note("int8 was not compared with float: give --float and --spectra")
    if not said.compiled:
        note("no file compiled for the Edge TPU: see `motorwatch accelerator compile`")
    out.print(f"choice: [bold]{escape(said.choice)}[/], {escape(said.reason)}")


def _show_backends(backends: list[BackendReport]) -> None:
    rows = table(
        None, ["backend", "runtime", "median ms", "99 % ms", "in the runtime ms", "why not"]
    )
    for one in backends:
        took = one.latency
        times = (
            [f"{ms:.3f}" for ms in (took.median_ms, took.p99_ms, took.invoke_ms)]
            if took
            else ["", "", ""]
        )
        rows.add_row(one.backend, one.runtime, *times, escape(one.reason))
    out.print(rows)


def _show_comparison(found: Comparison, inputs: str) -> None:
    rows = table(f"int8 beside float, on {inputs}", ["fact", "value"])
    rows.add_row("difference, of the outputs' spread", f"{100 * found.rms_share:.2f} %")
    rows.add_row(
        "greatest difference", f"{found.greatest:.4g} ({found.greatest_counts:.1f} counts)"
    )
    rows.add_row("inputs at the ends of int8", f"{100 * found.saturated_inputs:.2f} %")
    rows.add_row("outputs at the ends of int8", f"{100 * found.saturated_outputs:.2f} %")
    if found.flips is not None:
        rows.add_row("decisions that flip", f"{found.flips} of {found.decisions}")
    out.print(rows)
