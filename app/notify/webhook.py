"""Notices by HTTP POST: JSON, signed where a secret is given, no redirects, a limited wait.

The signature is ``X-Motorwatch-Signature: sha256=HEX``, HMAC-SHA256 of the value of
``X-Motorwatch-Time`` (seconds), a full stop and the body, so a receiver can refuse old requests.
"""

import hashlib
import hmac
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import msgspec

from app.host import is_loopback
from app.notify.config import Webhook
from app.notify.notice import Notice, subject_of, text_of
from app.secret_file import read_secret
from sensors.errors import BadConfig, NoticeFailed


class WebhookSender:
    """Posts notices to one URL."""

    def __init__(self, channel: Webhook, now_ns: Callable[[], int]) -> None:
        parts = urlsplit(channel.url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise BadConfig(
                f"channel {channel.name!r}: {channel.url} is not encrypted; write https://"
            )
        self._channel = channel
        self._now_ns = now_ns
        self._secret = None
        if channel.secret_file is not None:
            self._secret = read_secret(Path(channel.secret_file)).encode()
        # No proxy from the environment either: where notices go is what the file says.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    def send(self, notices: Sequence[Notice]) -> None:
        """Post notices; see `app.notify.sender.Sender`."""
        body = msgspec.json.encode(
            {"subject": subject_of(notices), "text": text_of(notices), "notices": notices}
        )
        request = urllib.request.Request(self._channel.url, body, self._headers(body))
        try:
            with self._opener.open(request, timeout=self._channel.timeout_s):
                return
        except urllib.error.HTTPError as error:
            error.close()
            raise NoticeFailed(f"{self._channel.url}: answered {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise NoticeFailed(f"{self._channel.url}: {error or type(error).__name__}") from error

    def _headers(self, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._secret is not None:
            at = str(self._now_ns() // 10**9)
            signed = hmac.new(self._secret, f"{at}.".encode() + body, hashlib.sha256)
            headers["X-Motorwatch-Time"] = at
            headers["X-Motorwatch-Signature"] = f"sha256={signed.hexdigest()}"
        return headers


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The library's one way to refuse redirects is a subclass that follows none."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        return None
