"""The figures of a supply that people ask for whether or not anything is wrong."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from dsp.power import harmonics, measure_power, total_distortion, whole_cycles
from dsp.three_phase import ThreePhasePower
from models.finding import Measure
from models.supply.figures import SupplyFigures, Unbalance
from models.supply.waves import SupplyWaves, tail
from sensors.capture import SampleBlock, Unit
from sensors.errors import SignalError


def list_measures(
    figures: SupplyFigures, meters: SupplyWaves, *, power_holds: bool
) -> tuple[Measure, ...]:
    """List the figures of a supply, each with its unit.

    Parameters
    ----------
    figures : SupplyFigures
        What was measured.
    meters : SupplyWaves
        The channels that RMS and power may be read from.
    power_holds : bool
        Whether voltages and currents are wired as they are labelled; power is left out otherwise.
    """
    known = _distortions(figures.power, meters)
    found = [*_frequency(figures), *_channels(meters.blocks, figures.line_hz, known)]
    if power_holds:
        found += _three_phase(figures) or _single_phase(meters.blocks, figures.line_hz)
    if figures.voltages is not None:
        found += _uneven("voltage", figures.voltages)
    if figures.currents is not None:
        found += _uneven("current", figures.currents)
    return tuple(found)


def _frequency(figures: SupplyFigures) -> Iterator[Measure]:
    if figures.line is not None:
        yield Measure(name="line_frequency", value=figures.line.hz, unit="Hz")
        yield Measure(
            name="line_frequency_uncertainty", value=1e3 * figures.line.uncertainty_hz, unit="mHz"
        )


def _distortions(power: ThreePhasePower | None, meters: SupplyWaves) -> dict[str, float]:
    """Return the distortion of channels that power has been measured on already."""
    if power is None or meters.currents is None or meters.voltages is None:
        return {}
    currents = [thd for k, thd in enumerate(power.current_thd) if k != meters.currents.derived]
    known = dict(zip(meters.currents.names, currents, strict=True))
    if not meters.voltages.between:
        known |= dict(zip(meters.voltages.names, power.voltage_thd, strict=True))
    return known


def _channels(
    blocks: Sequence[SampleBlock], line_hz: float | None, known: Mapping[str, float]
) -> Iterator[Measure]:
    """Yield true RMS of every calibrated channel, and its distortion, over whole cycles."""
    for block in blocks:
        values, cycles = tail(block), 0
        if line_hz is not None:
            try:
                cycles, samples = whole_cycles(values.size, rate_hz=block.rate_hz, line_hz=line_hz)
            except SignalError:
                continue
            values = values[:samples]
        name, unit = block.channel.name, block.unit
        if unit in (Unit.AMPERE, Unit.VOLT):
            yield Measure(name=f"{name}_rms", value=float(np.sqrt(np.mean(values**2))), unit=unit)
        if 0 < cycles < values.size / 4:
            thd = known[name] if name in known else total_distortion(harmonics(values, cycles))
            if np.isfinite(thd):
                yield Measure(name=f"{name}_thd", value=100 * thd, unit="%")


def _three_phase(figures: SupplyFigures) -> list[Measure]:
    power = figures.power
    if power is None:
        return []
    return [
        Measure(name="active_power", value=power.active_w / 1e3, unit="kW"),
        Measure(name="reactive_power", value=power.reactive_var / 1e3, unit="kvar"),
        Measure(name="apparent_power", value=power.effective_va / 1e3, unit="kVA"),
        Measure(name="power_factor", value=power.factor, unit="1"),
    ]


def _single_phase(blocks: Sequence[SampleBlock], line_hz: float | None) -> list[Measure]:
    """Return the power of the one phase that has both a voltage and a current."""
    volts = [block for block in blocks if block.unit is Unit.VOLT]
    currents = [block for block in blocks if block.unit is Unit.AMPERE]
    if line_hz is None or len(volts) != 1 or len(currents) != 1:
        return []
    volt, current = volts[0], currents[0]
    if volt.channel.phase != current.channel.phase or volt.rate_hz != current.rate_hz:
        return []
    try:
        power = measure_power(tail(volt), tail(current), rate_hz=volt.rate_hz, nominal_hz=line_hz)
    except SignalError:
        return []
    return [
        Measure(name="active_power", value=power.active_w / 1e3, unit="kW"),
        Measure(name="nonactive_power", value=power.nonactive_var / 1e3, unit="kvar"),
        Measure(name="apparent_power", value=power.apparent_va / 1e3, unit="kVA"),
        Measure(name="power_factor", value=power.factor, unit="1"),
        Measure(name="displacement_factor", value=power.displacement, unit="1"),
    ]


def _uneven(name: str, uneven: Unbalance) -> Iterator[Measure]:
    yield Measure(name=f"{name}_unbalance_iec", value=100 * uneven.ratio, unit="%")
    yield Measure(name=f"{name}_unbalance_nema", value=100 * uneven.nema, unit="%")
    if uneven.phases.is_current and uneven.phases.derived is None:
        yield Measure(name="current_zero_sequence", value=100 * uneven.parts.residue, unit="%")
