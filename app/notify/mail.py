"""Notices by mail: SMTP, encrypted by STARTTLS unless the server is on this machine."""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from app.host import bare_host, is_loopback
from app.notify.config import Mail
from app.notify.notice import Notice, subject_of, text_of
from app.secret_file import read_secret
from sensors.errors import BadConfig, NoticeFailed


class MailSender:
    """Sends notices to the addresses of one channel."""

    def __init__(self, channel: Mail) -> None:
        self._channel = channel
        self._password = None
        if channel.password_file is not None:
            self._password = read_secret(Path(channel.password_file))
        try:
            self._tls = ssl.create_default_context(cafile=channel.ca_file)
        except OSError as error:
            raise BadConfig(
                f"channel {channel.name!r}: ca_file {channel.ca_file}: {error}"
            ) from error
        # A server on this machine is met in the clear unless its own authority is named.
        self._clear = is_loopback(channel.host) and channel.ca_file is None

    def send(self, notices: Sequence[Notice]) -> None:
        """Mail notices; see `app.notify.sender.Sender`."""
        channel = self._channel
        try:
            host = bare_host(channel.host)
            with smtplib.SMTP(host, channel.port, timeout=channel.timeout_s) as server:
                if not self._clear:
                    server.starttls(context=self._tls)
                if channel.user is not None and self._password is not None:
                    server.login(channel.user, self._password)
                refused = server.send_message(self._message(notices))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NoticeFailed(f"mail by {channel.host}:{channel.port}: {error}") from error
        if refused:
            raise NoticeFailed(f"mail by {channel.host}: refused for {', '.join(refused)}")

    def _message(self, notices: Sequence[Notice]) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._channel.sender
        message["To"] = ", ".join(self._channel.to)
        message["Subject"] = subject_of(notices)
        message["Message-ID"] = f"<{notices[0].notice_id[:32]}.{len(notices)}@motorwatch>"
        message.set_content(text_of(notices))
        return message
