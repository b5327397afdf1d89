"""The seam between the outbox and what carries a notice: one call, which fails loudly."""

from collections.abc import Callable, Sequence
from typing import Protocol

from app.bus.bus import Bus
from app.notify.config import Channel, Mail, Mqtt, Webhook
from app.notify.mail import MailSender
from app.notify.notice import Notice
from app.notify.topic import TopicSender
from app.notify.webhook import WebhookSender


class Sender(Protocol):
    """Carries notices to one channel."""

    def send(self, notices: Sequence[Notice]) -> None:
        """Send notices as one message.

        Raises
        ------
        NoticeFailed
            It did not arrive, as far as can be known: to be sent again.
        """
        ...


def make_sender(channel: Channel, bus: Bus, now_ns: Callable[[], int]) -> Sender:
    """Return what sends to a channel.

    Raises
    ------
    BadConfig
        A file with a secret cannot be read or is open to others, or the way is not protected.
    """
    match channel:
        case Webhook():
            return WebhookSender(channel, now_ns)
        case Mail():
            return MailSender(channel)
        case Mqtt():
            return TopicSender(channel, bus)
