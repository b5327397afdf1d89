"""What a process counts, in a registry of its own, told in Prometheus' format.

The one module that imports prometheus_client. Roles know only their own typed facade
(`DeviceMetrics` and its like), which names every metric with its unit. A label never takes more
than `MAX_VALUES` values: what a stranger names cannot fill the memory.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from sensors.errors import MissingDependency

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram
    from prometheus_client.metrics import MetricWrapperBase

M = TypeVar("M", bound="MetricWrapperBase")

PREFIX = "motorwatch"
MAX_VALUES = 1000
OTHER = "other"
DURATIONS_S = (0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Upper ends of the classes that durations are counted in; 0.5 s is the aim from ADC to store."""


class Names:
    """Values of one label: as they are while they are few, then all further ones as ``other``."""

    def __init__(self, most: int = MAX_VALUES) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        """Return the value to count under."""
        if name in self._known:
            return name
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(name)
        return name


class Meters:
    """Makes the metrics of one process and tells their values.

    Parameters
    ----------
    facts : str
        Labels of ``motorwatch_process_info``: role, version, boot_id.

    Raises
    ------
    MissingDependency
        prometheus_client is not installed.
    """

    def __init__(self, **facts: str) -> None:
        try:
            import prometheus_client
        except ImportError as error:
            raise MissingDependency(
                "metrics need prometheus_client: pip install 'motorwatch[live]'"
            ) from error
        self._made = prometheus_client
        self.registry = prometheus_client.CollectorRegistry(auto_describe=True)
        prometheus_client.ProcessCollector(registry=self.registry)
        self._by_name: dict[str, MetricWrapperBase] = {}
        self.motors = Names()
        info = self.level("process_info", "Who this process is.", *facts)
        info.labels(**facts).set(1)

    def count(self, name: str, what: str, *labels: str) -> "Counter":
        """Return a number that only rises; its name ends in ``_total`` when told."""
        return self._once(self._made.Counter, name, what, labels)

    def level(self, name: str, what: str, *labels: str) -> "Gauge":
        """Return a number that rises and falls."""
        return self._once(self._made.Gauge, name, what, labels)

    def durations(self, name: str, what: str, *labels: str) -> "Histogram":
        """Return how often something took how long; the name ends in ``_seconds``."""
        return self._once(partial(self._made.Histogram, buckets=DURATIONS_S), name, what, labels)

    def watch(self, name: str, what: str, read: Callable[[], float]) -> None:
        """Tell what `read` returns at the moment of asking."""
        self.level(name, what).set_function(read)

    def exposition(self, accept: str) -> tuple[str, bytes]:
        """Return content type and text of everything, in the format that a client accepts."""
        from prometheus_client.exposition import choose_encoder

        encode, content_type = choose_encoder(accept)
        return content_type, encode(self.registry)

    def _once(self, make: Callable[..., M], name: str, what: str, labels: tuple[str, ...]) -> M:
        """Make a metric, or return the one of that name: roles in one process share some."""
        if name not in self._by_name:
            made = make(f"{PREFIX}_{name}", what, labels, registry=self.registry)
            self._by_name[name] = made
        return cast("M", self._by_name[name])
