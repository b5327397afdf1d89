"""Features of one capture beside the bare FFTs that they stand on, beside pywt and beside tsfel.

The capture is a second of a simulated motor: vibration, sound and one current at 25.6 kHz,
temperature at 1 Hz. The demodulation band is known, as it is in all windows but one in ten minutes.
"""

import warnings
from collections.abc import Callable, Mapping

import numpy as np
import pywt
from rich.console import Console
from rich.table import Table
from scipy import fft
from threadpoolctl import threadpool_limits

from bench.clock import Floats, Rival, cpu_seconds
from dsp.demodulation import DemodulationBands, refresh_bands
from dsp.features import FeatureSpec, extract
from dsp.packet_bands import packet_band_energies
from dsp.spectrum import transform
from dsp.wavelet import packet_energies
from sensors.capture import Capture, FloatArray, SampleBlock
from sensors.motor import Motor
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario

ROUNDS, CALLS = 21, 20
SPEC = FeatureSpec()

BARE = "bare rFFTs of the three fast blocks"
EXTRACT = "extract, all of it"
PACKETS = "of which wavelet packets gathered into bands"
PACKET_LEVEL = "all packets of the level: Motorwatch"
PYWT = "all packets of the level: pywt.WaveletPacket"
TSFEL = "tsfel, the three windows one by one"
TSFEL_COLUMNS = "tsfel, the same as columns of one array"


def one_second() -> tuple[Capture, Motor]:
    """Return one second of a simulated healthy motor."""
    reader = SimulatorReader(load_scenario("healthy"), window_s=1.0)
    capture = reader.read()
    assert capture is not None
    return capture, reader.motor


def run(*, rounds: int = ROUNDS, calls: int = CALLS) -> dict[str, float]:
    """Measure, print the table, and return the figures by their published names."""
    capture, motor = one_second()
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tsfel's own
        seconds = cpu_seconds(rivals(capture, motor, calls), rounds)
    show(seconds)
    return figures(seconds)


def rivals(capture: Capture, motor: Motor, calls: int) -> dict[str, Rival]:
    """Return what is timed."""
    bands = refresh_bands(DemodulationBands({}), capture).bands
    blocks = [block for block in capture.blocks if block.rate_hz > 1.0]
    vibration = blocks[0].values
    return {
        BARE: Rival(lambda: [fft.rfft(block.values) for block in blocks], calls),
        EXTRACT: Rival(lambda: extract(capture, motor, SPEC, bands=bands), calls),
        PACKETS: Rival(packets_of(blocks[0]), calls),
        PACKET_LEVEL: Rival(
            lambda: packet_energies(vibration, wavelet=SPEC.wavelet, level=SPEC.wavelet_level),
            calls,
        ),
        PYWT: Rival(lambda: pywt_energies(vibration), calls),
        TSFEL: Rival(tsfel_of([block.values for block in blocks], blocks[0].rate_hz), 1),
        TSFEL_COLUMNS: Rival(
            tsfel_of([np.column_stack([block.values for block in blocks])], blocks[0].rate_hz), 1
        ),
    }


def packets_of(block: SampleBlock) -> Callable[[], Floats]:
    """Return the wavelet part of `extract`, on a transform that is at hand as it is there."""
    spectrum = transform(block.values, rate_hz=block.rate_hz)
    return lambda: packet_band_energies(
        spectrum.bins,
        spectrum.n,
        rate_hz=spectrum.rate_hz,
        edges_hz=SPEC.wavelet_edges_hz,
        wavelet=SPEC.wavelet,
        level=SPEC.wavelet_level,
    )


def pywt_energies(values: FloatArray) -> list[float]:
    """Return the packet energies as pywt makes them: same wavelet, level, mode and order."""
    tree = pywt.WaveletPacket(values, SPEC.wavelet, "periodization", maxlevel=SPEC.wavelet_level)
    return [float(np.sum(n.data**2)) for n in tree.get_level(SPEC.wavelet_level, order="freq")]


def tsfel_of(windows: list[FloatArray], rate_hz: float) -> Callable[[], object]:
    """Return tsfel's extraction of its spectral and statistical domains from each array."""
    import tsfel  # slow to import, and only wanted here

    wanted = tsfel.get_features_by_domain(["spectral", "statistical"])
    return lambda: [
        tsfel.time_series_features_extractor(wanted, window, fs=rate_hz, verbose=0)
        for window in windows
    ]


def figures(seconds: Mapping[str, Floats]) -> dict[str, float]:
    """Return the published figures: medians of the ratios of each round."""
    without = seconds[EXTRACT] - seconds[PACKETS]
    return {
        "extract_over_rfft": float(np.median(without / seconds[BARE])),
        "wavelet_over_pywt": float(np.median(seconds[PACKET_LEVEL] / seconds[PYWT])),
        "extract_speedup_tsfel": float(np.median(seconds[TSFEL] / seconds[EXTRACT])),
        "extract_speedup_tsfel_columns": float(
            np.median(seconds[TSFEL_COLUMNS] / seconds[EXTRACT])
        ),
    }


def show(seconds: Mapping[str, Floats]) -> None:
    """Print the table."""
    rounds = len(seconds[BARE])
    table = Table(title=f"Features of one second, four channels: {rounds} rounds, one thread")
    for heading in ("", "median us", "least", "most", "times the rFFTs"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, took in seconds.items():
        times = [f"{1e6 * value:.0f}" for value in (np.median(took), took.min(), took.max())]
        table.add_row(name, *times, f"{np.median(took / seconds[BARE]):.2f}")
    Console().print(table)
