"""The channels of a shaft by direction: what moves across it, and what along it."""

from dataclasses import dataclass
from math import hypot

from dsp.shaft_orders import TWICE_LINE, WHOLE, AxisOrders, OrderLine, ShaftOrders, order_name
from models.shaft.rules import LineRule

AXIAL = frozenset({"axial", "z"})
"""Directions along the shaft; `z` by convention only."""
HUM = "hum"
"""What an order is merged with that stands where cables pick up the supply."""
ORDERS = tuple(order_name(k) for k in WHOLE)


@dataclass(frozen=True, slots=True)
class Directions:
    """The strongest channel across the shaft, its strongest companion, and the strongest along."""

    radial: AxisOrders
    other: AxisOrders | None
    axial: AxisOrders | None

    @classmethod
    def of(cls, orders: ShaftOrders) -> "Directions | None":
        """Sort the channels by direction; None without one across the shaft."""
        along = [axis for axis in orders.axes if axis.channel.axis in AXIAL]
        across = [axis for axis in orders.axes if axis.channel.axis not in AXIAL]
        if not across:
            return None
        radial = max(across, key=_strength)
        place = radial.channel.position
        others = [a for a in across if a is not radial and a.channel.position == place]
        known = [a for a in others if None not in (a.channel.axis, radial.channel.axis)]
        return cls(
            radial,
            max(known, key=_strength, default=None),
            max(along, key=_strength, default=None),
        )

    @property
    def second_to_first(self) -> float:
        """Second over first order, of radial and axial together."""
        axes = [self.radial] if self.axial is None else [self.radial, self.axial]
        first = hypot(*(axis.rms("1x") for axis in axes))
        second = hypot(*(axis.rms("2x") for axis in axes))
        return second / first if first > 0 else float("inf")

    def axial_share(self, *names: str) -> float:
        """Axial over radial velocity of some lines; 0 without an axial channel."""
        if self.axial is None:
            return 0.0
        radial = hypot(*(self.radial.rms(name) for name in names))
        axial = hypot(*(self.axial.rms(name) for name in names))
        return axial / radial if radial > 0 else float("inf")


def _strength(axis: AxisOrders) -> float:
    return hypot(*(axis.rms(name) for name in (*ORDERS, TWICE_LINE)))


def stands(axis: AxisOrders, name: str, rule: LineRule) -> bool:
    """Say whether a line is there, rarer than chance, and is not the supply's for all one knows."""
    line = axis.lines.get(name)
    return line is not None and line.merged is None and is_clear(line, rule)


def is_clear(line: OrderLine, rule: LineRule) -> bool:
    """Say whether a line is there and rarer than chance, whoever makes it."""
    return line.rms > 0 and line.level_db >= rule.least_db and line.chance <= rule.largest_chance
