"""`motorwatch spectrum`: a recording's spectrum, as a picture or in the terminal."""

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.console import note, print_json
from app.cli.loading import load
from app.cli.options import (
    BearingOption,
    JsonOption,
    ManifestOption,
    MotorOption,
    RateOption,
    RpmOption,
    SenseOption,
    SourceFile,
)
from sensors.errors import BadConfig


def spectrum(
    file: SourceFile,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="PNG or SVG to write; otherwise drawn right here."),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="amplitude, or envelope for bearing lines.")
    ] = "amplitude",
    channel: Annotated[str | None, typer.Option(help="Which channel; otherwise the first.")] = None,
    band: Annotated[
        str | None,
        typer.Option(help="Demodulation band in Hz for the envelope, e.g. 2000-5000."),
    ] = None,
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    sense: SenseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the amplitude or envelope spectrum of a recording's last ten seconds.

    They are what `motorwatch diagnose` looks at; of a run-to-failure series it is the same
    snapshot. Shaft orders, and for known bearings the defect lines, are drawn in.

    Example: motorwatch spectrum fault.csv --kind envelope --rpm 1480 --bearing 6205 -o lines.png
    """
    from app.judged_capture import judged_capture
    from app.report.spectrum import draw_spectrum

    if kind not in ("amplitude", "envelope"):
        raise BadConfig(f"--kind {kind!r} must be amplitude or envelope")
    chosen: Literal["amplitude", "envelope"] = "envelope" if kind == "envelope" else "amplitude"
    recordings = load([file], manifest, motor, rate, rpm, bearing, sense)
    taken = judged_capture(recordings[0])
    if taken.standstill is not None:
        note(taken.standstill)
    drawn = draw_spectrum(
        taken.capture,
        recordings[0].motor,
        kind=chosen,
        channel=channel,
        band=parse_band(band),
        output=output,
        show=not as_json,
    )
    if as_json:
        print_json(drawn)
    elif output is not None:
        note(f"spectrum written to {output}")


def parse_band(text: str | None) -> tuple[float, float] | None:
    """Return the two edges that ``LO-HI`` names."""
    if text is None:
        return None
    try:
        lo, hi = (float(part) for part in text.split("-"))
    except ValueError:
        lo, hi = 0.0, 0.0
    if not 0.0 < lo < hi < math.inf:
        raise BadConfig(f"--band {text!r}: write LO-HI in Hz, e.g. 2000-5000")
    return lo, hi
