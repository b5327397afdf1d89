"""`motorwatch features`: the feature vectors of recordings as a table file."""

from pathlib import Path
from typing import Annotated

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
    Sources,
)


def features(
    sources: Sources,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Parquet (.parquet) or CSV (.csv) to write.")
    ],
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    sense: SenseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Extract the features of every window and write them as a table.

    One row a window: recording, unit, labels, time, operating point and every feature, empty
    where it could not be measured. The file's metadata names the feature specification.

    Example: motorwatch features data/cwru --manifest cwru -o cwru.parquet
    """
    from app.feature_table import write_feature_table
    from dsp.features import FeatureSpec

    recordings = load(sources, manifest, motor, rate, rpm, bearing, sense)
    spec = FeatureSpec()
    rows = write_feature_table(recordings, spec, output)
    if as_json:
        print_json({"output": str(output), "rows": rows, "spec_id": spec.spec_id})
    else:
        note(
            f"{rows} windows of {len(recordings)} recordings, {len(spec.names)} features "
            f"(spec {spec.spec_id}) written to {output}"
        )
