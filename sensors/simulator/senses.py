"""The channels of a simulated motor: which there are, at which rate, and their chunks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sensors.capture import Channel, FloatArray, Sense, Unit
from sensors.simulator.current import currents
from sensors.simulator.plant import ChunkSource, Plant, chunk_size
from sensors.simulator.sound import sound
from sensors.simulator.supply import voltages
from sensors.simulator.thermal import temperature
from sensors.simulator.vibration import vibration

# The housing's horizontal side is what a microphone beside the motor hears.
RADIATING = "x"
# Channels, their rate and their chunks, before any is remembered.
Made = tuple[list[Channel], float, ChunkSource]


@dataclass(frozen=True, slots=True)
class Group:
    """Channels of one rate that are made together.

    Attributes
    ----------
    channels : tuple of Channel
        In the order of the chunks' rows.
    rate_hz : float
        Samples a second.
    chunk : callable
        From a chunk's index to its samples, float32 of shape (channels, chunk size).
    """

    channels: tuple[Channel, ...]
    rate_hz: float
    chunk: Callable[[int], FloatArray]

    def samples(self, start: int, stop: int) -> FloatArray:
        """Return samples ``[start, stop)`` of every channel."""
        size = chunk_size(self.rate_hz)
        parts = [
            self.chunk(index)[:, max(start - index * size, 0) : stop - index * size]
            for index in range(start // size, (stop - 1) // size + 1)
        ]
        return np.concatenate(parts, axis=1)


def groups(plant: Plant, window_s: float) -> tuple[Group, ...]:
    """Return the groups of a plant; each remembers the chunks that a window may need again."""
    found = (*_mechanical(plant), *_electrical(plant), *_thermal(plant))
    return tuple(_remembering(*group, window_s) for group in found)


def _remembering(
    channels: list[Channel], rate_hz: float, source: ChunkSource, window_s: float
) -> Group:
    keep = int(np.ceil(window_s * rate_hz / chunk_size(rate_hz))) + 2
    chunk = lru_cache(maxsize=keep)(lambda index: source(index).astype(np.float32))
    return Group(tuple(channels), rate_hz, chunk)


def _mechanical(plant: Plant) -> Iterator[Made]:
    """Yield vibration and, radiated by it, sound; at one rate they share their chunks."""
    axes, rates = plant.scenario.vibration_axes, plant.scenario.rates
    measured = None
    if rates.vibration_hz is not None:
        measured = lru_cache(maxsize=2)(vibration(plant, rates.vibration_hz, axes))
        channels = [
            Channel(f"vib_de_{axis}", Sense.VIBRATION, Unit.MPS2, axis=axis, position="DE")
            for axis in axes
        ]
        yield channels, rates.vibration_hz, measured
    if rates.sound_hz is not None:
        channels = [Channel("mic", Sense.SOUND, Unit.PASCAL)]
        yield channels, rates.sound_hz, sound(plant, rates.sound_hz, _radiating(plant, measured))


def _radiating(plant: Plant, measured: ChunkSource | None) -> ChunkSource:
    """Return the one direction that radiates, at the sound's rate, measured or not."""
    axes, rates = plant.scenario.vibration_axes, plant.scenario.rates
    if measured is not None and rates.sound_hz == rates.vibration_hz and RADIATING in axes:
        row = axes.index(RADIATING)
        return lambda index: measured(index)[row]
    assert rates.sound_hz is not None
    hidden = lru_cache(maxsize=2)(vibration(plant, rates.sound_hz, (RADIATING,)))
    return lambda index: hidden(index)[0]


def _electrical(plant: Plant) -> Iterator[Made]:
    phases, rate_hz = plant.scenario.current_phases, plant.scenario.rates.power_hz
    if rate_hz is None:
        return
    yield _lines("i", Unit.AMPERE, phases), rate_hz, currents(plant, rate_hz, phases)
    if plant.scenario.voltages:
        yield _lines("v", Unit.VOLT, phases), rate_hz, voltages(plant, rate_hz, phases)


def _lines(letter: str, unit: Unit, phases: Sequence[str]) -> list[Channel]:
    return [Channel(f"{letter}_{phase}", Sense.POWER, unit, phase=phase) for phase in phases]


def _thermal(plant: Plant) -> Iterator[Made]:
    rate_hz = plant.scenario.rates.temperature_hz
    places = ["frame", "ambient"] if plant.scenario.ambient_sensor else ["frame"]
    channels = [
        Channel(f"temp_{place}", Sense.TEMPERATURE, Unit.DEGC, position=place) for place in places
    ]
    if rate_hz is not None:
        yield channels, rate_hz, temperature(plant, rate_hz)
