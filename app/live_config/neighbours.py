"""Other systems that a gateway shows its motors to; none of them unless it is named here.

::

    # [homeassistant]      # each motor appears in Home Assistant by itself
    # enabled = true       # the motors are taken out again with false; left out, nothing is said
    # prefix = "homeassistant"  # Home Assistant's own discovery prefix

    # [sparkplug]          # motors as devices of a Sparkplug B edge node
    # group = "plant"      # the node's group
    # node = "gateway"     # its name, which no other node of the group may bear
    # [sparkplug.broker]   # keys as in [broker]; left out, the gateway's own, if it has no TLS
    # host = "127.0.0.1"
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from app.live_config.sections import Broker, Site

Prefix = Annotated[
    str, Meta(min_length=1, max_length=120, pattern=r"\A[^+#$\x00\s/][^+#\x00\n]*\Z")
]


class HomeAssistantConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Discovery messages; the module's docstring says what each line means."""

    enabled: bool = True
    prefix: Prefix = "homeassistant"


class SparkplugConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One edge node; the module's docstring says what each line means."""

    group: Site
    node: Site
    broker: Broker | None = None
