"""What each figure means and what it should be; the summary on the terminal and the page of it."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy
from rich.console import Console
from rich.table import Table

COMMAND = "python -m bench all --json build/bench.json --markdown docs/BENCHMARKS.md"


class Figure(NamedTuple):
    """A figure's target, if it has one, and its meaning."""

    meaning: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def target(self) -> str:
        """The target in words."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"

    def verdict(self, value: float) -> str:
        """Say whether a value meets the target."""
        if self.at_least is None and self.at_most is None:
            return ""
        low, high = self.at_least, self.at_most
        return "met" if (low is None or value >= low) and (high is None or value <= high) else "no"


FIGURES = {
    "extract_over_rfft": Figure(
        "All features of a second, wavelet packets left out, over the bare `scipy.fft.rfft` of the "
        "three fast blocks; the demodulation band is known, as in all but one window in 600.",
        at_most=4.0,
    ),
    "wavelet_over_pywt": Figure(
        "All 32 wavelet-packet energies of a block, its transform included, over "
        "`pywt.WaveletPacket` of the same wavelet, level and mode."
    ),
    "extract_speedup_tsfel": Figure(
        "tsfel's spectral and statistical domains on the three windows, one after another, over "
        "our whole extraction, packets and temperature included. tsfel computes a lone window "
        "twice over.",
        at_least=150.0,
    ),
    "extract_speedup_tsfel_columns": Figure(
        "The same with the windows as columns of one array, which spares tsfel that; it needs "
        "channels of one rate."
    ),
    "newton_speedup_sklearn": Figure(
        "scikit-learn's `newton-cholesky` over ours: 200,000 rows, 60 columns, ridge 1, equal "
        "gradient norm, standard errors included in ours.",
        at_least=1.8,
    ),
    "newton_speedup_statsmodels": Figure(
        "statsmodels' `Logit(method='newton')` over ours, without ridge, otherwise the same.",
        at_least=5.0,
    ),
    "newton_over_gram": Figure("Our time at ridge 1 over iterations times one product X'X."),
    "newton_over_gram_per_hessian": Figure(
        "The same over Hessians instead of iterations: not every iteration needs a new one."
    ),
    "replay_realtime_factor": Figure(
        "An hour of a four-channel motor over the processor time of stage 1: reading, features, "
        "triage, audit, messages, and the SQLite store with full sync.",
        at_least=100.0,
    ),
    "replay_without_store_factor": Figure("The same with nothing kept."),
    "replay_with_diagnosis_factor": Figure(
        "The same with the store and the physics diagnosis of ten seconds, once a minute and "
        "whenever stage 1 asks."
    ),
    "replay_peak_mb": Figure(
        "Most resident memory of that process, interpreter and libraries included.", at_most=200.0
    ),
    "replay_growth_mb": Figure(
        "How much of that it took after the fifth minute; flat is taken to mean 10 MB.",
        at_most=10.0,
    ),
    "diagnose_four_senses_share": Figure(
        "Processor time of one physics diagnosis of ten seconds of x, y and z, a microphone and "
        "three currents at 25.6 kHz and a temperature, over those ten seconds; the middle of ten.",
        at_most=0.15,
    ),
    "diagnose_realtime_share": Figure(
        "Processor time of one physics diagnosis over the ten seconds that it judges."
    ),
    "stage2_int8_ms": Figure(
        "One inference of a network of the backbone's shape in int8 by ai-edge-litert.",
        at_most=1.0,
    ),
    "stage2_int8_over_float": Figure("The same over the float network, by the same runtime."),
    "stage2_int8_over_onnxruntime": Figure("The same over the float network by onnxruntime."),
    "stage2_embed_ms": Figure(
        "One embedding as the gateway asks for it, wall time: to int8, through the process that "
        "runs the network, and back.",
        at_most=1.0,
    ),
    "stage2_worker_mb": Figure("Most resident memory of that process.", at_most=100.0),
    "head_retrain_10000_s": Figure(
        "Processor time of retraining the shipped head, all its classes, from 10,000 embeddings, "
        "standard errors included: labels of a plant whose coefficients are a quarter of their "
        "standard errors away from the head's.",
        at_most=1.0,
    ),
    "head_retrain_10000_strange_s": Figure(
        "The same where labels know nothing of the head: nothing of the start is of use."
    ),
    "gateway_peak_mb": Figure(
        "Most resident memory of a gateway's process that judges six captures of ten seconds of x, "
        "y, z, microphone, three currents and temperature, by physics and by stage 2.",
        at_most=150.0,
    ),
    "gateway_worker_peak_mb": Figure("The same of the process that runs its network."),
}


def summary(figures: Mapping[str, float]) -> None:
    """Print every figure beside its target."""
    table = Table(title="Figures")
    for heading in ("figure", "measured", "target", ""):
        table.add_column(heading, justify="right" if heading == "measured" else "left")
    for name, value in figures.items():
        table.add_row(name, f"{value:.3g}", FIGURES[name].target, FIGURES[name].verdict(value))
    Console().print(table)


def page(figures: Mapping[str, float]) -> str:
    """Return the page."""
    rows = "\n".join(
        f"| `{name}` | {value:.3g} | {FIGURES[name].target} | {FIGURES[name].verdict(value)} "
        f"| {FIGURES[name].meaning} |"
        for name, value in figures.items()
    )
    return f"""# Benchmarks

Written by `make bench`, which runs

    {COMMAND}

Both sides of every ratio run in the same process, in turn, on one thread; a ratio is the median
over the rounds. Features and replay count processor time, so that a busy machine tells the same as
an idle one; absolute times would belong to this machine alone:

{machine()}

| figure | measured | target | | what it is |
|---|---|---|---|---|
{rows}

Figures without a target are there for comparison. Memory is that of a process that does nothing but
replay, or judge as a gateway; the benchmark itself, which imports the rivals, takes more.
"""


def machine() -> str:
    """Say on what was measured."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return "\n".join(
        [
            f"- {os.cpu_count()} cores, {cpu_model()}",
            f"- Python {platform.python_version()} on {platform.system()}",
            f"- numpy {np.__version__} with {blas['name']} {blas['version']}, "
            f"scipy {scipy.__version__}",
        ]
    )


def cpu_model() -> str:
    """Return the processor's name, where the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
