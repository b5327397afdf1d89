"""The evidence card on a terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.card_words import (
    COLUMNS,
    SIGNS,
    EvidenceRow,
    alternatives_text,
    confidence_text,
    evidence_rows,
    severity_text,
)
from app.cli.console import escape
from models.card import Card, SenseStance

STANCE_STYLES = {"agrees": "green", "dissents": "red", "silent": "dim"}


def card_panel(card: Card, source: str) -> Panel:
    """Return one card as a panel: what, on what evidence, who agrees, what else, what to do."""
    parts: list[RenderableType] = [
        Text.from_markup(f"{confidence_text(card)}; {escape(severity_text(card))}"),
        Text(f"What happens: {card.tells}."),
        *_evidence(card),
        *(Text.from_markup(_stance(stance)) for stance in card.senses),
    ]
    if card.alternatives:
        parts.append(Text.from_markup("[b]Not excluded:[/] " + escape(alternatives_text(card))))
    parts.append(Text.from_markup("[b]Check:[/] " + escape("; ".join(card.checks))))
    parts.append(Text.from_markup("[b]How soon:[/] " + escape(card.soon)))
    title = f"[b]{escape(card.motor_id)}: {escape(card.title)}[/]"
    return Panel(Group(*parts), title=title, title_align="left", subtitle=escape(source))


def _evidence(card: Card) -> list[RenderableType]:
    rows = evidence_rows(card)
    told: list[RenderableType] = [
        Text(f"Seen: {one.text}") for one in card.evidence if one.found_hz is None
    ]
    return [_table(rows), *told] if rows else told


def _table(rows: Sequence[EvidenceRow]) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for row in rows:
        cells = (row.sense, row.what, row.expected, row.found)
        measured = (row.level, row.chance, row.family, row.change)
        table.add_row(*(escape(cell) for cell in (*cells, *measured)))
    return table


def _stance(stance: SenseStance) -> str:
    style, sign = STANCE_STYLES[stance.stance], SIGNS[stance.stance]
    return f"[{style}]{sign} {stance.sense.value} {stance.stance}[/]: {escape(stance.reason)}"
