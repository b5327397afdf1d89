"""Options that several commands share, each defined and explained once."""

from pathlib import Path
from typing import Annotated

import typer

from sensors.capture import Sense

Sources = Annotated[
    list[Path],
    typer.Argument(help="Recordings, folders, or the folder of a data set.", show_default=False),
]
SourceFile = Annotated[Path, typer.Argument(help="A recording.", show_default=False)]
ManifestOption = Annotated[
    str | None,
    typer.Option(
        "--manifest",
        "-m",
        help="What the files mean: a manifest's path, or the name of a ready one "
        "(see `motorwatch manifest list`).",
    ),
]
MotorOption = Annotated[
    Path | None,
    typer.Option("--motor", help="Nameplate and bearings: a motor.toml (see `motorwatch motor`)."),
]
RateOption = Annotated[
    float | None,
    typer.Option("--rate", help="Sampling rate in Hz, where neither file nor manifest says it."),
]
RpmOption = Annotated[
    float | None, typer.Option("--rpm", help="Shaft speed in rpm, where nothing else says it.")
]
BearingOption = Annotated[
    str | None,
    typer.Option("--bearing", help="Bearing designation, e.g. 6205 (see `motorwatch bearings`)."),
]
SenseOption = Annotated[
    Sense | None,
    typer.Option(
        "--sense",
        help="What a file without a manifest measures, e.g. vibration written as WAV.",
    ),
]
LimitsOption = Annotated[
    Path | None,
    typer.Option(
        "--limits",
        help="Your plant's own limits and card texts: a folder made by `motorwatch limits`.",
    ),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option("--baseline", help="The same motor in health: findings say how much has grown."),
]
ThermalOption = Annotated[
    Path | None,
    typer.Option("--thermal", help="The motor's thermal model, made by `motorwatch thermal`."),
]
Stage2Option = Annotated[
    str,
    typer.Option(
        help="Stage 2's second opinion: auto (where its runtime is installed), off, or the path "
        "of a stage-2 release."
    ),
]
AcceleratorOption = Annotated[
    Path | None,
    typer.Option(help="TOML that says where stage 2 runs (docs/CLI.md); otherwise the CPU."),
]
StoreOption = Annotated[
    str,
    typer.Option("--store", help="The database, e.g. sqlite:///plant.db", show_default=False),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON instead of for people.")
]
