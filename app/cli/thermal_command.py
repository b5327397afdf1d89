"""`motorwatch thermal`: a motor's own thermal model from a long recording in health."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import note, out, print_json, table
from app.cli.loading import load
from app.cli.options import JsonOption, ManifestOption, MotorOption, SourceFile
from app.thermal_model import fit_recording, save_thermal
from models.thermal.fit import ThermalFit
from sensors.errors import BadConfig
from sensors.output import check_writable

UNITS = {"load_rise_k": "K", "constant_rise_k": "K", "winding_s": "s", "frame_s": "s"}


def thermal(
    source: SourceFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the model.")],
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    winding_over_frame: Annotated[
        float,
        typer.Option(
            help="By how many kelvin the winding is hotter than the sensor at rated load, from "
            "the maker: a sensor on the frame cannot tell."
        ),
    ] = 25.0,
    as_json: JsonOption = False,
) -> None:
    """Fit a motor's thermal model to hours of its healthy life over changing load.

    Temperature is then held against load and air: a hot motor at high load is not a fault. The
    recording needs the temperatures of motor and air, and its load or its currents; where it does
    not identify the model, the answer says what is missing.

    Example: motorwatch thermal week.parquet --motor motor.toml -o pump.thermal.json;
    motorwatch diagnose today.csv --motor motor.toml --thermal pump.thermal.json
    """
    check_writable(output)
    recordings = load([source], manifest, motor, None, None, None, None)
    if len(recordings) != 1:
        raise BadConfig(f"{source} holds {len(recordings)} recordings; name one")
    fitted = fit_recording(recordings[0], winding_over_frame)
    save_thermal(fitted, output)
    if as_json:
        print_json(fitted)
    else:
        _print(fitted)
    note(f"thermal model written to {output}")


def _print(fitted: ThermalFit) -> None:
    rows = table(
        f"thermal model of {fitted.span_s / 3600:.1f} h, driven by {fitted.driven_by}",
        ["parameter", "value", "standard error", "unit"],
    )
    for name in fitted.parameters.__struct_fields__:
        error = fitted.errors.get(name)
        said = "given" if error is None else f"{error:.3g}"
        rows.add_row(name, f"{getattr(fitted.parameters, name):.4g}", said, UNITS.get(name, ""))
    out.print(rows)
    out.print(f"residuals: {fitted.sigma_k:.2f} K")
