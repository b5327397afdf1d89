"""The durable store: messages in, in batches that are whole or absent; messages out, in order."""

import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

import msgspec
from sqlalchemy import Engine, select, update

from app.messages import Alarm, DiagnosisMessage, Recorded, Report
from app.store import read, schema
from app.store.append import add_arrivals
from app.store.arrival import Arrival
from app.store.connection import make_engine, reading, writing
from app.store.rows import revive
from app.store.run import Run, RunState, RunSummary
from app.store.upgrade import upgrade
from app.store.write import insert, insert_new
from models.finding import Finding
from sensors.errors import StoreError
from sensors.motor import Motor


def open_store(url: str) -> "Store":
    """Open the store at a URL, creating or upgrading its tables.

    Parameters
    ----------
    url : str
        ``sqlite:///path.db`` (``?timeout=60`` waits a minute for another writer; 10 s unless
        stated) or ``postgresql://user@host/database``.

    Raises
    ------
    StoreError
        The database is of a newer version, holds something else, is damaged or refuses.
    BadConfig
        Not the URL of a database that this system knows.
    MissingDependency
        PostgreSQL without its driver.
    """
    engine = make_engine(url)
    try:
        upgrade(engine)
    except StoreError:
        engine.dispose()
        raise
    return Store(engine)


class Store:
    """An open store; also a context manager that closes it. Every method may raise StoreError."""

    def __init__(self, engine: Engine, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._engine = engine
        self._now_ns = now_ns

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """The database, for `app.store`'s own modules: log, gaps, retention, audit."""
        return self._engine

    def commit(self, arrivals: Sequence[Arrival]) -> int:
        """Commit a batch in one transaction, with a row of the log for each message.

        Returns how many messages were new. One that is there already is left as it is; the
        closing of an alarm is a message of its own and is added to the alarm.
        """
        if not arrivals:
            return 0
        with writing(self._engine) as connection:
            return add_arrivals(connection, arrivals)

    def add(self, messages: Sequence[Recorded], site: str = "local") -> int:
        """Commit messages of one site that arrive now; see `commit`."""
        now_ns = self._now_ns()
        return self.commit([Arrival(site, now_ns, message) for message in messages])

    def add_motor(self, motor: Motor) -> None:
        """Store what is known of a motor, in place of what was known before."""
        row = {"motor_id": motor.motor_id, "motor": msgspec.to_builtins(motor)}
        with writing(self._engine) as connection:
            statement = insert(connection, schema.motors)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["motor_id"], set_={"motor": statement.excluded.motor}
                ),
                row,
            )

    def motor(self, motor_id: str) -> Motor | None:
        """Return what is known of a motor; None of one that is a bare name or unknown."""
        query = select(schema.motors.c.motor).where(schema.motors.c.motor_id == motor_id)
        with reading(self._engine) as connection:
            said = connection.execute(query).scalar()
        return None if said is None else revive(said, Motor)

    def begin_run(self, run: Run) -> None:
        """Store a new run."""
        row = msgspec.structs.asdict(run)
        # A path may hold bytes that are not Unicode, which no database stores as text.
        row["source"] = run.source.encode("utf-8", "backslashreplace").decode("utf-8")
        with writing(self._engine) as connection:
            insert_new(connection, schema.motors, [{"motor_id": run.motor_id}])
            if not insert_new(connection, schema.runs, [row]):
                raise StoreError(
                    f"run {run.run_id!r} is in the store already; each pass over a source needs "
                    "a run_id of its own"
                )

    def end_run(self, run_id: str, state: RunState, ended_ns: int) -> None:
        """Say how a run ended."""
        change = update(schema.runs).where(schema.runs.c.run_id == run_id)
        with writing(self._engine) as connection:
            result = connection.execute(change.values(state=state, ended_ns=ended_ns))
            if result.rowcount == 0:
                raise StoreError(f"no run {run_id!r} is in the store; begin it before it can end")

    def reports(
        self, motor_id: str, from_ns: int | None = None, to_ns: int | None = None
    ) -> Iterator[Report]:
        """Yield a motor's reports whose windows begin within ``[from_ns, to_ns)``."""
        with reading(self._engine) as connection:
            yield from read.stored_reports(connection, motor_id, from_ns, to_ns)

    def latest_state(self, motor_id: str) -> Report | None:
        """Return a motor's latest report, which bears its state; None without any."""
        with reading(self._engine) as connection:
            return read.latest_report(connection, motor_id)

    def diagnoses(
        self, motor_id: str, from_ns: int | None = None, to_ns: int | None = None
    ) -> Iterator[DiagnosisMessage]:
        """Yield a motor's diagnoses, abstentions too, of windows within ``[from_ns, to_ns)``."""
        with reading(self._engine) as connection:
            yield from read.stored_diagnoses(connection, motor_id, from_ns, to_ns)

    def findings(
        self, motor_id: str, from_ns: int | None = None, to_ns: int | None = None
    ) -> Iterator[tuple[int, Finding]]:
        """Yield ``(t0_ns, finding)`` of a motor's diagnoses, strongest first within a window."""
        for message in self.diagnoses(motor_id, from_ns, to_ns):
            for finding in message.diagnosis.findings:
                yield message.t0_ns, finding

    def alarms(
        self, motor_id: str, from_ns: int | None = None, to_ns: int | None = None
    ) -> Iterator[Alarm]:
        """Yield a motor's alarms that opened within ``[from_ns, to_ns)``."""
        with reading(self._engine) as connection:
            yield from read.stored_alarms(connection, motor_id, from_ns, to_ns)

    def runs(self) -> Iterator[Run]:
        """Yield all runs in order of their start."""
        with reading(self._engine) as connection:
            yield from read.stored_runs(connection)

    def run_summary(self, run_id: str) -> RunSummary:
        """Return what the store holds of a run."""
        with reading(self._engine) as connection:
            found = read.summary(connection, run_id)
        if found is None:
            raise StoreError(f"no run {run_id!r} is in the store; `runs` lists those that are")
        return found

    def integrity_check(self) -> tuple[str, ...]:
        """Return what is wrong with the database, nothing if it is sound; never raises.

        SQLite's own checks of pages, indexes and references. PostgreSQL's server keeps its own
        files, so of it this tells only whether it answers.
        """
        try:
            with reading(self._engine) as connection:
                return read.integrity(connection)
        except StoreError as error:
            return (str(error),)
