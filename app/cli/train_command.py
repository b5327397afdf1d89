"""`motorwatch train`: a stage-1 release from a data set."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import note, out, print_json, table
from app.cli.loading import load
from app.cli.options import (
    BearingOption,
    JsonOption,
    ManifestOption,
    MotorOption,
    RateOption,
    RpmOption,
)
from dsp.features import FeatureSpec
from models.release import Release, save_release
from sensors.errors import BadConfig
from sensors.output import check_writable

NOTABLE = 0.005
"""Smaller coefficients print as zero."""


def train(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(help="Folder of a labelled or run-to-failure data set.", show_default=False),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Release to write.")] = Path(
        "release.json"
    ),
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    template: Annotated[
        bool, typer.Option("--template", help="Train the built-in template on simulated motors.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Train stage 1 by Newton-Raphson and write it as a release.

    Labelled recordings are compared with the healthy ones of their own rig; lives that run to
    failure with their own beginning. Thresholds come from healthy windows of units the model had
    not seen. `motorwatch replay --release FILE` uses the result.

    Example: motorwatch train data/femto_npz --manifest femto_npz -o bearing.json
    """
    from app.training import train as fit
    from app.training import train_template

    check_writable(output)
    spec = FeatureSpec()
    if template:
        release = train_template(spec)
    elif sources:
        release = fit(load(sources, manifest, motor, rate, rpm, bearing), spec)
    else:
        raise BadConfig("name a data set to train on, or give --template")
    save_release(release, output)
    if as_json:
        print_json({"output": str(output), "release_id": release.release_id, **summary(release)})
        return
    rows = table(f"release {release.release_id[:12]}", ["fact", "value"])
    for name, value in summary(release).items():
        rows.add_row(name, str(value))
    out.print(rows)
    note(f"written to {output}")


def summary(release: Release) -> dict[str, object]:
    """Return what people want to know of a release."""
    weights = zip(release.feature_names, release.coefficients.tolist(), strict=True)
    read = [(name, weight) for name, weight in weights if abs(weight) >= NOTABLE]
    strongest = sorted(read, key=lambda pair: -abs(pair[1]))[:5]
    return {
        "spec": release.spec_id,
        "units": len(release.provenance.units),
        "synthetic": release.provenance.synthetic,
        "split": release.provenance.split,
        "alert at logit": round(release.alert.value, 3),
        "alarms a month supported": round(release.alert.supported_per_month, 2),
        "strongest features": ", ".join(f"{name} {w:+.2f}" for name, w in strongest),
    }
