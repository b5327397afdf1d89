"""Acts of operators, appended and never changed, each chained to the one before by its digest.

Whoever changes, removes or inserts a row breaks the chain from there on. Rows cut off at the end
leave a chain that holds, so a digest noted elsewhere is what proves that nothing is missing.
"""

import hashlib
from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, insert, select

from app.store.append import take_head
from app.store.connection import reading, writing
from app.store.office_schema import acts
from app.store.read import page_rows
from app.store.rows import revive
from app.store.store import Store

FIRST = "0" * 64
"""What the first act is chained to."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act of an operator.

    Attributes
    ----------
    act_id
        Its number, from 1, without gaps.
    at_ns
        Wall clock.
    operator
        Who, as the certificate or login names them.
    act, subject, detail
        What was done, to what, and whatever else explains it.
    previous, digest
        SHA-256 of the act before and of this one, which covers `previous`.
    """

    act_id: int
    at_ns: int
    operator: str
    act: str
    subject: str
    detail: str
    previous: str
    digest: str


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the chain.

    Attributes
    ----------
    count, head
        How many acts hold from the first on, and the digest of the last of them.
    broken_at
        Number that the first wrong act bears or should bear; None where the whole chain holds.
    """

    count: int
    head: str
    broken_at: int | None


def record_act(store: Store, operator: str, act: str, subject: str, detail: str, at_ns: int) -> Act:
    """Append an act in a transaction of its own.

    Raises
    ------
    StoreError
        The database refuses: the act must then not take effect.
    """
    with writing(store.engine) as connection:
        return add_act(connection, operator, act, subject, detail, at_ns)


def add_act(
    connection: Connection, operator: str, act: str, subject: str, detail: str, at_ns: int
) -> Act:
    """Append an act within the transaction of the caller."""
    take_head(connection)
    query = select(acts.c.act_id, acts.c.digest).order_by(acts.c.act_id.desc()).limit(1)
    last = connection.execute(query).first()
    number, previous = (0, FIRST) if last is None else (last.act_id, last.digest)
    made = Act(
        act_id=number + 1,
        at_ns=at_ns,
        operator=operator,
        act=act,
        subject=subject,
        detail=detail,
        previous=previous,
        digest="",
    )
    whole = msgspec.structs.replace(made, digest=_digest(made))
    connection.execute(insert(acts), msgspec.structs.asdict(whole))
    return whole


def stored_acts(store: Store, after_id: int = 0) -> Iterator[Act]:
    """Yield acts in their order, those after one number."""
    query = select(acts).where(acts.c.act_id > after_id).order_by(acts.c.act_id)
    with reading(store.engine) as connection:
        for row in page_rows(connection, query):
            yield revive(row, Act)


def verify_acts(store: Store) -> Verified:
    """Follow the chain from the first act to the first that does not hold."""
    count, head = 0, FIRST
    query = select(acts).order_by(acts.c.act_id)
    with reading(store.engine) as connection:
        rows = connection.execute(query, execution_options={"yield_per": 1000})
        for row in rows.mappings():
            act = revive({str(name): value for name, value in row.items()}, Act)
            if (act.act_id, act.previous, act.digest) != (count + 1, head, _digest(act)):
                rows.close()
                return Verified(count=count, head=head, broken_at=count + 1)
            count, head = count + 1, act.digest
    return Verified(count=count, head=head, broken_at=None)


def _digest(act: Act) -> str:
    said = [act.act_id, act.at_ns, act.operator, act.act, act.subject, act.detail, act.previous]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
