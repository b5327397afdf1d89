"""One message that is held until it is acknowledged, and whose it is."""

from dataclasses import dataclass
from typing import NamedTuple

from app.receipts import Committed, Held

ENTRY_BYTES = 700
"""What holding a message costs beyond its payload, measured, as an upper bound."""


class Key(NamedTuple):
    """Which message: what an acknowledgement speaks of."""

    motor_id: str
    boot_id: str
    committed: Committed
    seq: int


class Sender(NamedTuple):
    """Whose messages of one kind."""

    motor_id: str
    boot_id: str
    held: Held


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that is held."""

    number: int
    key: Key
    topic: str
    payload: bytes
    put_s: float

    @property
    def cost(self) -> int:
        """Bytes that holding it takes."""
        return len(self.payload) + ENTRY_BYTES
