"""What a shaft does at its own multiples and halves, and the supply at twice its frequency.

Every channel's spectrum goes in; out come velocities of lines, each with its height over the
local floor and the chance that a place where no line belongs stands as high. Patterns of these
are what unbalance, misalignment and looseness are told apart by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dsp.envelope import band_envelope
from dsp.shaft_line import CLEAR_BINS, GRID_TOLERANCE, Line, LineReader
from dsp.shaft_speed import refine
from dsp.spectrum import BlockSpectrum
from dsp.velocity import velocity_rms
from sensors.capture import Channel
from sensors.errors import WindowTooShort

HALVES = tuple(k + 0.5 for k in range(6))
WHOLE = tuple(float(k) for k in range(1, 11))
TWICE_LINE = "2 x line"
LEAST_TURNS = 32.0
"""Halves of an order are then sixteen bins apart: between them a hundred places without a line."""
LOWEST_ORDER = 0.4
"""Where velocity begins to be counted: below the lowest half order."""
WIDE_HZ = 1000.0
"""Where it ends: the band of the standards."""
STEADY_ORDERS = 0.4
"""Half-width of the band in which the swing of the first order is looked at."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of one channel.

    Attributes
    ----------
    name : str
        ``1x``, ``0.5x``, ``2 x line`` or the name of an extra line.
    expected_hz, found_hz, tolerance_hz : float
        Where it belongs, where it stands, and how far from its place it was looked for.
    rms : float
        Velocity, floor taken off: mm/s where the channel is in m/s2, else 1e-3 unit seconds.
    level_db : float
        Height over the local floor.
    chance : float
        Share of places where no line belongs that stand as high.
    merged : str or None
        The line it cannot be parted from at this resolution and speed.
    """

    name: str
    expected_hz: float
    found_hz: float
    tolerance_hz: float
    rms: float
    level_db: float
    chance: float
    merged: str | None = None


@dataclass(frozen=True, slots=True)
class AxisOrders:
    """The lines of one channel.

    Attributes
    ----------
    channel : Channel
        Which.
    lines : mapping of str to OrderLine
        By name; lines beyond the channel's band are absent.
    overall : float
        Velocity RMS from below the lowest half order to 1 kHz or the highest order, if higher;
        in the unit of the lines.
    steadiness : float
        1 where the first order's amplitude stands still, 0 where it comes and goes as noise does.
    """

    channel: Channel
    lines: Mapping[str, OrderLine]
    overall: float
    steadiness: float

    def rms(self, name: str) -> float:
        """Velocity of a line; 0 where the channel does not reach it."""
        line = self.lines.get(name)
        return 0.0 if line is None else line.rms


@dataclass(frozen=True, slots=True)
class ShaftOrders:
    """The lines of every channel of one motor over one window: comparable with another window's.

    Attributes
    ----------
    shaft_hz : float
        Shaft frequency, refined on the shaft's own lines where they are clear.
    tolerance : float
        Its relative uncertainty.
    line_hz : float or None
        Supply frequency looked at.
    resolution_hz : float
        Distance between bins.
    axes : tuple of AxisOrders
        One a channel.
    """

    shaft_hz: float
    tolerance: float
    line_hz: float | None
    resolution_hz: float
    axes: tuple[AxisOrders, ...]


@dataclass(frozen=True, slots=True)
class OrderSource:
    """One channel to read: its spectrum over time and, where the speed varies, over angle."""

    channel: Channel
    spectrum: BlockSpectrum
    over_angle: BlockSpectrum | None = None


def order_name(order: float) -> str:
    """Return ``1x`` for 1.0 and ``0.5x`` for 0.5."""
    return f"{order:g}x"


def read_orders(
    sources: Sequence[OrderSource],
    *,
    shaft_hz: float,
    tolerance: float,
    line_hz: float | None,
    extra: Mapping[str, float] | None = None,
) -> ShaftOrders:
    """Read the lines of the shaft and of the supply in every channel.

    Parameters
    ----------
    sources : sequence of OrderSource
        All over the same window.
    shaft_hz, tolerance : float
        Mean shaft frequency and its relative uncertainty.
    line_hz : float or None
        Supply frequency; None reads no line of it, as under a drive.
    extra : mapping of str to float, optional
        Further lines by name, in orders: a gear's mesh, a fan's blades.

    Raises
    ------
    WindowTooShort
        The window holds fewer than 32 turns.
    """
    turns = min(shaft_hz * s.spectrum.n / s.spectrum.rate_hz for s in sources)
    if turns < LEAST_TURNS:
        raise WindowTooShort(
            f"the window holds {turns:.1f} turns of the shaft; shaft faults need {LEAST_TURNS:g} "
            f"or more ({LEAST_TURNS / shaft_hz:.2g} s)"
        )
    hz, within = shaft_hz, tolerance
    if all(source.over_angle is None for source in sources):
        hz, within = refine([s.spectrum for s in sources], shaft_hz, tolerance, line_hz)
    orders = {order_name(k): k for k in sorted(HALVES + WHOLE)} | dict(extra or {})
    axes = tuple(_axis(source, orders, hz, within, line_hz) for source in sources)
    return ShaftOrders(hz, within, line_hz, sources[0].spectrum.resolution_hz, axes)


def _axis(
    source: OrderSource,
    orders: Mapping[str, float],
    shaft_hz: float,
    tolerance: float,
    line_hz: float | None,
) -> AxisOrders:
    spectrum, turned = source.spectrum, source.over_angle
    supply_order = 0.0 if line_hz is None else 2 * line_hz / shaft_hz

    def made(block: BlockSpectrum, turn: float) -> LineReader:
        return LineReader.of(
            block,
            turn=turn,
            shaft_hz=shaft_hz,
            tolerance=tolerance,
            top_order=max(*orders.values(), supply_order),
            line_hz=line_hz,
        )

    over_time = made(spectrum, shaft_hz)
    reader = over_time if turned is None else made(turned, 1.0)
    lines = {
        name: _line(name, order, reader.read(order), shaft_hz, tolerance, reader)
        for name, order in orders.items()
        if reader.reaches(order)
    }
    if line_hz is not None and over_time.reaches(supply_order):
        read = over_time.read(supply_order, tolerance=GRID_TOLERANCE)
        lines[TWICE_LINE] = _line(
            TWICE_LINE, supply_order, read, shaft_hz, GRID_TOLERANCE, over_time
        )
        lines = _mark_merged(lines, spectrum.resolution_hz)
    return AxisOrders(
        source.channel, lines, _overall(spectrum, shaft_hz), _steady(source, shaft_hz)
    )


def _line(
    name: str, order: float, read: Line, shaft_hz: float, tolerance: float, reader: LineReader
) -> OrderLine:
    within = max(order * tolerance, reader.bin_order) * shaft_hz
    return OrderLine(
        name=name,
        expected_hz=order * shaft_hz,
        found_hz=read.order * shaft_hz,
        tolerance_hz=within,
        rms=read.rms,
        level_db=read.level_db,
        chance=read.chance,
    )


def _mark_merged(lines: dict[str, OrderLine], resolution_hz: float) -> dict[str, OrderLine]:
    """Mark the shaft's lines that stand too close to the supply's to be told from it."""
    supply = lines[TWICE_LINE]
    near = [
        line
        for line in lines.values()
        if line is not supply
        and abs(line.expected_hz - supply.expected_hz)
        < CLEAR_BINS * resolution_hz + line.tolerance_hz + supply.tolerance_hz
    ]
    marked = {line.name: replace(line, merged=TWICE_LINE) for line in near}
    if near:
        marked[TWICE_LINE] = replace(supply, merged=near[0].name)
    return lines | marked


def _overall(spectrum: BlockSpectrum, shaft_hz: float) -> float:
    low_hz = max(LOWEST_ORDER * shaft_hz, 4 * spectrum.resolution_hz)
    high_hz = max(WIDE_HZ, (WHOLE[-1] + 0.5) * shaft_hz)
    return velocity_rms(spectrum, low_hz, min(high_hz, spectrum.nyquist_hz))


def _steady(source: OrderSource, shaft_hz: float) -> float:
    """Return minus the kurtosis of the first order's band: 1 for a tone, 0 for noise."""
    turned = source.over_angle
    spectrum, turn = (source.spectrum, shaft_hz) if turned is None else (turned, 1.0)
    band = band_envelope(spectrum, (1 - STEADY_ORDERS) * turn, (1 + STEADY_ORDERS) * turn)
    return min(max(-band.kurtosis, 0.0), 1.0)
