"""Power arithmetic on household appliances (hfhad, plaid): no diagnosis, no classification."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.results.result import Cell, Protocol, Result, ResultTable
from app.vectors import with_progress
from dsp.power import Power, measure_power
from models.robust import Floats
from sensors.capture import Capture, Channel, Sense, Unit
from sensors.recordings.recording import Recording, Segment, Track
from sensors.replay import snapshot

HFHAD = "hfhad_appliance_iv"
PLAID = "plaid_one_cycle"
LONGEST_S = 10.0
RESISTIVE = frozenset({"kettle", "rice_cooker", "water_dispenser", "water_heater"})
"""Heaters draw current in step with the voltage: PF is 1."""
RESISTIVE_PF = 0.99
FRIDGE_PF = (0.5, 0.7)
"""A small single-phase compressor motor, lightly loaded, as the data's notes have it."""


@dataclass(frozen=True, slots=True)
class Metered:
    """One piece of current and voltage of one appliance."""

    title: str
    kind: str
    power: Power


def evaluate_hfhad(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Meter every recording, and look whether heaters and fridge come out as they must."""
    del folder
    metered = [
        Metered(file.title, file.unit_id or "", meter(snapshot(file, 0, LONGEST_S), 50.0))
        for file in with_progress(recordings[HFHAD], HFHAD)
    ]
    heaters = [m.power.factor for m in metered if m.kind in RESISTIVE]
    fridges = [m.power.factor for m in metered if m.kind == "fridge"]
    true_heaters = sum(factor >= RESISTIVE_PF for factor in heaters)
    low, high = FRIDGE_PF
    true_fridges = sum(low <= factor <= high for factor in fridges)
    volts = [m.power.voltage_v for m in metered]
    return Result(
        name=HFHAD,
        title="Household appliances: power arithmetic",
        protocol=(
            "Unit: the appliance, one of each. Over the longest run of whole mains cycles: true "
            "RMS, P = mean(v i), S = V I, PF = P / S, cos phi of the fundamentals, THD to the "
            f"40th harmonic. Expected beforehand: heaters PF from {RESISTIVE_PF:g}, fridge PF "
            f"{low:g} to {high:g}. Nothing is classified."
        ),
        tables=(_table("Every recording", [_row(m.title, m.power) for m in metered]),),
        figures={
            "recordings": len(metered),
            "appliances": len({m.kind for m in metered}),
            "heaters": len(heaters),
            "heaters_as_expected": true_heaters,
            "fridge_recordings": len(fridges),
            "fridge_as_expected": true_fridges,
            "voltage_median_v": round(float(np.median(volts)), 1),
        },
        remarks=(
            f"Voltage reads {min(volts):.0f} to {max(volts):.0f} V on a mains of 220 V: the scale "
            "of the voltage is off by about a quarter, and volts, watts and volt-amperes with it. "
            "Ratios (PF, cos phi, THD) do not depend on it.",
            *_switched(metered),
        ),
        aim="true RMS, P, S, PF and THD as physics has them",
        outcome=(
            f"heaters at PF 1: {true_heaters} of {len(heaters)}; fridge at {low:g} to {high:g}: "
            f"{true_fridges} of {len(fridges)}"
        ),
    )


def evaluate_plaid(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Meter every cycle and list the spread by label code, which the data leaves unexplained."""
    del folder
    metered = [
        Metered(f"{number}", f"{code:g}", meter(snapshot(file, number, LONGEST_S), 60.0))
        for file in with_progress(recordings[PLAID], PLAID)
        for number, code in enumerate(_codes(file))
    ]
    reversed_leads = sum(m.power.active_w < 0.0 for m in metered)
    volts = [m.power.voltage_v for m in metered]
    kinds = sorted({m.kind for m in metered}, key=float)
    rows = [_code_row(kind, [m.power for m in metered if m.kind == kind]) for kind in kinds]
    beyond = sum(abs(m.power.factor) > 1.0 + 1e-9 for m in metered)
    return Result(
        name=PLAID,
        title="PLAID: power arithmetic on single cycles",
        protocol=(
            "Unit: the event, one mains cycle of one appliance. The same arithmetic as on longer "
            "windows, by label code; what the codes mean is inferred in the source, so they stay "
            "numbers. Nothing is classified."
        ),
        tables=(
            ResultTable(
                title="By label code, medians, and the range of the power factor",
                columns=(
                    "code",
                    "events",
                    "V rms",
                    "A rms",
                    "P, W",
                    "PF, median",
                    "PF, least",
                    "PF, largest",
                    "THD of the current, %",
                ),
                rows=tuple(rows),
            ),
        ),
        figures={
            "events": len(metered),
            "codes": len(kinds),
            "power_factor_beyond_one": beyond,
            "negative_power": reversed_leads,
            "voltage_median_v": round(float(np.median(volts)), 1),
        },
        remarks=(
            f"{reversed_leads} events have negative power: no appliance generates, so there the "
            "current clamp sat the other way round, or the appliance was idle.",
            "One cycle gives no line frequency: the nominal 60 Hz cuts the cycle, and what the "
            "grid was off by leaks into the harmonics.",
        ),
        aim="power arithmetic on one cycle; PF never beyond 1",
        outcome=f"{len(metered)} events, {beyond} with PF beyond 1, {reversed_leads} reversed",
    )


def meter(capture: Capture, nominal_hz: float) -> Power:
    """Measure the power of a capture with one voltage and one current."""
    voltage = next(capture.of(Sense.POWER, Unit.VOLT))
    current = next(capture.of(Sense.POWER, Unit.AMPERE))
    return measure_power(
        voltage.values, current.values, rate_hz=voltage.rate_hz, nominal_hz=nominal_hz
    )


def _codes(file: Recording) -> Floats:
    """Read the label column beside the signals, one code a snapshot; it is no channel."""
    track = Track(Channel("label", Sense.PROCESS, Unit.UNSCALED), "label", 1.0)
    count = len(file.segments)
    with file.open() as opened:
        whole = Segment(0, file.segments[0].path)
        return opened.read(whole, track, 0, count).astype(np.float64)


def _table(title: str, rows: Sequence[tuple[Cell, ...]]) -> ResultTable:
    columns = ("recording", "V rms", "A rms", "P, W", "S, VA", "PF", "cos phi", "THD, %", "line Hz")
    return ResultTable(title=title, columns=columns, rows=tuple(rows))


def _row(title: str, power: Power) -> tuple[Cell, ...]:
    return (
        title.partition(".")[0],
        round(power.voltage_v, 1),
        round(power.current_a, 3),
        round(power.active_w, 1),
        round(power.apparent_va, 1),
        round(power.factor, 3),
        round(power.displacement, 3),
        round(100 * power.current_thd, 1),
        round(power.line_hz, 2),
    )


def _code_row(kind: str, powers: Sequence[Power]) -> tuple[Cell, ...]:
    factors = [power.factor for power in powers]

    def middle(values: Sequence[float], digits: int) -> float:
        return round(float(np.median(values)), digits)

    return (
        kind,
        len(powers),
        middle([p.voltage_v for p in powers], 1),
        middle([p.current_a for p in powers], 3),
        middle([p.active_w for p in powers], 1),
        middle(factors, 3),
        round(min(factors), 3),
        round(max(factors), 3),
        middle([100 * p.current_thd for p in powers], 1),
    )


def _switched(metered: Sequence[Metered]) -> tuple[str, ...]:
    """Say where PF is far below what displacement and distortion explain."""
    found = []
    for m in metered:
        explained = m.power.displacement / np.hypot(1.0, m.power.current_thd)
        if m.power.factor < 0.9 * explained:
            duty = (m.power.factor / explained) ** 2
            found.append(
                f"{m.title}: PF {m.power.factor:.2f}, less than cos phi "
                f"{m.power.displacement:.2f} and THD explain: the rest lies beside the harmonics, "
                f"as of a current that flows for {duty:.0%} of the cycles, or of noise."
            )
    return tuple(found)


PROTOCOLS = (
    Protocol(HFHAD, (HFHAD,), evaluate_hfhad),
    Protocol(PLAID, (PLAID,), evaluate_plaid),
)
