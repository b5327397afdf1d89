"""One observation of the acquisition audit, as data."""

from typing import Literal

import msgspec


class AuditNote(msgspec.Struct, frozen=True, kw_only=True):
    """One observation of the acquisition audit.

    Attributes
    ----------
    check : str
        Which check, e.g. ``clipping``, ``stuck``, ``rate``, ``continuity``, ``resolution``.
    level : str
        ``ok``, ``note``, ``warning``, or ``refuse`` where a diagnosis cannot stand on this data.
    text : str
        What was seen and what to do, one line.
    channel : str or None
        Which channel; None for the capture as a whole.
    refuses : tuple of str
        The kinds of diagnosis that this forbids: any of ``all``, ``vibration``, ``bearing``,
        ``velocity_severity``, ``slip``, ``current``, ``power``, ``sound``, ``temperature``.
    """

    check: str
    level: Literal["ok", "note", "warning", "refuse"]
    text: str
    channel: str | None = None
    refuses: tuple[str, ...] = ()
