"""Other systems that see a gateway's motors: Home Assistant and Sparkplug hosts."""

import logging
from collections.abc import Collection

from app.homeassistant import Availability, HomeAssistant
from app.live.link import Link, presence_topic
from app.live_config.gateway import GatewayConfig
from app.live_config.neighbours import HomeAssistantConfig, SparkplugConfig
from app.live_config.sections import Broker
from app.messages import Report, decode
from app.process.job import Job
from app.process.shell import Shell
from app.tls import client_context
from app.topics import pattern
from dsp.features import FeatureSpec
from sensors.errors import BadMessage, BusError

log = logging.getLogger(__name__)

JOB = "sparkplug"
TICK_S = 1.0
ONLINE = "{{ 'online' if value_json.online else 'offline' }}"
"""Takes Home Assistant's word for it out of what a process says of itself."""


def neighbour_jobs(
    shell: Shell, link: Link, config: GatewayConfig, motors: Collection[str]
) -> list[Job]:
    """Show motors to whom the configuration names; return what must be stepped for it.

    Raises
    ------
    MissingDependency, BadCertificate, UnsafeKey
        What Sparkplug's connection needs is not there.
    """
    if config.homeassistant is not None:
        show_homeassistant(shell, link, config.broker, config.homeassistant, motors)
    if config.sparkplug is None:
        return []
    node = SparkplugNode(config.sparkplug, config.sparkplug.broker or config.broker, motors)
    link.bus.subscribe(pattern("report", shell.site), node.on_report)
    return [Job(JOB, node.begin)]


def show_homeassistant(
    shell: Shell,
    link: Link,
    broker: Broker,
    config: HomeAssistantConfig,
    motors: Collection[str],
) -> None:
    """Announce motors whenever the link comes up; take them all out where that is not enabled."""
    heard = Availability(presence_topic(shell, broker), template=ONLINE)
    shown = dict.fromkeys(motors, heard) if config.enabled else {}
    # Not through the outbox: retained, and said anew with every link.
    house = HomeAssistant(link.raw, shell.site, shown, spec=FeatureSpec(), prefix=config.prefix)

    def announce() -> None:
        try:
            house.publish()
        except BusError as error:
            log.info("Home Assistant is told again when the link is back: %s", error)

    link.also(lambda: 0, announce)


class SparkplugNode:
    """An edge node as a job; it connects by itself, again and again.

    Parameters
    ----------
    config : SparkplugConfig
        Its name.
    broker : Broker
        Where it speaks.
    motors : collection of str
        Whose reports it passes on.
    """

    def __init__(self, config: SparkplugConfig, broker: Broker, motors: Collection[str]) -> None:
        # Here, not above: without Sparkplug nobody needs what it imports.
        from app.bus.mqtt import Broker as Address
        from app.sparkplug.publisher import SparkplugPublisher

        tls = None if broker.tls is None else client_context(broker.tls)
        where = Address(broker.host, broker.port, tls)
        self._publisher = SparkplugPublisher(where, config.group, config.node)
        self._motors = frozenset(motors)

    def begin(self) -> "SparkplugNode":
        """Connect in the background."""
        self._publisher.start()
        return self

    def on_report(self, where: str, payload: bytes) -> None:
        """Pass on what changed of a motor."""
        try:
            report = decode(where, payload)
        except BadMessage:
            # The desk of alarms hears it too, and says so.
            return
        assert isinstance(report, Report), "the topic decides the kind"
        if report.motor_id in self._motors:
            self._publisher.report(report)

    def step(self) -> float:
        """Declare dead who is silent."""
        self._publisher.tick()
        return TICK_S

    def close(self) -> None:
        """Declare the node dead, and leave."""
        self._publisher.stop()
