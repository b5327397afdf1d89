"""Who is told what: one TOML file.

::

    max_age_hours = 24.0            # what could not be sent for so long is given up, and shown

    [[channels]]
    name = "duty"
    kind = "webhook"                # HTTP POST of JSON
    url = "https://plant.example/hook"
    secret_file = "hook.secret"     # signs each request by HMAC-SHA256; optional

    [[channels]]
    name = "office"
    kind = "mail"                   # SMTP, STARTTLS unless the server is on this machine
    host = "mail.plant.example"
    sender = "motorwatch@plant.example"
    to = ["maintenance@plant.example"]
    user = "motorwatch"             # optional, with password_file
    password_file = "mail.secret"
    every_s = 600.0                 # at most one message in this time; what comes between is one

    [[channels]]
    name = "bus"
    kind = "mqtt"
    topic = "motorwatch/notices"    # or below it; another needs a rule of the plant's own

    [[rules]]                       # each rule that fits adds its channels
    channels = ["duty", "bus"]
    priorities = ["high", "critical"] # all unless stated
    events = ["raised"]             # all unless stated
"""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from app.alarms.event import Priority
from app.notify.notice import Notice
from app.topics import NOTICES
from sensors.errors import BadConfig
from sensors.toml_file import parse_toml, read_toml_text

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Seconds = Annotated[float, Meta(gt=0.0, le=86_400.0)]
Host = Annotated[str, Meta(min_length=1, max_length=255)]
EVERY_S = 60.0
TIMEOUT_S = 10.0


class Webhook(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="webhook",
):
    """An HTTP server that takes notices as JSON."""

    name: Name
    url: Annotated[str, Meta(pattern=r"\Ahttps?://[!-~]+\Z", max_length=2000)]
    secret_file: str | None = None
    every_s: Seconds = EVERY_S
    timeout_s: Seconds = TIMEOUT_S


class Mail(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="mail",
):
    """A mail server and those who get its mail."""

    name: Name
    host: Host
    sender: Annotated[str, Meta(pattern=r"\A[^\s@]+@[^\s@]+\Z")]
    to: Annotated[
        tuple[Annotated[str, Meta(pattern=r"\A[^\s@]+@[^\s@]+\Z")], ...],
        Meta(min_length=1, max_length=100),
    ]
    port: Annotated[int, Meta(ge=1, le=65_535)] = 587
    user: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    every_s: Seconds = EVERY_S
    timeout_s: Seconds = TIMEOUT_S

    def __post_init__(self) -> None:
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file belong together")


class Mqtt(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="mqtt",
):
    """A topic of the platform's own bus."""

    name: Name
    topic: Annotated[str, Meta(pattern=r"\A[^+#\x00]+\Z", max_length=500)] = NOTICES
    every_s: Seconds = 1.0

    def __post_init__(self) -> None:
        """Refuse what no broker of ours lets a platform write a notice on."""
        own, first = f"{self.topic}/".startswith(f"{NOTICES}/"), self.topic.split("/")[0]
        if first.startswith("$") or (first == NOTICES.split("/")[0] and not own):
            raise ValueError(
                f"channel {self.name!r}: topic {self.topic!r} is not for notices; use {NOTICES}, "
                "one below it, or one of the plant's own with a rule in rules.acl"
            )


Channel = Webhook | Mail | Mqtt


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which notices go to which channels."""

    channels: Annotated[tuple[str, ...], Meta(min_length=1)]
    priorities: tuple[Priority, ...] | None = None
    events: tuple[str, ...] | None = None

    def fits(self, notice: Notice) -> bool:
        """Tell whether a notice goes by this rule."""
        return (self.priorities is None or notice.priority in self.priorities) and (
            self.events is None or notice.event in self.events
        )


class NotifyConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told what; the module's docstring says what each line means."""

    channels: tuple[Channel, ...] = ()
    rules: tuple[Rule, ...] = ()
    max_age_hours: Annotated[float, Meta(gt=0.0, le=8760.0)] = 24.0

    def __post_init__(self) -> None:
        names = [channel.name for channel in self.channels]
        if len(set(names)) < len(names):
            raise ValueError("two channels have the same name")
        unknown = {name for rule in self.rules for name in rule.channels} - set(names)
        if unknown:
            raise ValueError(f"rules name channels that are not there: {sorted(unknown)}")

    def channels_for(self, notice: Notice) -> tuple[str, ...]:
        """Return the names of the channels that a notice goes to."""
        wanted = {name for rule in self.rules if rule.fits(notice) for name in rule.channels}
        return tuple(sorted(wanted))


def load_notify(path: Path) -> NotifyConfig:
    """Read and check a configuration; raises BadConfig, which names the file and the key."""
    try:
        return msgspec.convert(parse_toml(read_toml_text(path)), NotifyConfig)
    except msgspec.ValidationError as error:
        raise BadConfig(f"{path}: {error}") from error
    except BadConfig as error:
        raise BadConfig(f"{path}: {error}") from error
