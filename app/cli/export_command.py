"""`motorwatch export`: models in the formats of other runtimes."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app.cli.console import note, print_json
from app.cli.options import JsonOption
from sensors.errors import BadConfig, BadRelease
from sensors.output import check_writable, write_whole

MAX_BYTES = 16 * 1024 * 1024


def export(
    release: Annotated[
        Path, typer.Argument(help="A stage-1 or stage-2 release.", show_default=False)
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="File to write: .onnx, or .tflite for a backbone."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Write a release's model for other runtimes.

    As ONNX: the logistic score of stage 1, which takes a motor's own deviations, or the head of
    stage 2, which takes embedding and physics features. As TFLite: the int8 backbone of stage 2.

    Examples: motorwatch export bearing.json -o stage1.onnx;
    motorwatch export stage2.json -o backbone.tflite
    """
    check_writable(output)
    if output.suffix not in (".onnx", ".tflite"):
        raise BadConfig(f"{output}: name a file that ends in .onnx, or in .tflite for a backbone")
    stage = _stage(release)
    if stage == "stage2":
        what, content = _stage2(release, output.suffix)
    elif output.suffix == ".onnx":
        what, content = _stage1(release)
    else:
        raise BadConfig(
            f"{release} is a stage-1 release, which has no backbone; name an .onnx file"
        )
    write_whole(output, content)
    if as_json:
        print_json({"output": str(output), "holds": what, "size_bytes": len(content)})
        return
    note(f"{what} written to {output}, {len(content)} bytes")


class Kind(msgspec.Struct):
    """What every release says of itself."""

    kind: str


def _stage(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES)
        return msgspec.json.decode(raw, type=Kind).kind
    except OSError as error:
        raise BadRelease(f"release {path} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRelease(f"release {path} is no release: {error}") from error


def _stage1(path: Path) -> tuple[str, bytes]:
    from models.onnx_stage1 import stage1_to_onnx
    from models.release import load_release

    return "stage 1's logistic score", stage1_to_onnx(load_release(path))


def _stage2(path: Path, suffix: str) -> tuple[str, bytes]:
    from models.accelerator.tflite_model import parse_model
    from models.stage2.onnx_file import head_to_onnx
    from models.stage2.release import load_stage2

    release = load_stage2(path)
    if suffix == ".tflite":
        return "stage 2's backbone", release.backbone
    width = parse_model(release.backbone).output.size
    names = (*(f"embedding {place}" for place in range(width)), *release.physics_names)
    made = head_to_onnx(release.head, inputs=names, release_id=release.release_id)
    return "stage 2's head", made
