"""What retention and eviction leave alone: spans of a motor's time that somebody needs.

A device's open episode holds by itself, from a while before it opened. The gateway's alarms hold by
a row while they are open, and verdicts for good; whatever else must stay explainable, until it is
let go.
"""

from sqlalchemy import ColumnElement, delete, exists

from app.store.alarm_holds import BEFORE_ALARM_NS, hold_row
from app.store.connection import writing
from app.store.keeping_schema import holds
from app.store.schema import alarms
from app.store.store import Store
from app.store.write import insert_new


def hold(store: Store, hold_id: str, motor_id: str, from_ns: int, to_ns: int, reason: str) -> None:
    """Keep what a motor said and sent within ``[from_ns, to_ns]``; a known `hold_id` stands.

    Raises
    ------
    StoreError
        The database refuses.
    """
    row = hold_row(hold_id, motor_id, from_ns, to_ns, to_ns, reason)
    with writing(store.engine) as connection:
        insert_new(connection, holds, [row])


def let_go(store: Store, hold_id: str) -> None:
    """Let retention have what a hold kept; an unknown one is nothing."""
    with writing(store.engine) as connection:
        connection.execute(delete(holds).where(holds.c.hold_id == hold_id))


def is_held(
    motor_id: ColumnElement[str], t0_ns: ColumnElement[int], t1_ns: ColumnElement[int]
) -> ColumnElement[bool]:
    """Return the condition that a motor's window belongs to an open alarm or a hold."""
    alarmed = exists().where(
        alarms.c.motor_id == motor_id,
        alarms.c.closed_ns.is_(None),
        # A time near a column's end overflows on either side: halves of both do not.
        t1_ns // 2 >= alarms.c.opened_ns // 2 - BEFORE_ALARM_NS // 2,
    )
    held = exists().where(
        holds.c.motor_id == motor_id, t0_ns <= holds.c.to_ns, t1_ns >= holds.c.from_ns
    )
    return alarmed | held
