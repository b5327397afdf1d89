"""The Edge TPU's compiler, where its maker ships it, and what to do where not."""

import platform
import shutil
import subprocess
from pathlib import Path

from models.accelerator.edgetpu import is_compiled
from models.accelerator.tflite_model import TfliteModel, load_model
from sensors.errors import BadModel, MissingDependency

COMPILER = "edgetpu_compiler"
LIMIT_S = 300.0


def compile_model(path: Path, folder: Path) -> tuple[Path, TfliteModel]:
    """Compile an int8 model for the Edge TPU.

    Parameters
    ----------
    path : Path
        The model, not yet compiled.
    folder : Path
        Where ``<name>_edgetpu.tflite`` is written.

    Returns
    -------
    (Path, TfliteModel)
        The compiled file and what it holds.

    Raises
    ------
    MissingDependency
        There is no compiler; the message says how to get one.
    BadModel
        The model is damaged or compiled already, or the compiler refuses it.
    """
    model = load_model(path)
    if is_compiled(model):
        raise BadModel(f"model {path} is compiled for the Edge TPU already")
    tool = shutil.which(COMPILER)
    if tool is None:
        raise MissingDependency(f"{COMPILER} is not on the path: {advice()}")
    _run([tool, "-s", "-o", str(folder), str(path)], path)
    made = folder / f"{path.stem}_edgetpu.tflite"
    compiled = load_model(made)
    if not is_compiled(compiled):
        raise BadModel(f"{COMPILER} mapped nothing of {path}; see `motorwatch accelerator report`")
    return made, compiled


def advice() -> str:
    """Say how to get a model compiled from this machine."""
    machine = platform.machine()
    there = (
        "install the Debian package edgetpu-compiler from Google's Coral package source"
        if machine in ("x86_64", "AMD64") and platform.system() == "Linux"
        else f"it does not exist for {machine}; compile on an x86-64 PC with Debian or Ubuntu, "
        "with the package edgetpu-compiler from Google's Coral package source, and copy the "
        "_edgetpu.tflite file here"
    )
    return f"{there}. The head is retrained without it; only a new backbone needs compiling"


def _run(command: list[str], path: Path) -> None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired as error:
        raise BadModel(f"{COMPILER} did not end within {LIMIT_S:g} s on {path}") from error
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise BadModel(f"{COMPILER} refuses {path}: {' '.join(lines[-3:]) or done.returncode}")
