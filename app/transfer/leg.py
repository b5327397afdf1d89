"""The two ways a raw capture goes: from device to gateway, and from gateway to the archive."""

from typing import Literal

from app.topics import Kind

Leg = Literal["capture", "archive"]
CHUNK_KIND: dict[Leg, Kind] = {"capture": "capture/chunk", "archive": "archive/chunk"}
ACK_KIND: dict[Leg, Kind] = {"capture": "capture/ack", "archive": "archive/ack"}
