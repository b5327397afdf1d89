"""`motorwatch doctor`: what is installed, what is seen, what is missing and how to get it."""

import importlib.metadata
import os
import platform
import shutil
from ctypes.util import find_library
from pathlib import Path

from app.cli.console import escape, out, print_json, table
from app.cli.options import JsonOption
from sensors.errors import BadRelease

DATA_VARIABLE = "MOTORWATCH_DATA"
DEFAULT_DATA = Path("..") / "shared" / "data"
LIBRARIES = {
    "numpy": ("features and models", "pip install motorwatch"),
    "scipy": ("spectra, MATLAB v5 files", "pip install motorwatch"),
    "PyWavelets": ("wavelet packets", "pip install motorwatch"),
    "SQLAlchemy": ("the store", "pip install motorwatch"),
    "alembic": ("migrations of the store", "pip install motorwatch"),
    "h5py": ("MATLAB v7.3 files", "pip install 'motorwatch[recordings]'"),
    "npTDMS": ("TDMS files", "pip install 'motorwatch[recordings]'"),
    "soundfile": ("WAV and FLAC files", "pip install 'motorwatch[recordings]'"),
    "pyarrow": ("CSV and Parquet files", "pip install 'motorwatch[recordings]'"),
    "matplotlib": ("plots and reports", "pip install 'motorwatch[report]'"),
    "Jinja2": ("HTML reports", "pip install 'motorwatch[report]'"),
    "plotext": ("plots in the terminal", "pip install 'motorwatch[report]'"),
    "psycopg": ("a PostgreSQL store", "pip install 'motorwatch[postgres]'"),
    "onnx": ("models for others, as ONNX", "pip install 'motorwatch[exchange]'"),
}
RUNTIMES = ("ai-edge-litert", "tflite-runtime")
"""Either runs stage 2."""


def doctor(as_json: JsonOption = False) -> None:
    """Check this machine: libraries, hardware and recordings, and how to get what is missing."""
    findings = [
        *_libraries(),
        _runtime(),
        _machine(),
        _coral(),
        _converters(),
        _recordings(),
        _template(),
        _stage2(),
    ]
    if as_json:
        print_json(findings)
        return
    rows = table("motorwatch doctor", ["", "what", "for", "seen", "to get it"])
    for found in findings:
        mark = "[green]ok[/]" if found["ok"] else "[yellow]--[/]"
        rows.add_row(mark, *(escape(str(found[key])) for key in ("what", "for", "seen", "remedy")))
    out.print(rows)


def data_folder() -> Path:
    """Return where recordings are looked for."""
    return Path(os.environ.get(DATA_VARIABLE, DEFAULT_DATA))


def _finding(ok: bool, what: str, purpose: str, seen: str, remedy: str = "") -> dict[str, object]:
    remedy = "" if ok else remedy
    return {"ok": ok, "what": what, "for": purpose, "seen": seen, "remedy": remedy}


def _libraries() -> list[dict[str, object]]:
    found = []
    for name, (purpose, remedy) in LIBRARIES.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found.append(_finding(False, name, purpose, "not installed", remedy))
        else:
            found.append(_finding(True, name, purpose, version))
    return found


def _machine() -> dict[str, object]:
    try:
        free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    except OSError as error:
        said = f"the working folder cannot be looked at ({error.strerror})"
        return _finding(False, "machine", "everything", said, "change to a folder that exists")
    seen = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{free_gb:.1f} GB free here"
    )
    return _finding(free_gb > 1.0, "machine", "everything", seen, "free some disk space")


def _runtime() -> dict[str, object]:
    seen = []
    for name in RUNTIMES:
        try:
            seen.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return _finding(
        bool(seen),
        "TFLite runtime",
        "stage 2; the rules need none",
        ", ".join(seen) or "not installed",
        "pip install 'motorwatch[stage2]'",
    )


def _coral() -> dict[str, object]:
    """Say whether there is an Edge TPU and its driver; stage 2 runs on the CPU without."""
    devices = [str(path) for path in Path("/dev").glob("apex_*")] + _usb(CORALS)
    driver = find_library("edgetpu")
    seen = [*devices, f"driver {driver}"] if driver else [*devices, "no driver (libedgetpu)"]
    remedy = "Google's libedgetpu, of the runtime's age" if devices else "none is needed"
    return _finding(
        bool(devices) and driver is not None,
        "Coral Edge TPU",
        "stage 2, if it is the faster",
        ", ".join(seen) if devices else f"no device; {seen[-1]}",
        f"{remedy}: stage 2 runs on the CPU; see `motorwatch accelerator report`",
    )


CORALS = (("1a6e", "089a"), ("18d1", "9302"))
"""USB vendor and product of the accelerator, before and after its firmware is loaded."""


def _usb(kinds: tuple[tuple[str, str], ...]) -> list[str]:
    seen = []
    for file in Path("/sys/bus/usb/devices").glob("*/idVendor"):
        try:
            kind = file.read_text().strip(), file.with_name("idProduct").read_text().strip()
        except OSError:
            continue
        if kind in kinds:
            seen.append(f"USB {':'.join(kind)}")
    return seen


def _converters() -> dict[str, object]:
    adc = [*Path("/dev").glob("spidev*"), *Path("/dev").glob("iio:device*")]
    return _finding(
        bool(adc),
        "converters (SPI, IIO)",
        "live signals",
        ", ".join(map(str, adc)) or "none seen",
        "none is needed to replay recordings",
    )


def _recordings() -> dict[str, object]:
    from sensors.recordings.manifest import ready_names

    folder = data_folder()
    sets = [name for name in ready_names() if (folder / name).is_dir()]
    seen = f"{folder}: {', '.join(sets)}" if sets else f"none in {folder}"
    return _finding(
        bool(sets),
        "real recordings",
        "evaluation; the demo needs none",
        seen,
        f"set {DATA_VARIABLE} to a folder of data sets; `motorwatch manifest list` says where to "
        "get them",
    )


def _stage2() -> dict[str, object]:
    from app.stage2 import SHIPPED_STAGE2
    from models.stage2.release import load_stage2

    purpose = "stage 2's second opinion"
    try:
        release = load_stage2(SHIPPED_STAGE2)
    except BadRelease as error:
        said = str(error)
        return _finding(False, "stage-2 release", purpose, said, "motorwatch backbone train")
    seen = f"{release.release_id[:12]}, learnt from simulated motors"
    return _finding(True, "stage-2 release", purpose, seen)


def _template() -> dict[str, object]:
    from app.template import template_release
    from dsp.features import FeatureSpec

    release = template_release()
    fits = release.spec_id == FeatureSpec().spec_id
    seen = f"{release.release_id[:12]}, trained on simulated motors"
    return _finding(fits, "template release", "stage 1 from the first day", seen, "make template")
