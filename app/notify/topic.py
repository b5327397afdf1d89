"""Notices on a topic of the platform's own bus."""

from collections.abc import Sequence

import msgspec

from app.bus.bus import Bus
from app.notify.config import Mqtt
from app.notify.notice import Notice
from sensors.errors import BusError, NoticeFailed


class TopicSender:
    """Publishes each notice as JSON."""

    def __init__(self, channel: Mqtt, bus: Bus) -> None:
        self._channel = channel
        self._bus = bus

    def send(self, notices: Sequence[Notice]) -> None:
        """Publish notices; see `app.notify.sender.Sender`."""
        try:
            for notice in notices:
                self._bus.publish(self._channel.topic, msgspec.json.encode(notice))
        except BusError as error:
            raise NoticeFailed(f"topic {self._channel.topic}: {error}") from error
