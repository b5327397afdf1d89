"""How stage 2 is to run: which backend, how long it may take, when a lost one is tried again."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from models.rules_file import read_rules

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Cpu(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="backend",
    tag="cpu",
):
    """The CPU, by ai-edge-litert or tflite-runtime.

    Attributes
    ----------
    python : str
        Interpreter that has the runtime; empty for the one that runs now.
    """

    python: str = ""


class EdgeTpuDelegate(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="backend",
    tag="edgetpu-delegate",
):
    """An Edge TPU, by the same runtimes and Google's libedgetpu.

    Runtime and libedgetpu must be of one age: Google's own build (16.0) loads into today's
    ai-edge-litert and then fails to run, which the self-test finds. It goes with tflite-runtime
    2.5 to 2.8; newer runtimes need a libedgetpu built for them.

    Attributes
    ----------
    python : str
        As of `Cpu`.
    library : str
        The delegate.
    options : dict of str to str
        Handed to it, e.g. ``device = "usb:0"``.
    """

    python: str = ""
    library: str = "libedgetpu.so.1"
    options: dict[str, str] = {}


class EdgeTpuPycoral(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="backend",
    tag="edgetpu-pycoral",
):
    """An Edge TPU, by Google's pycoral from Google's own packages.

    PyPI's package of that name is another project's.

    Attributes
    ----------
    python : str
        Interpreter that has it: 3.6 to 3.9, so never the one that runs now.
    device : str
        As pycoral names it, e.g. ``usb:0``; empty for the first.
    """

    python: str
    device: str = ""


Backend = Cpu | EdgeTpuDelegate | EdgeTpuPycoral


class AcceleratorConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where stage 2 runs.

    Attributes
    ----------
    preferred : Cpu, EdgeTpuDelegate or EdgeTpuPycoral
        Told apart by ``backend``.
    fallback : Cpu
        What takes over while an Edge TPU is lost; unused where the CPU is preferred.
    choose : str
        `measured`: the preferred backend only if it is the faster one on this machine;
        `stated`: the preferred one whatever it costs.
    deadline_s : float
        An answer that takes longer counts as none, and the process is ended.
    start_s : float
        A start may take this long; a Coral on USB loads its firmware first.
    probe_s, longest_probe_s : float
        A lost backend is tried again after the first, then after twice as long, at most the
        second.
    """

    preferred: Backend = Cpu()
    fallback: Cpu = Cpu()
    choose: Literal["measured", "stated"] = "measured"
    deadline_s: Seconds = 0.5
    start_s: Seconds = 20.0
    probe_s: Seconds = 5.0
    longest_probe_s: Seconds = 300.0


def backend_name(backend: Backend) -> str:
    """Return the name that configuration and results call a backend by."""
    return str(backend.__struct_config__.tag)


def cpu_of(config: AcceleratorConfig) -> Cpu:
    """Return the CPU backend that a configuration runs: preferred, or to fall back on."""
    return config.preferred if isinstance(config.preferred, Cpu) else config.fallback


def load_config(path: Path) -> AcceleratorConfig:
    """Read a configuration, e.g. ``preferred = {backend = "edgetpu-delegate"}``.

    Raises
    ------
    BadConfig
        It is missing, no TOML, or holds what is none of the above.
    """
    return read_rules(path, AcceleratorConfig, what="accelerator settings", example="docs/CLI.md")
