"""`motorwatch doctor`: what is installed, what is seen, what is missing and how to get it."""

import importlib.metadata
import os
import platform
import shutil
from pathlib import Path

from app.cli.console import escape, out, print_json, table
from app.cli.options import JsonOption

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
}


def doctor(as_json: JsonOption = False) -> None:
    """Check this machine: libraries, hardware and recordings, and how to get what is missing."""
    findings = [*_libraries(), _machine(), *_hardware(), _recordings(), _template()]
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


def _hardware() -> list[dict[str, object]]:
    coral = [*Path("/dev").glob("apex_*"), *_usb("1a6e", "18d1")]
    adc = [*Path("/dev").glob("spidev*"), *Path("/dev").glob("iio:device*")]
    return [
        _finding(
            bool(coral),
            "Coral Edge TPU",
            "int8 models",
            ", ".join(map(str, coral)) or "none seen",
            "plug one in; nothing needs it yet",
        ),
        _finding(
            bool(adc),
            "converters (SPI, IIO)",
            "live signals",
            ", ".join(map(str, adc)) or "none seen",
            "none is needed to replay recordings",
        ),
    ]


def _usb(*vendors: str) -> list[str]:
    seen = []
    for file in Path("/sys/bus/usb/devices").glob("*/idVendor"):
        try:
            vendor = file.read_text().strip()
        except OSError:
            continue
        if vendor in vendors:
            seen.append(f"USB {vendor}")
    return seen


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


def _template() -> dict[str, object]:
    from app.template import template_release
    from dsp.features import FeatureSpec

    release = template_release()
    fits = release.spec_id == FeatureSpec().spec_id
    seen = f"{release.release_id[:12]}, trained on simulated motors"
    return _finding(fits, "template release", "stage 1 from the first day", seen, "make template")
